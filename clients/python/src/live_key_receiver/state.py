"""The cache's decisions, without threads or a clock: time is passed in."""

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
#: While reads fail and the keyset is stale, the pause before a read that unknown signatures wait for.
STALE_PAUSE = 0.5


@dataclass(frozen=True)
class Read:
    """A read that has begun. Numbers grow in the order in which reads begin."""

    number: int
    started: float


class CacheState:
    """Times are in seconds. ``now`` is wall-clock time, which moves on while a process is frozen; ``tick`` is
    monotonic, so clock corrections do not affect it.
    """

    def __init__(self, ttl: float = inf, max_stale: float = 86_400.0, timeout: float = 3.0, cooldown: float = 10.0):
        self._ttl = ttl
        self._max_stale = max_stale
        self._timeout = timeout
        self._cooldown = cooldown
        self._begun = 0
        self._newest_read = 0
        self._failures = 0
        self._failed_at = -inf
        self._fresh_until = -inf
        self._usable_until = -inf
        self._cool_until = -inf
        self._cool_for_probes_until = -inf
        self.held: Optional[Keyset] = None
        #: When the next background read is due, in ``tick`` time.
        self.read_at = inf
        #: When the next read that someone waits for may begin, in ``tick`` time.
        self.retry_at = -inf

    def begin(self, now: float) -> Read:
        self._begun += 1
        return Read(self._begun, now)

    def succeed(self, read: Read, keyset: Keyset, now: float, tick: float, chance: float) -> bool:
        """Takes the result of a read, however late. Returns False if it is not trusted: as long as there is a usable
        keyset, a revision far above it must be a mistake.
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
            # Jitter, so that a fleet does not read in lockstep.
            self.read_at = tick + max(SHORTEST_PAUSE, lifetime * (0.5 + 0.3 * chance) - (now - read.started))
        return True

    def fail(self, read: Read, now: float, tick: float, chance: float) -> None:
        """Notes that a read failed or returned an invalid document."""
        if read.number <= self._newest_read:
            return
        # At most the ttl: after an outage, receivers must learn of a new revision as soon as they otherwise would.
        longest = min(LAST_RETRY, self._lifetime(), FIRST_RETRY * 2 ** min(self._failures, 30))
        pause = longest * (0.5 + 0.5 * chance)
        self._failures += 1
        self._failed_at = tick
        self.retry_at = tick + pause
        self.read_at = tick + max(SHORTEST_PAUSE, pause)
        # Nobody waits for the next attempt, until it should have ended. If it never comes, because the process was
        # frozen again, callbacks wait for a read.
        until = max(self._usable_until, now + pause + 2 * self._timeout)
        self._usable_until = min(until, self._fresh_until + self._max_stale)

    def _lifetime(self) -> float:
        """How long the current keyset may be used before it has to be read again."""
        return self._ttl if self.held is None else min(self.held.ttl / 1_000, self._ttl)

    def peek(self, now: float) -> Optional[Keyset]:
        """Returns the keyset to verify with, or None if a read must come first."""
        return self.held if now < self._usable_until else None

    def read_since(self, number: int) -> Optional[Keyset]:
        """Returns the keyset if a read after this number succeeded: fresh enough for a waiter, whatever its ttl."""
        return self.held if self._newest_read > number else None

    def last_resort(self, now: float) -> Optional[Keyset]:
        """Returns the keyset to fall back on when reads fail, or None past ``max_stale``."""
        return self.held if now < self._fresh_until + self._max_stale else None

    def fresh(self, now: float) -> bool:
        return now < self._fresh_until

    def stale_pause(self, now: float, tick: float) -> Optional[float]:
        """Returns how long until the read that an unknown signature waits for may begin, while reads fail and the
        keyset is past its ttl: a rotation may then set a new key the moment reads succeed again. Otherwise None: the
        cooldown decides.
        """
        if self.held is None or self._failures == 0 or self.fresh(now):
            return None
        return max(0.0, self._failed_at + STALE_PAUSE - tick)

    @property
    def begun(self) -> int:
        return self._begun

    def take_cooldown(self, tick: float, probe: bool) -> bool:
        """Starts the cooldown, unless it is running. Probes have their own, which strangers cannot use up."""
        if probe:
            if tick < self._cool_for_probes_until:
                return False
            self._cool_for_probes_until = tick + PROBE_COOLDOWN
            return True
        if tick < self._cool_until:
            return False
        self._cool_until = tick + self._cooldown
        return True
