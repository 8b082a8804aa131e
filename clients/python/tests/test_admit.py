import asyncio
import importlib.util
import unittest
from pathlib import Path

from live_key_receiver import KeysetCache, Verifier, admit, admit_async

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
            answer, callback = admit(self.verifier, signed(key))
            self.assertIsNone(answer)
            self.assertEqual(callback.verdict, verdict)

    def test_forged_ones_are_answered_without_a_word(self):
        answer, callback = admit(self.verifier, signed("forged"))
        self.assertEqual((answer.status, answer.headers, callback), (401, {}, None))

    def test_accepted_probes_are_answered_with_evidence(self):
        answer, callback = admit(self.verifier, signed("new", **PROBE))
        self.assertIsNone(callback)
        self.assertEqual(answer.status, 204)
        instance = self.verifier.keyset.instance
        evidence = {"X-Live-Key-Instance": instance, "X-Live-Key-Lineage": "5b0c2f9e41d7", "X-Live-Key-Revision": "7"}
        self.assertEqual(answer.headers, evidence)
        for key in ("leaked", "forged"):
            answer, callback = admit(self.verifier, signed(key, **PROBE))
            self.assertEqual((answer.status, answer.headers, callback), (401, {}, None))

    def test_without_a_keyset_it_is_not_called_forged(self):
        verifier = Verifier(KeysetCache(down, timeout=0.1), HOST)
        answer, callback = admit(verifier, signed("now"))
        self.assertEqual((answer.status, answer.headers, callback), (503, {"Retry-After": "1"}, None))

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
                self.assertEqual(admit(self.verifier, headers)[1].verdict, "accepted")
        self.assertEqual(admit(self.verifier, raw + raw)[0].status, 401)
        message["ALI-LIVE-SIGNATURE"] = plain["ALI-LIVE-SIGNATURE"]
        self.assertEqual(admit(self.verifier, message)[0].status, 401)
        self.assertEqual(admit(self.verifier, {})[0].status, 401)

    def test_asyncio(self):
        async def both():
            first = await admit_async(self.verifier, signed("now"))
            second = await admit_async(self.verifier, signed("forged"))
            return first[1].verdict, second[0].status

        self.assertEqual(asyncio.run(both()), ("accepted", 401))

    def test_nothing_printed_holds_a_key(self):
        verification = self.verifier.verify(*signed("now").values())
        for thing in (verification, verification.keyset, self.verifier, self.verifier.keyset):
            self.assertNotIn("'now'", repr(thing))

    @unittest.skipUnless(importlib.util.find_spec("flask"), "Flask is not to be had here")
    def test_the_example_for_flask(self):
        path = Path(__file__).resolve().parents[1] / "examples" / "flask_app.py"
        spec = importlib.util.spec_from_file_location("flask_app", path)
        example = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(example)
        stored = []
        client = example.create_app(self.verifier, stored.append).test_client()

        def post(**headers):
            answer = client.post("/live/snapshot", headers=headers, json={"event": "snapshot"})
            return answer.status_code, "X-Live-Key-Instance" in answer.headers

        self.assertEqual(post(**signed("now")), (200, False))
        self.assertEqual(post(**signed("leaked")), (200, False))
        self.assertEqual(post(**signed("forged")), (401, False))
        self.assertEqual(post(**signed("new", **PROBE)), (204, True))
        self.assertEqual(stored, [{"event": "snapshot"}])
