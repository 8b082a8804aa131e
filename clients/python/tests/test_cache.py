import gc
import os
import threading
import time
import unittest
import weakref

from live_key_receiver import KeysetCache, KeysetUnavailable, Verifier

from .support import HOST, document, eventually, signed


class Secret:
    """A secret that can be changed, put down and made to hang; counts how it is read."""

    def __init__(self, text):
        self.text = text
        self.down = None
        self.reads = 0
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self):
        self.reads += 1
        self.gate.wait(10)
        if self.down is not None:
            raise self.down
        return self.text


def verdict(verifier, key, **more):
    headers = signed(key)
    return verifier.verify(headers["ALI-LIVE-TIMESTAMP"], headers["ALI-LIVE-SIGNATURE"], **more)


class CacheTest(unittest.TestCase):
    def cache(self, secret, **options):
        cache = KeysetCache(secret, **options)
        self.addCleanup(cache.close)
        self.addCleanup(secret.gate.set)
        return cache

    def test_one_read_serves_all_who_wait(self):
        secret = Secret(document("k1"))
        cache = self.cache(secret)
        self.assertEqual(secret.reads, 0)
        secret.gate.clear()
        got = []
        threads = [threading.Thread(target=lambda: got.append(cache.load().revision)) for _ in range(20)]
        for thread in threads:
            thread.start()
        self.assertTrue(eventually(lambda: secret.reads == 1))
        secret.gate.set()
        for thread in threads:
            thread.join()
        self.assertEqual((got, secret.reads), ([1] * 20, 1))

    def test_reads_again_in_the_background_within_the_ttl(self):
        secret = Secret(document("k1", ttl=1_000))
        cache = self.cache(secret)
        cache.load()
        secret.text = document("k2", "k1", revision=2, ttl=1_000)
        self.assertTrue(eventually(lambda: cache.peek() is not None and cache.peek().revision == 2))
        self.assertTrue(cache.fresh)

    def test_an_outage_beyond_the_ttl_refuses_nothing(self):
        secret = Secret(document("k1", ttl=1_000))
        errors = []
        cache = self.cache(secret, on_error=errors.append)
        verifier = Verifier(cache, HOST)
        self.assertEqual(verdict(verifier, "k1").verdict, "accepted")
        secret.down = ConnectionError("KMS is down")
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            began = time.monotonic()
            self.assertEqual(verdict(verifier, "k1").verdict, "accepted")
            self.assertLess(time.monotonic() - began, 1)
            time.sleep(0.01)
        self.assertFalse(cache.fresh)
        self.assertGreaterEqual(len(errors), 2)
        secret.text, secret.down = document("k2", "k1", revision=2), None
        self.assertTrue(eventually(lambda: cache.peek().revision == 2))

    def test_no_callback_waits_for_a_pause_or_a_read_that_hangs(self):
        secret = Secret(document("k1", ttl=1_000))
        verifier = Verifier(self.cache(secret, timeout=0.1), HOST)
        verdict(verifier, "k1")
        secret.gate.clear()
        longest = 0.0
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            began = time.monotonic()
            self.assertEqual(verdict(verifier, "k1").verdict, "accepted")
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.002)
        # Pauses grow to a second here; what is shorter is a busy machine.
        self.assertLess(longest, 0.4)
        self.assertFalse(verifier.keyset.fresh)
        self.assertGreaterEqual(secret.reads, 3)

    def test_max_stale_ends_it(self):
        secret = Secret(document("k1", ttl=1_000))
        verifier = Verifier(self.cache(secret, max_stale=0.3, timeout=0.1), HOST)
        verdict(verifier, "k1")
        secret.down = ConnectionError("KMS is down")

        def refused():
            try:
                return verdict(verifier, "k1").verdict != "accepted"
            except KeysetUnavailable:
                return True

        self.assertFalse(refused())
        self.assertTrue(eventually(refused))

    def test_a_keyset_that_has_expired_is_read_before_it_is_used(self):
        secret = Secret(document("k1", ttl=1_000))
        cache = self.cache(secret)
        verifier = Verifier(cache, HOST)
        verdict(verifier, "k1")
        cache.close()  # No reads in the background: as in a process that was frozen.
        secret.text = document(("k1", "compromised"), revision=2)
        time.sleep(1.01)
        self.assertEqual(verdict(verifier, "k1").verdict, "quarantined")

    def test_a_closed_cache_stops_reading(self):
        secret = Secret(document("k1", ttl=1_000))
        cache = self.cache(secret)
        cache.load()
        cache.close()
        time.sleep(1.0)
        self.assertEqual(secret.reads, 1)

    def test_an_invalid_document_never_replaces_a_good_one(self):
        secret = Secret(document("k1"))
        cache = self.cache(secret, cooldown=0)
        verifier = Verifier(cache, HOST)
        verdict(verifier, "k1")
        for text in ("", "{}", document("k1", revision=100_000_000), document("k1", revision=2, ttl=10)):
            secret.text = text
            self.assertEqual(verdict(verifier, "unknown").verdict, "rejected")
            self.assertEqual(verdict(verifier, "k1").verdict, "accepted")

    def test_unknown_signatures_read_once_a_cooldown(self):
        secret = Secret(document("k1"))
        verifier = Verifier(self.cache(secret, cooldown=0.5), HOST)
        verdict(verifier, "k1")
        began = time.monotonic()
        for _ in range(20):
            self.assertEqual(verdict(verifier, "forged").reason, "unknownSignature")
        self.assertLessEqual(secret.reads, 2 + (time.monotonic() - began) / 0.5)
        secret.text = document("k2", "k1", revision=2)
        self.assertTrue(eventually(lambda: verdict(verifier, "k2").verdict == "accepted"))

    def test_probes_have_a_cooldown_of_their_own(self):
        secret = Secret(document("k1"))
        verifier = Verifier(self.cache(secret), HOST)
        verdict(verifier, "k1")
        verdict(verifier, "forged")
        secret.text = document("k2", "k1", revision=2)
        self.assertEqual(verdict(verifier, "k2").verdict, "rejected")
        self.assertEqual(verdict(verifier, "k2", probe=True).verdict, "accepted")
        self.assertEqual(secret.reads, 3)

    def test_never_a_step_back_within_a_lineage(self):
        secret = Secret(document("k1", revision=7))
        cache = self.cache(secret, cooldown=0)
        verifier = Verifier(cache, HOST)
        verdict(verifier, "k1")
        secret.text = document("k0", revision=6)
        self.assertEqual(verdict(verifier, "k0").verdict, "rejected")
        secret.text = document("k0", revision=1, lineage="another")
        self.assertEqual(verdict(verifier, "k0").verdict, "accepted")

    def test_a_jump_of_revisions_is_refused(self):
        secret = Secret(document("k1", revision=7))
        verifier = Verifier(self.cache(secret, cooldown=0), HOST)
        verdict(verifier, "k1")
        secret.text = document("k2", revision=1_008)
        self.assertEqual(verdict(verifier, "k2").verdict, "rejected")
        self.assertEqual(verdict(verifier, "k1").verdict, "accepted")
        secret.text = document("k2", revision=1_007)
        self.assertEqual(verdict(verifier, "k2").verdict, "accepted")

    def test_a_key_set_the_moment_an_outage_is_over_is_accepted_at_once(self):
        secret = Secret(document("k1", ttl=1_000))
        verifier = Verifier(self.cache(secret), HOST)
        verdict(verifier, "k1")
        secret.down = ConnectionError("KMS is down")
        verdict(verifier, "forged")  # Uses up the cooldown.
        self.assertTrue(eventually(lambda: not verifier.keyset.fresh))
        reads, began, got = secret.reads, time.monotonic(), []
        strangers = [
            threading.Thread(target=lambda: got.append(verdict(verifier, "forged").reason)) for _ in range(8)
        ]
        for thread in strangers:
            thread.start()
        self.assertEqual(verdict(verifier, "k1").verdict, "accepted")
        for thread in strangers:
            thread.join()
        took = time.monotonic() - began
        self.assertEqual(got, ["staleKeyset"] * 8)
        self.assertLess(took, 2)
        # Twice a second at most, beside the tries of its own, which grow from 0.25 s.
        self.assertLessEqual(secret.reads - reads, 2 + 3 * took)
        secret.text, secret.down = document("k2", "k1", revision=2), None
        self.assertEqual(verdict(verifier, "k2").verdict, "accepted")

    def test_an_outage_that_hangs_keeps_no_stranger_for_longer_than_a_moment(self):
        secret = Secret(document("k1", ttl=1_000))
        verifier = Verifier(self.cache(secret, timeout=0.1), HOST)
        verdict(verifier, "k1")
        secret.gate.clear()
        self.assertTrue(eventually(lambda: not verifier.keyset.fresh))
        began = time.monotonic()
        self.assertEqual(verdict(verifier, "forged").reason, "staleKeyset")
        self.assertLess(time.monotonic() - began, 2)

    def test_without_a_keyset_it_says_so_in_time_and_why(self):
        secret = Secret(None)
        secret.down = ConnectionError("KMS is down")
        verifier = Verifier(self.cache(secret, timeout=0.2), HOST)
        began = time.monotonic()
        with self.assertRaises(KeysetUnavailable) as caught:
            verdict(verifier, "k1")
        self.assertLess(time.monotonic() - began, 2)
        self.assertIs(caught.exception.__cause__, secret.down)
        self.assertEqual(verifier.verify("yesterday", "").reason, "malformedTimestamp")

    def test_a_read_that_hangs_is_given_up_and_still_counts(self):
        secret = Secret(document("k1"))
        secret.gate.clear()
        cache = self.cache(secret, timeout=0.1)
        with self.assertRaises(KeysetUnavailable) as caught:
            cache.load()
        self.assertIsInstance(caught.exception.__cause__, TimeoutError)
        secret.gate.set()
        self.assertTrue(eventually(lambda: cache.peek() is not None))

    def test_reads_that_hang_do_not_pile_up(self):
        secret = Secret(document("k1"))
        secret.gate.clear()
        cache = self.cache(secret, timeout=0.001, cooldown=0)
        for _ in range(30):
            cache.refresh()
        self.assertEqual(secret.reads, 8)
        secret.gate.set()
        self.assertEqual(eventually(lambda: cache.peek() is not None), True)

    def test_a_hook_that_throws_stops_nothing(self):
        secret = Secret(document("k1"))
        secret.down = ConnectionError()
        cache = self.cache(secret, timeout=0.2, on_error=lambda error: 1 / 0)
        with self.assertRaises(KeysetUnavailable):
            cache.load()
        secret.down = None
        self.assertTrue(eventually(lambda: cache.peek() is not None))

    def test_a_cache_that_nobody_uses_any_more_stops_reading(self):
        secret = Secret(document("k1"))
        cache = KeysetCache(secret)
        cache.load()
        thread, gone = cache._background, weakref.ref(cache)
        del cache
        gc.collect()
        self.assertTrue(eventually(lambda: gone() is None))
        self.assertTrue(eventually(lambda: not thread.is_alive()))

    def test_wrong_options_are_refused(self):
        for options in ({"ttl": 0.5}, {"timeout": 0}, {"cooldown": -1}, {"max_stale": "a day"}, {"ttl": True}):
            with self.subTest(options), self.assertRaises(ValueError):
                KeysetCache(lambda: "", **options)
        for host in ("", [], "https://hooks.example.com", "hooks.example.com/path", "a|b"):
            with self.subTest(host), self.assertRaises(ValueError):
                Verifier(KeysetCache(lambda: ""), host)

    @unittest.skipUnless(hasattr(os, "fork"), "fork is not to be had here")
    def test_a_forked_worker_is_an_instance_of_its_own_and_reads_by_itself(self):
        secret = Secret(document("k1", ttl=1_000))
        cache = self.cache(secret)
        cache.load()
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                secret.text = document("k2", revision=2, ttl=1_000)
                kept = cache.peek() is not None and cache.peek().revision == 1
                renewed = eventually(lambda: cache.peek() is not None and cache.peek().revision == 2)
                os.write(write, f"{cache.instance} {kept} {renewed}".encode())
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as answer:
            instance, kept, renewed = answer.read().split()
        os.waitpid(child, 0)
        self.assertRegex(instance, r"^[0-9a-f]{12}$")
        self.assertNotEqual(instance, cache.instance)
        self.assertEqual((kept, renewed), ("True", "True"))
