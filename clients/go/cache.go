package livekey

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand"
	"sync"
	"time"
)

// mostReads is how many reads may hang at a time. A Read that ignores its context would leak goroutines forever.
const mostReads = 8

// stalePatience is how long an unknown signature waits for the next read while the keyset is stale.
const stalePatience = 3 * time.Second

// Read returns the text of the secret's current value (ACSCurrent). It must not cache: the ttl of a keyset counts from the
// start of the read.
type Read func(ctx context.Context) ([]byte, error)

// CacheOptions configures a Cache. The zero value of a field means its default.
type CacheOptions struct {
	// TTL is the maximum time between two reads, at least 1 s. It can only shorten the document's ttl.
	TTL time.Duration
	// MaxStale is how long past its ttl a keyset may be used while reads fail. Default 24 hours.
	MaxStale time.Duration
	// Timeout limits a read, and a verification that waits for one. Default 3 s; Live itself waits for 5 s.
	Timeout time.Duration
	// Cooldown is the minimum time between two reads caused by unknown signatures. Default 10 s.
	Cooldown time.Duration
	// OnError, if set, is called with the error of each failed read, from a goroutine of the cache.
	OnError func(error)
}

// ErrUnavailable means that there is no keyset to verify with. Answer 503, never 401. Errors that match it also wrap the
// error of the last read.
var ErrUnavailable = errors.New("livekey: no keyset to verify with")

// unavailable is an ErrUnavailable that wraps the error of the last read.
type unavailable struct{ cause error }

func (e *unavailable) Error() string        { return ErrUnavailable.Error() + ": " + e.cause.Error() }
func (e *unavailable) Is(target error) bool { return target == ErrUnavailable }
func (e *unavailable) Unwrap() error        { return e.cause }

// Cache holds the keyset of a group and refreshes it in time. It is safe for concurrent use. Close it when it is no longer
// used.
type Cache struct {
	read     Read
	timeout  time.Duration
	onError  func(error)
	instance string
	began    time.Time

	mutex   sync.Mutex
	state   *state
	flight  *flight
	reading int
	timer   *time.Timer
	lastErr error
	closed  bool
}

// flight is a read in progress, shared by everyone who waits for it.
type flight struct {
	number flightNumber
	landed chan struct{}
	over   bool
}

// NewCache returns a cache. It does no I/O until first used.
func NewCache(read Read, options CacheOptions) (*Cache, error) {
	if read == nil {
		return nil, errors.New("livekey: read must not be nil")
	}
	ttl, err := duration("TTL", options.TTL, forever, time.Second)
	if err != nil {
		return nil, err
	}
	maxStale, err := duration("MaxStale", options.MaxStale, 24*time.Hour, 0)
	if err != nil {
		return nil, err
	}
	timeout, err := duration("Timeout", options.Timeout, 3*time.Second, time.Millisecond)
	if err != nil {
		return nil, err
	}
	cooldown, err := duration("Cooldown", options.Cooldown, 10*time.Second, 0)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 6)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	return &Cache{
		read: read, timeout: timeout, onError: options.OnError,
		instance: hex.EncodeToString(id), began: time.Now(),
		state: newState(ttl, maxStale, timeout, cooldown),
	}, nil
}

// Instance identifies this cache in answers to probes: 12 hex digits.
func (c *Cache) Instance() string { return c.instance }

// Fresh reports whether the keyset is younger than its ttl. Use it in health checks.
func (c *Cache) Fresh() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.state.fresh(c.now())
}

// Peek returns the keyset to verify with now, or nil if it has to be read first. It never blocks.
func (c *Cache) Peek() *Keyset {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.state.peek(c.now())
}

// Load returns the keyset to verify with, and waits for a read if necessary. Call it at startup to make a server that cannot
// read its keys fail right away. Its error matches ErrUnavailable.
func (c *Cache) Load(ctx context.Context) (*Keyset, error) {
	if keyset := c.Peek(); keyset != nil {
		return keyset, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	begun := c.state.begun
	for ctx.Err() == nil {
		if keyset := c.usable(begun); keyset != nil {
			return keyset, nil
		}
		pause := c.state.retryAt - c.tick()
		if c.flight == nil && pause <= 0 {
			c.start()
		}
		flight := c.flight
		c.mutex.Unlock()
		wait(ctx, flight, pause)
		c.mutex.Lock()
	}
	if keyset := c.state.since(begun); keyset != nil {
		return keyset, nil
	}
	if keyset := c.state.lastResort(c.now()); keyset != nil {
		return keyset, nil
	}
	if c.lastErr != nil {
		return nil, &unavailable{c.lastErr}
	}
	return nil, &unavailable{ctx.Err()}
}

func (c *Cache) usable(begun int) *Keyset {
	if keyset := c.state.since(begun); keyset != nil {
		return keyset
	}
	return c.state.peek(c.now())
}

// refresh reads again because of an unknown signature, at most once per cooldown. It waits for the next read instead while
// reads fail and the keyset is past its ttl.
func (c *Cache) refresh(ctx context.Context, probe bool) {
	c.mutex.Lock()
	if _, stale := c.state.staleWait(c.now(), c.tick()); stale {
		c.mutex.Unlock()
		c.waitWhileStale(ctx)
		return
	}
	if c.flight == nil && c.state.takeCooldown(c.tick(), probe) {
		c.start()
	}
	flight := c.flight
	c.mutex.Unlock()
	if flight != nil {
		wait(ctx, flight, 0)
	}
}

// waitWhileStale waits for a read that begins from now on: one under way may have asked before the key was set.
func (c *Cache) waitWhileStale(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stalePatience)
	defer cancel()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	begun := c.state.begun
	for ctx.Err() == nil {
		pause, stale := c.state.staleWait(c.now(), c.tick())
		if !stale || c.flight == nil && c.state.begun > begun {
			return
		}
		if c.flight == nil && pause == 0 {
			c.start()
		}
		flight := c.flight
		c.mutex.Unlock()
		wait(ctx, flight, pause)
		c.mutex.Lock()
	}
}

