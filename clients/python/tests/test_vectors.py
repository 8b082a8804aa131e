import itertools
import json
import unittest
from math import inf

from live_key_receiver import InvalidKeyset, Keyset, KeysetCache, Verifier, kid_of, parse_keyset, sign
from live_key_receiver.state import CacheState

from .support import VECTORS


class Vectors(unittest.TestCase):
    def test_signatures(self):
        for case in VECTORS["signatures"]:
            with self.subTest(case["host"]):
                self.assertEqual(sign(case["host"], case["timestamp"], case["key"]), case["signature"])

    def test_kids(self):
        for case in VECTORS["kids"]:
            self.assertEqual(kid_of(case["key"]), case["kid"])

    def test_verifications(self):
        for case in VECTORS["verifications"]:
            with self.subTest(case["name"]):
                text = json.dumps(VECTORS["keysets"][case["keyset"]])
                verifier = Verifier(KeysetCache(lambda: text), case["hosts"], case["tolerance"])
                got = verifier.verify(case["timestamp"], case["signature"], now=case["now"])
                self.assertEqual(got.verdict, case["verdict"])
                self.assertEqual((got.kid, got.reason), (case.get("kid"), case.get("reason")))

    def test_documents(self):
        for case in VECTORS["documents"]:
            with self.subTest(case["name"]):
                if case["valid"]:
                    self.assertIsInstance(parse_keyset(case["text"]), Keyset)
                else:
                    with self.assertRaises(InvalidKeyset) as caught:
                        parse_keyset(case["text"])
                    for key in (key["key"] for key in VECTORS["kids"]):
                        self.assertNotIn(key, str(caught.exception))

    def test_histories(self):
        for history in VECTORS["histories"]:
            with self.subTest(history["name"]):
                play(self, history)


class Pauses(unittest.TestCase):
    def test_pauses_grow_and_are_capped(self):
        # Whatever chance and ttl are: while reads fail, the next try comes in time and no callback waits for it.
        timeout, max_stale = 3.0, 86_400.0
        for ttl, chance in itertools.product((1.0, 2.0, 7.5, 60.0, 86_400.0), (0.0, 0.3, 0.999)):
            state = CacheState(timeout=timeout, max_stale=max_stale)
            state.succeed(state.begin(0.0), Keyset("a", 1, int(ttl * 1_000), ()), 0.0, 0.0, chance)
            self.assertTrue(0.5 * ttl <= state.read_at <= 0.8 * ttl)
            pauses, now = [], state.read_at
            for failure in range(40):
                read = state.begin(now)
                now += timeout * (failure % 2)  # It fails at once, or hangs until it is given up.
                self.assertIsNotNone(state.peek(now - 0.001), "a callback waits for a read that hangs")
                state.fail(read, now, now, chance)
                pause = round(state.read_at - now, 6)
                longest = min(30.0, ttl, 0.5 * 2**failure)
                self.assertTrue(max(0.1, longest / 2) <= pause <= longest, (ttl, failure, pause))
                pauses.append(pause)
                now += pause
                self.assertIsNotNone(state.peek(now), "a callback waits for a pause")
            self.assertEqual(pauses, sorted(pauses))
            self.assertIsNone(state.peek(ttl + max_stale))


def play(test, history):
    options = {name: ms / 1_000 for name, ms in history.get("options", {}).items()}
    state = CacheState(options.get("ttl", inf))
    reads = {}
    for step in history["steps"]:
        at = step["at"] / 1_000
        if "begin" in step:
            reads[step["begin"]] = state.begin(at)
        elif "end" in step:
            read, brings = reads[step["end"]], step.get("brings")
            if brings is None:
                state.fail(read, at, at, 0.5)
            else:
                keyset = Keyset(brings["lineage"], brings["revision"], brings["ttl"], ())
                state.succeed(read, keyset, at, at, 0.5)
            if "nextReadIn" in step:
                test.assertAlmostEqual(state.read_at - at, step["nextReadIn"] / 1_000, msg=step)
        elif "unknown" in step:
            waits = step.get("waits")
            test.assertAlmostEqual(state.stale_pause(at, at), None if waits is None else waits / 1_000, msg=step)
            if waits is None:
                test.assertEqual(state.take_cooldown(at, step["unknown"] == "probe"), step["reads"], step)
        else:
            now, last, fresh = (step["expect"][name] for name in ("now", "last", "fresh"))
            test.assertEqual(name_of(state.peek(at)), now, step)
            test.assertEqual(name_of(state.last_resort(at)), last, step)
            test.assertEqual(state.fresh(at), fresh, step)


def name_of(keyset):
    return None if keyset is None else f"{keyset.lineage}@{keyset.revision}"
