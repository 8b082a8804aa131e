package livekey

import (
	"math"
	"time"
)

const (
	firstRetry    = 500 * time.Millisecond
	lastRetry     = 30 * time.Second
	shortestPause = 100 * time.Millisecond
	probeCooldown = 2 * time.Second
	largestJump   = 1_000
	// stalePause is the pause, while reads fail and the keyset is stale, before a read that unknown signatures wait for.
	stalePause = 500 * time.Millisecond

	// Far enough from both ends that sums with them stay numbers.
	never   = time.Duration(math.MinInt64 / 2)
	forever = time.Duration(math.MaxInt64 / 2)
)

// flightNumber identifies a read that has begun. Numbers grow in the order in which reads begin.
type flightNumber struct {
	number  int
	started time.Duration
}

// state makes the cache's decisions, without goroutines or a clock. In its methods now is wall-clock time, which moves on
// while a process is frozen; tick is monotonic, so clock corrections do not affect it.
type state struct {
	ttl, maxStale, timeout, cooldown time.Duration

	held                   *Keyset
	begun, newest          int
	failures               int
	failedAt               time.Duration
	freshUntil, usable     time.Duration
	coolUntil, probesUntil time.Duration
	// readAt is when the next background read is due, retryAt when the next read that someone waits for may begin: both
	// in tick time.
	readAt, retryAt time.Duration
}

func newState(ttl, maxStale, timeout, cooldown time.Duration) *state {
	return &state{
		ttl: ttl, maxStale: maxStale, timeout: timeout, cooldown: cooldown,
		freshUntil: never, usable: never, coolUntil: never, probesUntil: never,
		readAt: forever, retryAt: never,
	}
}

func (s *state) begin(now time.Duration) flightNumber {
	s.begun++
	return flightNumber{s.begun, now}
}

// succeed takes the result of a read, however late. It returns false if it is not trusted: as long as there is a usable
// keyset, a revision far above it must be a mistake.
func (s *state) succeed(read flightNumber, keyset *Keyset, now, tick time.Duration, chance float64) bool {
	same := s.held != nil && s.held.Lineage == keyset.Lineage
	if s.lastResort(now) != nil && keyset.Revision-s.held.Revision > largestJump {
		s.fail(read, now, tick, chance)
		return false
	}
	later := read.number > s.newest
	if s.held == nil || same && keyset.Revision > s.held.Revision || !same && later {
		s.held = keyset
	}
	if later {
		lifetime := s.lifetime()
		s.newest = read.number
		s.failures = 0
		s.freshUntil = read.started + lifetime
		s.usable = s.freshUntil
		s.retryAt = never
		// Jitter, so that a fleet does not read in lockstep.
		s.readAt = tick + most(shortestPause, part(lifetime, 0.5+0.3*chance)-(now-read.started))
	}
	return true
}

// fail notes that a read failed or returned an invalid document.
func (s *state) fail(read flightNumber, now, tick time.Duration, chance float64) {
	if read.number <= s.newest {
		return
	}
	// At most the ttl: after an outage, receivers must learn of a new revision as soon as they otherwise would.
	longest := least(lastRetry, s.lifetime())
	if s.failures < 6 {
		longest = least(longest, firstRetry<<uint(s.failures))
	}
	pause := part(longest, 0.5+0.5*chance)
	s.failures++
	s.failedAt = tick
	s.retryAt = tick + pause
	s.readAt = tick + most(shortestPause, pause)
	// Nobody waits for the next attempt, until it should have ended. If it never comes, because the process was frozen
	// again, callbacks wait for a read.
	s.usable = least(most(s.usable, now+pause+2*s.timeout), s.freshUntil+s.maxStale)
}

// lifetime returns how long the current keyset may be used before it has to be read again.
func (s *state) lifetime() time.Duration {
	if s.held == nil {
		return s.ttl
	}
	return least(s.held.TTL, s.ttl)
}

// peek returns the keyset to verify with, or nil if a read must come first.
func (s *state) peek(now time.Duration) *Keyset {
	if now < s.usable {
		return s.held
	}
	return nil
}

// since returns the keyset if a read after this number succeeded: fresh enough for a waiter, whatever its ttl.
func (s *state) since(number int) *Keyset {
	if s.newest > number {
		return s.held
	}
	return nil
}

// lastResort returns the keyset to fall back on when reads fail, or nil past maxStale.
func (s *state) lastResort(now time.Duration) *Keyset {
	if now < s.freshUntil+s.maxStale {
		return s.held
	}
	return nil
}

func (s *state) fresh(now time.Duration) bool {
	return now < s.freshUntil
}

// staleWait returns how long until the read that an unknown signature waits for may begin, while reads fail and the keyset is
// past its ttl: a rotation may then set a new key the moment reads succeed again. Otherwise the cooldown decides.
func (s *state) staleWait(now, tick time.Duration) (pause time.Duration, stale bool) {
	if s.held == nil || s.failures == 0 || s.fresh(now) {
		return 0, false
	}
	return most(0, s.failedAt+stalePause-tick), true
}

// takeCooldown starts the cooldown and returns true, unless it is running. Probes have their own, which strangers cannot use
// up.
func (s *state) takeCooldown(tick time.Duration, probe bool) bool {
	until, cooldown := &s.coolUntil, s.cooldown
	if probe {
		until, cooldown = &s.probesUntil, probeCooldown
	}
	if tick < *until {
		return false
	}
	*until = tick + cooldown
	return true
}

func part(whole time.Duration, of float64) time.Duration {
	return time.Duration(float64(whole) * of)
}

func least(a, b time.Duration) time.Duration {
	if a < b {
		return a
	}
	return b
}

func most(a, b time.Duration) time.Duration {
	if a > b {
		return a
	}
	return b
}