// Close stops background reads. The cache still works afterwards, and reads on demand.
func (c *Cache) Close() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
}

// start begins the shared read. Like the methods below, it expects the mutex to be held unless it says otherwise.
func (c *Cache) start() {
	number := c.state.begin(c.now())
	if c.reading >= mostReads {
		c.fail(number, fmt.Errorf("livekey: %d reads of the keyset are hanging", c.reading))
		c.schedule()
		return
	}
	c.reading++
	c.flight = &flight{number: number, landed: make(chan struct{})}
	go c.fly(c.flight)
}

// fly reads, without the mutex. The result of a read that was given up on still counts.
func (c *Cache) fly(flight *flight) {
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	late := time.AfterFunc(c.timeout, func() { c.giveUp(flight) })
	keyset, err := c.readKeyset(ctx)
	late.Stop()
	c.mutex.Lock()
	c.reading--
	givenUp := flight.over
	if err == nil && !c.state.succeed(flight.number, keyset, c.now(), c.tick(), mathrand.Float64()) {
		err = fmt.Errorf("livekey: revision %d is too far above the current one", keyset.Revision)
		c.lastErr = err
	} else if err != nil && !givenUp {
		c.fail(flight.number, err)
	}
	c.land(flight)
	c.mutex.Unlock()
	if err != nil && !givenUp {
		c.tell(err)
	}
}

func (c *Cache) readKeyset(ctx context.Context) (keyset *Keyset, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("livekey: the function that reads the keyset panicked")
		}
	}()
	text, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	return ParseKeyset(text)
}

// giveUp ends the wait for a read that takes too long. Called without the mutex.
func (c *Cache) giveUp(flight *flight) {
	err := fmt.Errorf("livekey: the keyset could not be read within %v", c.timeout)
	c.mutex.Lock()
	if flight.over {
		c.mutex.Unlock()
		return
	}
	c.fail(flight.number, err)
	c.land(flight)
	c.mutex.Unlock()
	c.tell(err)
}

func (c *Cache) fail(number flightNumber, err error) {
	c.lastErr = err
	c.state.fail(number, c.now(), c.tick(), mathrand.Float64())
}

func (c *Cache) land(flight *flight) {
	if !flight.over {
		flight.over = true
		close(flight.landed)
	}
	if c.flight == flight {
		c.flight = nil
	}
	c.schedule()
}

// schedule sets the timer for the next background read.
func (c *Cache) schedule() {
	if c.timer != nil {
		c.timer.Stop()
	}
	if !c.closed && c.state.readAt != forever {
		c.timer = time.AfterFunc(c.state.readAt-c.tick(), c.readIfDue)
	}
}

// readIfDue is the timer's callback. Called without the mutex.
func (c *Cache) readIfDue() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.closed && c.flight == nil && c.tick() >= c.state.readAt {
		c.start()
	}
}

// tell calls OnError; a panic there must not stop the reads. Called without the mutex.
func (c *Cache) tell(err error) {
	if c.onError == nil {
		return
	}
	defer func() { _ = recover() }()
	c.onError(err)
}

// now is wall-clock time; tick is monotonic.
func (c *Cache) now() time.Duration  { return time.Duration(time.Now().UnixNano()) }
func (c *Cache) tick() time.Duration { return time.Since(c.began) }

// wait returns when the flight lands, after the pause if there is no flight, or when ctx is done.
func wait(ctx context.Context, flight *flight, pause time.Duration) {
	var landed chan struct{}
	var paused <-chan time.Time
	if flight != nil {
		landed = flight.landed
	} else {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		paused = timer.C
	}
	select {
	case <-landed:
	case <-paused:
	case <-ctx.Done():
	}
}

func duration(name string, given, fallback, least time.Duration) (time.Duration, error) {
	const most = 10 * 365 * 24 * time.Hour
	switch {
	case given == 0:
		return fallback, nil
	case given < least || given > most:
		return 0, fmt.Errorf("livekey: %s must be between %v and %v", name, least, most)
	}
	return given, nil
}
