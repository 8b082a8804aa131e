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
            test.assertEqual(state.take_cooldown(at, step["unknown"] == "probe"), step["reads"], step)
        else:
            now, last, fresh = (step["expect"][name] for name in ("now", "last", "fresh"))
            test.assertEqual(name_of(state.peek(at)), now, step)
            test.assertEqual(name_of(state.last_resort(at)), last, step)
            test.assertEqual(state.fresh(at), fresh, step)


def name_of(keyset):
    return None if keyset is None else f"{keyset.lineage}@{keyset.revision}"
