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

// mostReads may hang at a time: a read that does not heed its context would otherwise leave goroutines behind for ever.
const mostReads = 8

// Read reads the current value of the secret (ACSCurrent) and returns its text. It must read, and not cache: a keyset's
// ttl counts from the beginning of the read.
type Read func(ctx context.Context) ([]byte, error)

// CacheOptions says how a cache reads. The zero value of each is its default.
type CacheOptions struct {
	// TTL: reads at least this often, 1 s at least; can only shorten the document's.
	TTL time.Duration
	// MaxStale is for how long after its ttl a keyset is used while it cannot be read. Default 24 hours.
	MaxStale time.Duration
	// Timeout is for one read, and for a verification that waits for one. Default 3 s: Live waits for 5.
	Timeout time.Duration
	// Cooldown is the least time between two reads that unknown signatures cause. Default 10 s.
	Cooldown time.Duration
	// OnError is told of each read that failed.
	OnError func(error)
}

// ErrUnavailable says that there is no keyset to verify with. Answer 503, never 401.
var ErrUnavailable = errors.New("livekey: no keyset to verify with")

// unavailable is an ErrUnavailable that keeps why the last read failed.
type unavailable struct{ cause error }

func (e *unavailable) Error() string        { return ErrUnavailable.Error() + ": " + e.cause.Error() }
func (e *unavailable) Is(target error) bool { return target == ErrUnavailable }
func (e *unavailable) Unwrap() error        { return e.cause }

// Cache holds the keyset of a group and reads it again in time. It may be used by any number of goroutines. Close one that
// is not used any more.
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

// flight is one read that everybody who wants one waits for.
type flight struct {
	number flightNumber
	landed chan struct{}
	over   bool
}

// NewCache makes a cache. It does no I/O until it is used.
func NewCache(read Read, options CacheOptions) (*Cache, error) {
	if read == nil {
		return nil, errors.New("livekey: there must be a function that reads the document")
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

// Instance tells the rotator which cache has answered its probe: 12 hex digits.
func (c *Cache) Instance() string { return c.instance }

// Fresh tells whether the keyset in use is younger than its ttl: for a health check.
func (c *Cache) Fresh() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.state.fresh(c.now())
}

// Peek is the keyset to verify with at this moment, without waiting; nil when one has to be waited for.
func (c *Cache) Peek() *Keyset {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.state.peek(c.now())
}

// Load is the same, waiting for a read when there is none that may be used. Its error is an ErrUnavailable.
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

// refresh reads again because a signature is unknown, unless that was done within the cooldown.
func (c *Cache) refresh(ctx context.Context, probe bool) {
	c.mutex.Lock()
	if c.flight == nil && c.state.takeCooldown(c.tick(), probe) {
		c.start()
	}
	flight := c.flight
	c.mutex.Unlock()
	if flight != nil {
		wait(ctx, flight, 0)
	}
}

// Close ends the background reads. What comes later is still answered, reading on demand.
func (c *Cache) Close() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
}

// start begins the one flight. It and all below are called with the mutex held, unless they say otherwise.
func (c *Cache) start() {
	number := c.state.begin(c.now())
	if c.reading >= mostReads {
		c.fail(number, fmt.Errorf("livekey: %d reads of the keyset hang", c.reading))
		c.schedule()
		return
	}
	c.reading++
	c.flight = &flight{number: number, landed: make(chan struct{})}
	go c.fly(c.flight)
}

// fly reads, without the mutex. What a read that was given up brings later still counts.
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
		err = fmt.Errorf("livekey: revision %d is too far above the one in use", keyset.Revision)
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

// giveUp ends the wait for a flight that takes too long. Called without the mutex.
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

// schedule sets the one timer of the background reads.
func (c *Cache) schedule() {
	if c.timer != nil {
		c.timer.Stop()
	}
	if !c.closed && c.state.readAt != forever {
		c.timer = time.AfterFunc(c.state.readAt-c.tick(), c.readIfDue)
	}
}

// readIfDue is called by the timer, without the mutex.
func (c *Cache) readIfDue() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.closed && c.flight == nil && c.tick() >= c.state.readAt {
		c.start()
	}
}

// tell calls the hook for the log, which must not stop the reads. Called without the mutex.
func (c *Cache) tell(err error) {
	if c.onError == nil {
		return
	}
	defer func() { _ = recover() }()
	c.onError(err)
}

// now is the wall clock's time; tick goes on whatever becomes of that.
func (c *Cache) now() time.Duration  { return time.Duration(time.Now().UnixNano()) }
func (c *Cache) tick() time.Duration { return time.Since(c.began) }

// wait ends when the flight has landed, after the pause when there is none, and with the context.
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
		return 0, fmt.Errorf("livekey: %s must be %v to %v", name, least, most)
	}
	return given, nil
}
