"""The laws of the cache, as decisions without threads and without a clock: time is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Optional

from .keyset import Keyset

FIRST_RETRY = 0.5
LAST_RETRY = 30.0
SHORTEST_PAUSE = 0.1
PROBE_COOLDOWN = 2.0
LARGEST_JUMP = 1_000


@dataclass(frozen=True)
class Read:
    """A read that has begun. Numbers are given out in that order."""

    number: int
    started: float


class CacheState:
    """All times are in seconds: ``now`` by the wall clock, which a frozen process finds moved on, ``tick`` by a
    monotonic one, which no correction sets back.
    """

    def __init__(self, ttl: float = inf, max_stale: float = 86_400.0, timeout: float = 3.0, cooldown: float = 10.0):
        self._ttl = ttl
        self._max_stale = max_stale
        self._timeout = timeout
        self._cooldown = cooldown
        self._begun = 0
        self._newest_read = 0
        self._failures = 0
        self._fresh_until = -inf
        self._usable_until = -inf
        self._cool_until = -inf
        self._cool_for_probes_until = -inf
        self.held: Optional[Keyset] = None
        #: When the next read is due in the background, by ``tick``.
        self.read_at = inf
        #: No read that somebody waits for begins before, by ``tick``.
        self.retry_at = -inf

    def begin(self, now: float) -> Read:
        self._begun += 1
        return Read(self._begun, now)

    def succeed(self, read: Read, keyset: Keyset, now: float, tick: float, chance: float) -> bool:
        """Takes in what a read has brought, however late. Returns whether it may be trusted: a revision far above the
        one in use is a slip, as long as there is one in use.
        """
        held = self.held
        same = held is not None and keyset.lineage == held.lineage
        if held is not None and keyset.revision - held.revision > LARGEST_JUMP and self.last_resort(now) is not None:
            self.fail(read, now, tick, chance)
            return False
        later = read.number > self._newest_read
        if held is None or (keyset.revision > held.revision if same else later):
            self.held = held = keyset
        if later:
            lifetime = self._lifetime()
            self._newest_read = read.number
            self._failures = 0
            self._fresh_until = self._usable_until = read.started + lifetime
            self.retry_at = -inf
            # Spread over time, so that a fleet does not read as one.
            self.read_at = tick + max(SHORTEST_PAUSE, lifetime * (0.5 + 0.3 * chance) - (now - read.started))
        return True

    def fail(self, read: Read, now: float, tick: float, chance: float) -> None:
        """A read has failed, or brought what is no keyset."""
        if read.number <= self._newest_read:
            return
        # Never beyond the ttl: what is saved after an outage must be known as soon as what is saved without one.
        longest = min(LAST_RETRY, self._lifetime(), FIRST_RETRY * 2 ** min(self._failures, 30))
        pause = longest * (0.5 + 0.5 * chance)
        self._failures += 1
        self.retry_at = tick + pause
        self.read_at = tick + max(SHORTEST_PAUSE, pause)
        # Until the next try has ended nobody has to wait for it. A try that never comes, in a process that was frozen
        # again, is waited for.
        until = max(self._usable_until, now + pause + 2 * self._timeout)
        self._usable_until = min(until, self._fresh_until + self._max_stale)

    def _lifetime(self) -> float:
        """How long the keyset that is held may be used before it is read again."""
        return self._ttl if self.held is None else min(self.held.ttl / 1_000, self._ttl)

    def peek(self, now: float) -> Optional[Keyset]:
        """The keyset to verify with, without waiting; None when a read has to be waited for."""
        return self.held if now < self._usable_until else None

    def read_since(self, number: int) -> Optional[Keyset]:
        """The keyset, if a read after this number brought it: new enough for whoever waited, whatever its ttl."""
        return self.held if self._newest_read > number else None

    def last_resort(self, now: float) -> Optional[Keyset]:
        """The keyset to verify with when a read does not help; None when maxStale has ended it."""
        return self.held if now < self._fresh_until + self._max_stale else None

    def fresh(self, now: float) -> bool:
        return now < self._fresh_until

    @property
    def begun(self) -> int:
        return self._begun

    def take_cooldown(self, tick: float, probe: bool) -> bool:
        """Whether an unknown signature is a reason to read. Probes do not wait for what strangers use up."""
        if probe:
            if tick < self._cool_for_probes_until:
                return False
            self._cool_for_probes_until = tick + PROBE_COOLDOWN
            return True
        if tick < self._cool_until:
            return False
        self._cool_until = tick + self._cooldown
        return True
