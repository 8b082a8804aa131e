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

    def test_reads_nothing_until_it_is_used_and_once_for_all_who_wait(self):
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

    def test_reads_again_in_the_background_before_the_ttl_has_passed(self):
        secret = Secret(document("k1", ttl=1_000))
        cache = self.cache(secret)
        cache.load()
        secret.text = document("k2", "k1", revision=2, ttl=1_000)
        self.assertTrue(eventually(lambda: cache.peek() is not None and cache.peek().revision == 2))
        self.assertTrue(cache.fresh)

    def test_an_outage_beyond_the_ttl_refuses_nothing_and_ends_by_itself(self):
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

    def test_an_invalid_document_never_replaces_a_good_one(self):
        secret = Secret(document("k1"))
        cache = self.cache(secret, cooldown=0)
        verifier = Verifier(cache, HOST)
        verdict(verifier, "k1")
        for text in ("", "{}", document("k1", revision=100_000_000), document("k1", revision=2, ttl=10)):
            secret.text = text
            self.assertEqual(verdict(verifier, "unknown").verdict, "rejected")
            self.assertEqual(verdict(verifier, "k1").verdict, "accepted")

    def test_an_unknown_signature_is_a_reason_to_read_once_a_cooldown_and_a_probe_has_its_own(self):
        secret = Secret(document("k1"))
        verifier = Verifier(self.cache(secret), HOST)
        verdict(verifier, "k1")
        for _ in range(20):
            self.assertEqual(verdict(verifier, "forged").reason, "unknownSignature")
        self.assertEqual(secret.reads, 2)
        secret.text = document("k2", "k1", revision=2)
        self.assertEqual(verdict(verifier, "k2").verdict, "rejected")
        self.assertEqual(verdict(verifier, "k2", probe=True).verdict, "accepted")
        self.assertEqual(secret.reads, 3)

    def test_never_a_step_back(self):
        secret = Secret(document("k1", revision=7))
        cache = self.cache(secret, cooldown=0)
        verifier = Verifier(cache, HOST)
        verdict(verifier, "k1")
        secret.text = document("k0", revision=6)
        self.assertEqual(verdict(verifier, "k0").verdict, "rejected")
        secret.text = document("k0", revision=1, lineage="another")
        self.assertEqual(verdict(verifier, "k0").verdict, "accepted")

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

    def test_a_read_that_hangs_is_given_up_and_what_it_still_brings_counts(self):
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

    def test_a_hook_that_raises_stops_nothing(self):
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
