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

	// Far enough from both ends that sums with them stay numbers.
	never   = time.Duration(math.MinInt64 / 2)
	forever = time.Duration(math.MaxInt64 / 2)
)

// flightNumber names a read that has begun: numbers are given out in that order.
type flightNumber struct {
	number  int
	started time.Duration
}

// state holds the laws of the cache, as decisions without goroutines and without a clock: now is the wall clock's time,
// which a frozen process finds moved on, tick that of a monotonic one, which no correction sets back.
type state struct {
	ttl, maxStale, timeout, cooldown time.Duration

	held                   *Keyset
	begun, newest          int
	failures               int
	freshUntil, usable     time.Duration
	coolUntil, probesUntil time.Duration
	// readAt is when the next read is due in the background, retryAt before when no read that somebody waits for
	// begins: both by tick.
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

// succeed takes in what a read has brought, however late. It returns whether that may be trusted: a revision far above
// the one in use is a slip, as long as there is one in use.
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
		// Spread over time, so that a fleet does not read as one.
		s.readAt = tick + most(shortestPause, part(lifetime, 0.5+0.3*chance)-(now-read.started))
	}
	return true
}

// fail notes that a read has failed, or brought what is no keyset.
func (s *state) fail(read flightNumber, now, tick time.Duration, chance float64) {
	if read.number <= s.newest {
		return
	}
	// Never beyond the ttl: what is saved after an outage must be known as soon as what is saved without one.
	longest := least(lastRetry, s.lifetime())
	if s.failures < 6 {
		longest = least(longest, firstRetry<<uint(s.failures))
	}
	pause := part(longest, 0.5+0.5*chance)
	s.failures++
	s.retryAt = tick + pause
	s.readAt = tick + most(shortestPause, pause)
	// Until the next try has ended nobody has to wait for it. A try that never comes, in a process that was frozen
	// again, is waited for.
	s.usable = least(most(s.usable, now+pause+2*s.timeout), s.freshUntil+s.maxStale)
}

// lifetime is how long the keyset that is held may be used before it is read again.
func (s *state) lifetime() time.Duration {
	if s.held == nil {
		return s.ttl
	}
	return least(s.held.TTL, s.ttl)
}

// peek is the keyset to verify with, without waiting; nil when a read has to be waited for.
func (s *state) peek(now time.Duration) *Keyset {
	if now < s.usable {
		return s.held
	}
	return nil
}

// since is the keyset, if a read after this number brought it: new enough for whoever waited, whatever its ttl.
func (s *state) since(number int) *Keyset {
	if s.newest > number {
		return s.held
	}
	return nil
}

// lastResort is the keyset to verify with when a read does not help; nil when maxStale has ended it.
func (s *state) lastResort(now time.Duration) *Keyset {
	if now < s.freshUntil+s.maxStale {
		return s.held
	}
	return nil
}

func (s *state) fresh(now time.Duration) bool {
	return now < s.freshUntil
}

// takeCooldown tells whether an unknown signature is a reason to read. Probes do not wait for what strangers use up.
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
