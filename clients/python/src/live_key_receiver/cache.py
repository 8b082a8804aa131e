"""Caches the keyset: reads it in its own threads, when :class:`CacheState` says so."""

from __future__ import annotations

import os
import random
import secrets
import threading
import time
import weakref
from math import inf
from typing import Any, Callable, Optional, Union

from .keyset import InvalidKeyset, Keyset, parse_keyset
from .state import CacheState, Read

#: Maximum number of reads that hang at a time. A read function without a timeout would leak threads forever.
MOST_READS = 8
#: How long an unknown signature waits for the next read while the keyset is stale, in seconds.
STALE_PATIENCE = 3.0


class KeysetUnavailable(Exception):
    """There is no keyset to verify with. Answer 503, never 401. ``__cause__`` is the error of the last read."""


class _Flight:
    """A read in progress, shared by everyone who waits for it."""

    def __init__(self, read: Read, deadline: float):
        self.read = read
        self.deadline = deadline
        self.landed = threading.Event()


class KeysetCache:
    """Caches the keyset of a group. Does no I/O until first used. Thread-safe, and safe to fork.

    :param read: returns the text of the secret's current value (ACSCurrent). It runs in one of the cache's threads,
        which waits ``timeout`` for it; give it a timeout of its own, too.
    :param ttl: maximum time between two reads, in seconds. Can only shorten the ``ttl`` of the document.
    :param max_stale: how long past its ttl a keyset may be used while reads fail, in seconds.
    :param timeout: of one read, and of a verification that waits for one, in seconds. Live itself waits for 5.
    :param cooldown: minimum time between two reads caused by unknown signatures, in seconds.
    :param on_error: called with the exception of each failed read. Log its type: its message is your ``read``'s.
    """

    def __init__(
        self,
        read: Callable[[], Union[str, bytes]],
        *,
        ttl: Optional[float] = None,
        max_stale: float = 86_400.0,
        timeout: float = 3.0,
        cooldown: float = 10.0,
        on_error: Optional[Callable[[BaseException], Any]] = None,
    ):
        if not callable(read):
            raise TypeError("read must be callable and return the text of the keyset document")
        if on_error is not None and not callable(on_error):
            raise TypeError("on_error must be callable")
        _seconds("ttl", ttl, 1.0)
        _seconds("max_stale", max_stale, 0.0)
        _seconds("timeout", timeout, 0.001)
        _seconds("cooldown", cooldown, 0.0)
        self._read_document = read
        self._timeout = timeout
        self._on_error = on_error
        self._state = CacheState(inf if ttl is None else ttl, max_stale, timeout, cooldown)
        self._last_error: Optional[BaseException] = None
        self._closed = False
        self._begin_process()
        _caches.add(self)

    def _begin_process(self) -> None:
        """Sets up what a fork does not inherit: locks, threads and the instance id. The keyset stays."""
        self._lock = threading.Lock()
        self._flight: Optional[_Flight] = None
        self._reading = 0
        self._wake = threading.Event()
        self._background: Optional[threading.Thread] = None
        #: Identifies this cache in answers to probes: 12 hex digits.
        self.instance = secrets.token_hex(6)

    @property
    def fresh(self) -> bool:
        """Whether the keyset is younger than its ttl. For health checks."""
        return self._state.fresh(time.time())

    def peek(self) -> Optional[Keyset]:
        """Returns the keyset to verify with now, or None if it has to be read first. Never blocks."""
        if self._background is None and self._state.held is not None:
            with self._lock:
                self._ensure_background()
        return self._state.peek(time.time())

    def load(self) -> Keyset:
        """Returns the keyset to verify with, and waits for a read if necessary.

        Call it at startup to make a server that cannot read its keys fail right away.

        :raises KeysetUnavailable: there was none within ``timeout``.
        """
        keyset = self.peek()
        if keyset is not None:
            return keyset
        until = time.monotonic() + self._timeout
        begun = self._state.begun
        while time.monotonic() < until:
            with self._lock:
                keyset = self._state.read_since(begun) or self._state.peek(time.time())
                if keyset is not None:
                    return keyset
                pause = self._state.retry_at - time.monotonic()
                flight = self._flight or (self._start() if pause <= 0 else None)
            if flight is not None:
                self._wait(flight, until)
            else:
                time.sleep(max(0.0, min(pause, until - time.monotonic())))
        keyset = self._state.read_since(begun) or self._state.last_resort(time.time())
        if keyset is None:
            why = self._last_error or self._late()
            raise KeysetUnavailable("no keyset to verify with: it could not be read") from why
        return keyset

    def refresh(self, probe: bool = False) -> None:
        """Reads again because of an unknown signature, at most once per cooldown. Waits for the next read instead
        while reads fail and the keyset is past its ttl. Never raises.
        """
        with self._lock:
            stale = self._stale_pause() is not None
            flight = None if stale else self._flight
            if not stale and flight is None and self._state.take_cooldown(time.monotonic(), probe):
                flight = self._start()
        if stale:
            self._wait_while_stale()
        elif flight is not None:
            self._wait(flight, inf)

    def _wait_while_stale(self) -> None:
        """Waits for a read that begins from now on: one under way may have asked before the key was set."""
        until = time.monotonic() + STALE_PATIENCE
        begun = self._state.begun
        while time.monotonic() < until:
            with self._lock:
                pause = self._stale_pause()
                flight = self._flight
                if pause is None or (flight is None and self._state.begun > begun):
                    return
                if flight is None and pause <= 0:
                    flight = self._start()
            if flight is not None:
                self._wait(flight, until)
            else:
                time.sleep(min(pause, max(0.0, until - time.monotonic())))

    def _stale_pause(self) -> Optional[float]:
        return self._state.stale_pause(time.time(), time.monotonic())

    def close(self) -> None:
        """Stops background reads. The cache still works afterwards, and reads on demand."""
        self._closed = True
        self._wake.set()

    def _start(self) -> Optional[_Flight]:
        """Starts the shared read. The caller holds the lock."""
        read = self._state.begin(time.time())
        self._ensure_background()
        if self._reading >= MOST_READS:
            self._fail(read, TimeoutError(f"{self._reading} reads of the keyset are hanging"))
            return None
        self._reading += 1
        flight = _Flight(read, time.monotonic() + self._timeout)
        self._flight = flight
        threading.Thread(target=self._fly, args=(flight,), name="keyset-read", daemon=True).start()
        return flight

    def _fly(self, flight: _Flight) -> None:
        lock = self._lock
        error: Optional[BaseException] = None
        keyset: Optional[Keyset] = None
        try:
            keyset = parse_keyset(self._read_document())
        except BaseException as thrown:
            error = thrown
        with lock:
            given_up = flight.landed.is_set()
            self._reading -= 1
            if self._flight is flight:
                self._flight = None
            if keyset is not None and not self._succeed(flight.read, keyset):
                error = InvalidKeyset(f"revision {keyset.revision} is too far above the current one")
            elif error is not None and not given_up:
                self._fail(flight.read, error)
        flight.landed.set()
        self._wake.set()
        if error is not None and not given_up:
            self._tell(error)

    def _succeed(self, read: Read, keyset: Keyset) -> bool:
        return self._state.succeed(read, keyset, time.time(), time.monotonic(), random.random())

    def _fail(self, read: Read, error: BaseException) -> None:
        self._last_error = error
        self._state.fail(read, time.time(), time.monotonic(), random.random())

    def _wait(self, flight: _Flight, until: float) -> None:
        """Waits for a read and gives up on it after its timeout. A result that arrives later still counts."""
        deadline = min(flight.deadline, until)
        if flight.landed.wait(max(0.0, deadline - time.monotonic())):
            return
        if time.monotonic() < flight.deadline:
            return
        error = self._late()
        with self._lock:
            if flight.landed.is_set() or self._flight is not flight:
                return
            self._flight = None
            self._fail(flight.read, error)
            flight.landed.set()
        self._wake.set()
        self._tell(error)

    def _late(self) -> TimeoutError:
        return TimeoutError(f"the keyset could not be read within {self._timeout:g} s")

    def _tell(self, error: BaseException) -> None:
        if self._on_error is None:
            return
        try:
            self._on_error(error)
        except Exception:  # A hook for the log must not stop the reads.
            pass

    def _ensure_background(self) -> None:
        """Starts the refresh thread, which does not keep an unused cache alive. The caller holds the lock."""
        if self._background is None and not self._closed:
            arguments = weakref.ref(self), self._wake
            self._background = threading.Thread(target=_keep_fresh, args=arguments, name="keyset-refresh", daemon=True)
            self._background.start()
            weakref.finalize(self, self._wake.set)

    def _read_if_due(self) -> float:
        """Reads if a read is due. Returns the time until the next check, in seconds."""
        with self._lock:
            flight = self._flight
            if flight is None:
                pause = self._state.read_at - time.monotonic()
                if pause > 0:
                    return min(pause, 3_600.0)
                flight = self._start()
        if flight is not None:
            self._wait(flight, inf)
        return 0.01


def _keep_fresh(reference: "weakref.ref[KeysetCache]", wake: threading.Event) -> None:
    while True:
        cache = reference()
        if cache is None or cache._closed or cache._wake is not wake:
            return
        wake.clear()
        pause = cache._read_if_due()
        del cache
        wake.wait(pause)


def _seconds(name: str, value: Optional[float], least: float) -> None:
    if value is None and name == "ttl":
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= least:
        raise ValueError(f"{name} must be a number of seconds, at least {least:g}")


_caches: "weakref.WeakSet[KeysetCache]" = weakref.WeakSet()


def _after_fork() -> None:
    for cache in list(_caches):
        cache._begin_process()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
