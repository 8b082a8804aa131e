import asyncio
import unittest

from live_key_receiver import Answer, Callback, KeysetCache, Verifier, admit, admit_async

from .support import HOST, document, signed

KEYS = document(("new", "pending"), ("now", "current"), ("old", "previous"), ("leaked", "compromised"), revision=7)
PROBE = {"X-Live-Key-Probe": "1"}


def down():
    raise ConnectionError


class Admit(unittest.TestCase):
    def setUp(self):
        self.verifier = Verifier(KeysetCache(lambda: KEYS), HOST)
        self.addCleanup(self.verifier.keyset.close)

    def test_callbacks_come_with_their_verdict(self):
        for key, verdict in (("new", "accepted"), ("now", "accepted"), ("old", "accepted"), ("leaked", "quarantined")):
            callback = admit(self.verifier, signed(key))
            self.assertIsInstance(callback, Callback)
            self.assertEqual(callback.verdict, verdict)

    def test_forged_callbacks_get_a_bare_401(self):
        self.assertEqual(admit(self.verifier, signed("forged")), Answer(401))

    def test_accepted_probes_are_answered_with_evidence(self):
        answer = admit(self.verifier, signed("new", **PROBE))
        instance = self.verifier.keyset.instance
        evidence = {"X-Live-Key-Instance": instance, "X-Live-Key-Lineage": "5b0c2f9e41d7", "X-Live-Key-Revision": "7"}
        self.assertEqual(answer, Answer(204, evidence))
        for key in ("leaked", "forged"):
            self.assertEqual(admit(self.verifier, signed(key, **PROBE)), Answer(401))

    def test_without_a_keyset_it_is_not_called_forged(self):
        verifier = Verifier(KeysetCache(down, timeout=0.1), HOST)
        self.assertEqual(admit(verifier, signed("now")), Answer(503, {"Retry-After": "1"}))

    def test_headers_of_every_kind(self):
        plain = signed("now")
        lower = {name.lower(): value for name, value in plain.items()}
        raw = [(name.lower().encode(), value.encode()) for name, value in plain.items()]
        from email.message import Message

        message = Message()
        for name, value in plain.items():
            message[name] = value
        for headers in (plain, lower, raw, list(plain.items()), message):
            with self.subTest(type(headers)):
                self.assertEqual(admit(self.verifier, headers).verdict, "accepted")
        self.assertEqual(admit(self.verifier, raw + raw), Answer(401))
        message["ALI-LIVE-SIGNATURE"] = plain["ALI-LIVE-SIGNATURE"]
        self.assertEqual(admit(self.verifier, message), Answer(401))
        self.assertEqual(admit(self.verifier, {}), Answer(401))

    def test_asyncio(self):
        async def both():
            first = await admit_async(self.verifier, signed("now"))
            second = await admit_async(self.verifier, signed("forged"))
            return first.verdict, second.status

        self.assertEqual(asyncio.run(both()), ("accepted", 401))

    def test_nothing_printed_holds_a_key(self):
        verification = self.verifier.verify(*signed("now").values())
        for thing in (verification, verification.keyset, self.verifier, self.verifier.keyset):
            self.assertNotIn("'now'", repr(thing))
