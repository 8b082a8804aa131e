package livekey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const host = "hooks.example.com"

// source is a secret that can be changed, put down and made to hang; it counts how it is read.
type source struct {
	sync.Mutex
	text  string
	err   error
	reads int
	gate  chan struct{}
}

func (s *source) read(ctx context.Context) ([]byte, error) {
	s.Lock()
	s.reads++
	gate := s.gate
	s.Unlock()
	if gate != nil {
		<-gate
	}
	s.Lock()
	defer s.Unlock()
	return []byte(s.text), s.err
}

// hang makes reads hang until the channel is closed.
func (s *source) hang() chan struct{} {
	s.Lock()
	defer s.Unlock()
	s.gate = make(chan struct{})
	return s.gate
}

func (s *source) set(text string, err error) {
	s.Lock()
	defer s.Unlock()
	s.text, s.err = text, err
}

func (s *source) count() int {
	s.Lock()
	defer s.Unlock()
	return s.reads
}

type entry struct{ key, state string }

func document(revision int, ttl time.Duration, lineage string, entries ...entry) string {
	const at = "2026-11-24T08:00:00.000Z"
	keys := []map[string]any{}
	for _, e := range entries {
		keys = append(keys, map[string]any{
			"kid": KidOf(e.key), "key": e.key, "state": e.state, "stagedAt": at, "appliedAt": at,
			"compromisedAt": at, "onRunningStreams": "quarantine",
		})
	}
	text, _ := json.Marshal(map[string]any{
		"format": format, "lineage": lineage, "group": "test", "revision": revision, "ttl": ttl.Milliseconds(),
		"updatedAt": at, "keys": keys, "revoked": []any{},
	})
	return string(text)
}

func one(revision int, key string) string {
	return document(revision, time.Minute, "5b0c2f9e41d7", entry{key, "current"})
}

func start(t *testing.T, s *source, options CacheOptions) *Verifier {
	t.Helper()
	cache, err := NewCache(s.read, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cache.Close)
	verifier, err := NewVerifier(cache, VerifierOptions{Hosts: []string{host}})
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func verdict(t *testing.T, v *Verifier, key string, probe bool) string {
	t.Helper()
	now := time.Now()
	timestamp := strconv.FormatInt(now.Unix(), 10)
	got, err := v.verify(context.Background(), timestamp, Sign(host, timestamp, key), now, probe)
	if err != nil {
		return err.Error()
	}
	return string(got.Verdict)
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, not %v", what, got, want)
	}
}

func eventually(holds func() bool) bool {
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return holds()
}

func TestOneReadServesAllWhoWait(t *testing.T) {
	s := &source{text: one(1, "k1"), gate: make(chan struct{})}
	v := start(t, s, CacheOptions{})
	expect(t, "reads before it is used", s.count(), 0)
	var group sync.WaitGroup
	for i := 0; i < 20; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			expect(t, "verdict", verdict(t, v, "k1", false), "accepted")
		}()
	}
	eventually(func() bool { return s.count() == 1 })
	close(s.gate)
	group.Wait()
	expect(t, "reads", s.count(), 1)
}

func TestReadsAgainInTheBackgroundWithinTheTTL(t *testing.T) {
	s := &source{text: document(1, time.Second, "a", entry{"k1", "current"})}
	v := start(t, s, CacheOptions{})
	verdict(t, v, "k1", false)
	s.set(document(2, time.Second, "a", entry{"k2", "current"}), nil)
	renewed := eventually(func() bool { keyset := v.cache.Peek(); return keyset != nil && keyset.Revision == 2 })
	expect(t, "renewed", renewed, true)
	expect(t, "fresh", v.cache.Fresh(), true)
}

func TestAnOutageBeyondTheTTLRefusesNothing(t *testing.T) {
	s := &source{text: document(1, time.Second, "a", entry{"k1", "current"})}
	var mutex sync.Mutex
	failures := 0
	v := start(t, s, CacheOptions{OnError: func(error) {
		mutex.Lock()
		defer mutex.Unlock()
		failures++
		panic("a hook must stop nothing")
	}})
	verdict(t, v, "k1", false)
	s.set("", errors.New("KMS is down"))
	for until := time.Now().Add(2500 * time.Millisecond); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if got := verdict(t, v, "k1", false); got != "accepted" {
			t.Fatal(got)
		}
	}
	expect(t, "fresh", v.cache.Fresh(), false)
	mutex.Lock()
	expect(t, "told of failures", failures >= 2, true)
	mutex.Unlock()
	s.set(document(2, time.Second, "a", entry{"k2", "current"}), nil)
	expect(t, "ends", eventually(func() bool { return v.cache.Peek().Revision == 2 }), true)
}

func TestNoCallbackWaitsForAPauseOrAReadThatHangs(t *testing.T) {
	s := &source{text: document(1, time.Second, "a", entry{"k1", "current"})}
	v := start(t, s, CacheOptions{Timeout: 100 * time.Millisecond})
	verdict(t, v, "k1", false)
	gate := s.hang()
	defer close(gate)
	var longest time.Duration
	for until := time.Now().Add(2500 * time.Millisecond); time.Now().Before(until); time.Sleep(2 * time.Millisecond) {
		began := time.Now()
		if got := verdict(t, v, "k1", false); got != "accepted" {
			t.Fatal(got)
		}
		if took := time.Since(began); took > longest {
			longest = took
		}
	}
	// Pauses grow to a second here; what is shorter is a busy machine.
	if longest > 400*time.Millisecond {
		t.Errorf("a callback waited for %v", longest)
	}
	expect(t, "fresh", v.cache.Fresh(), false)
	expect(t, "it tries again", s.count() >= 3, true)
}

func TestAKeySetTheMomentAnOutageIsOverIsAcceptedAtOnce(t *testing.T) {
	s := &source{text: document(1, time.Second, "a", entry{"k1", "current"})}
	v := start(t, s, CacheOptions{})
	verdict(t, v, "k1", false)
	s.set("", errors.New("KMS is down"))
	verdict(t, v, "forged", false) // Uses up the cooldown.
	expect(t, "stale", eventually(func() bool { return !v.cache.Fresh() }), true)
	reads, began := s.count(), time.Now()
	var strangers sync.WaitGroup
	for i := 0; i < 8; i++ {
		strangers.Add(1)
		go func() {
			defer strangers.Done()
			expect(t, "forged", verdict(t, v, "forged", false), "rejected")
		}()
	}
	expect(t, "a known key", verdict(t, v, "k1", false), "accepted")
	strangers.Wait()
	took := time.Since(began)
	expect(t, "a stranger waits for a moment", took < 2*time.Second, true)
	// Twice a second at most, beside the tries of its own, which grow from 0.25 s.
	expect(t, "few reads", float64(s.count()-reads) <= 2+3*took.Seconds(), true)
	s.set(document(2, time.Second, "a", entry{"k2", "current"}), nil)
	expect(t, "the new key", verdict(t, v, "k2", false), "accepted")
}

func TestAnOutageThatHangsKeepsNoStrangerForLongerThanAMoment(t *testing.T) {
	s := &source{text: document(1, time.Second, "a", entry{"k1", "current"})}
	v := start(t, s, CacheOptions{Timeout: 100 * time.Millisecond})
	verdict(t, v, "k1", false)
	defer close(s.hang())
	expect(t, "stale", eventually(func() bool { return !v.cache.Fresh() }), true)
	began := time.Now()
	expect(t, "forged", verdict(t, v, "forged", false), "rejected")
	expect(t, "a moment", time.Since(began) < 2*time.Second, true)
}

func TestMaxStaleEndsIt(t *testing.T) {
	s := &source{text: document(1, time.Second, "a", entry{"k1", "current"})}
	v := start(t, s, CacheOptions{MaxStale: 300 * time.Millisecond, Timeout: 100 * time.Millisecond})
	verdict(t, v, "k1", false)
	s.set("", errors.New("KMS is down"))
	expect(t, "within the ttl", verdict(t, v, "k1", false), "accepted")
	expect(t, "ends", eventually(func() bool { return verdict(t, v, "k1", false) != "accepted" }), true)
}

func TestAKeysetThatHasExpiredIsReadBeforeItIsUsed(t *testing.T) {
	s := &source{text: document(1, time.Second, "a", entry{"k1", "current"})}
	v := start(t, s, CacheOptions{})
	verdict(t, v, "k1", false)
	v.cache.Close() // No reads in the background: as in a process that was frozen.
	s.set(document(2, time.Second, "a", entry{"k1", "compromised"}), nil)
	time.Sleep(1010 * time.Millisecond)
	expect(t, "verdict", verdict(t, v, "k1", false), "quarantined")
}

func TestAClosedCacheStopsReading(t *testing.T) {
	s := &source{text: document(1, time.Second, "a", entry{"k1", "current"})}
	v := start(t, s, CacheOptions{})
	verdict(t, v, "k1", false)
	v.cache.Close()
	time.Sleep(time.Second)
	expect(t, "reads", s.count(), 1)
}

func TestAnInvalidDocumentNeverReplacesAGoodOne(t *testing.T) {
	s := &source{text: one(1, "k1")}
	v := start(t, s, CacheOptions{Cooldown: time.Nanosecond})
	verdict(t, v, "k1", false)
	short := document(2, time.Millisecond, "5b0c2f9e41d7", entry{"k2", "current"})
	for _, text := range []string{"", "{}", "<html>", one(100_000_000, "k2"), short} {
		s.set(text, nil)
		expect(t, "the key of "+text, verdict(t, v, "k2", false), "rejected")
		expect(t, "the good key", verdict(t, v, "k1", false), "accepted")
	}
}

func TestNeverAStepBackWithinALineage(t *testing.T) {
	s := &source{text: one(7, "k1")}
	v := start(t, s, CacheOptions{Cooldown: time.Nanosecond})
	verdict(t, v, "k1", false)
	s.set(one(6, "k2"), nil)
	expect(t, "an older revision", verdict(t, v, "k2", false), "rejected")
	expect(t, "the newer one", verdict(t, v, "k1", false), "accepted")
	s.set(document(1, time.Minute, "another", entry{"k2", "current"}), nil)
	expect(t, "another lineage", verdict(t, v, "k2", false), "accepted")
}

func TestAJumpOfRevisionsIsRefused(t *testing.T) {
	s := &source{text: one(7, "k1")}
	v := start(t, s, CacheOptions{Cooldown: time.Nanosecond})
	verdict(t, v, "k1", false)
	s.set(one(1_008, "k2"), nil)
	expect(t, "1,001 ahead", verdict(t, v, "k2", false), "rejected")
	expect(t, "the good key", verdict(t, v, "k1", false), "accepted")
	s.set(one(1_007, "k2"), nil)
	expect(t, "1,000 ahead", verdict(t, v, "k2", false), "accepted")
}

func TestUnknownSignaturesReadOnceACooldown(t *testing.T) {
	const cooldown = 500 * time.Millisecond
	s := &source{text: one(1, "k1")}
	v := start(t, s, CacheOptions{Cooldown: cooldown})
	verdict(t, v, "k1", false)
	began := time.Now()
	for i := 0; i < 20; i++ {
		expect(t, "forged", verdict(t, v, "forged", false), "rejected")
	}
	expect(t, "reads within the cooldown", s.count() <= 2+int(time.Since(began)/cooldown), true)
	s.set(one(2, "k2"), nil)
	known := eventually(func() bool { return verdict(t, v, "k2", false) == "accepted" })
	expect(t, "after the cooldown", known, true)
}

func TestProbesHaveACooldownOfTheirOwn(t *testing.T) {
	s := &source{text: one(1, "k1")}
	v := start(t, s, CacheOptions{})
	verdict(t, v, "k1", false)
	verdict(t, v, "forged", false)
	s.set(one(2, "k2"), nil)
	expect(t, "within the cooldown", verdict(t, v, "k2", false), "rejected")
	expect(t, "a probe", verdict(t, v, "k2", true), "accepted")
	expect(t, "reads", s.count(), 3)
}

func TestWithoutAKeysetItSaysSoInTimeAndWhy(t *testing.T) {
	down := errors.New("KMS is down")
	s := &source{err: down}
	v := start(t, s, CacheOptions{Timeout: 200 * time.Millisecond})
	began := time.Now()
	_, err := v.Verify(context.Background(), strconv.FormatInt(time.Now().Unix(), 10), strings.Repeat("0", 32))
	expect(t, "in time", time.Since(began) < 2*time.Second, true)
	expect(t, "unavailable", errors.Is(err, ErrUnavailable), true)
	expect(t, "why", errors.Is(err, down), true)
}

func TestAReadThatHangsIsGivenUpAndStillCounts(t *testing.T) {
	s := &source{text: one(1, "k1"), gate: make(chan struct{})}
	v := start(t, s, CacheOptions{Timeout: 50 * time.Millisecond})
	_, err := v.cache.Load(context.Background())
	expect(t, "unavailable", errors.Is(err, ErrUnavailable), true)
	close(s.gate)
	expect(t, "counts", eventually(func() bool { return v.cache.Peek() != nil }), true)
}

func TestReadsThatHangDoNotPileUp(t *testing.T) {
	s := &source{text: one(1, "k1"), gate: make(chan struct{})}
	v := start(t, s, CacheOptions{Timeout: time.Millisecond, Cooldown: time.Nanosecond})
	for i := 0; i < 30; i++ {
		v.cache.refresh(context.Background(), false)
	}
	expect(t, "reads", s.count(), mostReads)
	close(s.gate)
}

func TestAReadThatPanicsIsAFailure(t *testing.T) {
	cache, _ := NewCache(func(context.Context) ([]byte, error) { panic("k1") }, CacheOptions{Timeout: 50 * time.Millisecond})
	defer cache.Close()
	_, err := cache.Load(context.Background())
	expect(t, "unavailable", errors.Is(err, ErrUnavailable), true)
	expect(t, "what it panicked with", strings.Contains(err.Error(), "k1"), false)
}

func TestAHookThatThrowsStopsNothing(t *testing.T) {
	s := &source{err: errors.New("KMS is down")}
	v := start(t, s, CacheOptions{Timeout: 200 * time.Millisecond, OnError: func(error) { panic("a hook") }})
	_, err := v.cache.Load(context.Background())
	expect(t, "unavailable", errors.Is(err, ErrUnavailable), true)
	s.set(one(1, "k1"), nil)
	expect(t, "goes on", eventually(func() bool { return v.cache.Peek() != nil }), true)
}

func TestWrongOptionsAreRefused(t *testing.T) {
	read := func(context.Context) ([]byte, error) { return nil, nil }
	for _, options := range []CacheOptions{{TTL: time.Millisecond}, {Timeout: -1}, {MaxStale: -1}, {Cooldown: -1}} {
		if _, err := NewCache(read, options); err == nil {
			t.Errorf("%+v was taken", options)
		}
	}
	cache, _ := NewCache(read, CacheOptions{})
	for _, hosts := range [][]string{nil, {""}, {"https://hooks.example.com"}, {"a/b"}, {"a|b"}} {
		if _, err := NewVerifier(cache, VerifierOptions{Hosts: hosts}); err == nil {
			t.Errorf("%v was taken", hosts)
		}
	}
}

// receiver is a handler over a keyset with a key in every state, and what its user code got last.
type receiver struct {
	http.Handler
	got Callback
}

func newReceiver(t *testing.T) *receiver {
	s := &source{text: document(7, time.Minute, "5b0c2f9e41d7",
		entry{"new", "pending"}, entry{"now", "current"}, entry{"old", "previous"}, entry{"leaked", "compromised"})}
	r := &receiver{}
	r.Handler = start(t, s, CacheOptions{}).Handler(func(_ http.ResponseWriter, _ *http.Request, callback Callback) {
		r.got = callback
	})
	return r
}

func post(handler http.Handler, key string, probe bool, times int) *http.Response {
	request := httptest.NewRequest(http.MethodPost, "/live/snapshot", strings.NewReader("{}"))
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	for i := 0; i < times; i++ {
		request.Header.Add("ALI-LIVE-TIMESTAMP", timestamp)
		request.Header.Add("ALI-LIVE-SIGNATURE", Sign(host, timestamp, key))
	}
	if probe {
		request.Header.Set("X-Live-Key-Probe", "1")
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

func TestCallbacksComeWithTheirVerdict(t *testing.T) {
	r := newReceiver(t)
	for key, verdict := range map[string]Verdict{"new": Accepted, "now": Accepted, "old": Accepted, "leaked": Quarantined} {
		answer := post(r, key, false, 1)
		expect(t, key, answer.StatusCode, 200)
		expect(t, key, r.got.Verdict, verdict)
		expect(t, "evidence", answer.Header.Get("X-Live-Key-Instance"), "")
	}
}

func TestForgedCallbacksGetABare401(t *testing.T) {
	r := newReceiver(t)
	expect(t, "forged", post(r, "forged", false, 1).StatusCode, 401)
	expect(t, "twice", post(r, "now", false, 2).StatusCode, 401)
	expect(t, "none", post(r, "now", false, 0).StatusCode, 401)
	expect(t, "user code", r.got, Callback{})
}

func TestAcceptedProbesAreAnsweredWithEvidence(t *testing.T) {
	r := newReceiver(t)
	for _, key := range []string{"leaked", "forged"} {
		answer := post(r, key, true, 1)
		expect(t, key, answer.StatusCode, 401)
		expect(t, "evidence", answer.Header.Get("X-Live-Key-Instance"), "")
	}
	answer := post(r, "new", true, 1)
	expect(t, "probe", answer.StatusCode, 204)
	expect(t, "instance", kidForm.MatchString(answer.Header.Get("X-Live-Key-Instance")), true)
	expect(t, "lineage", answer.Header.Get("X-Live-Key-Lineage"), "5b0c2f9e41d7")
	expect(t, "revision", answer.Header.Get("X-Live-Key-Revision"), "7")
	expect(t, "user code", r.got, Callback{})
}

func TestWithoutAKeysetItIsNotCalledForged(t *testing.T) {
	down := start(t, &source{err: errors.New("down")}, CacheOptions{Timeout: 50 * time.Millisecond})
	answer := post(down.Handler(nil), "now", false, 1)
	expect(t, "no keyset", answer.StatusCode, 503)
	expect(t, "retry", answer.Header.Get("Retry-After"), "1")
}

func TestNothingPrintedHoldsAKey(t *testing.T) {
	s := &source{text: one(1, "the-key")}
	v := start(t, s, CacheOptions{})
	keyset, _ := v.cache.Load(context.Background())
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	verification, _ := v.Verify(context.Background(), timestamp, Sign(host, timestamp, "the-key"))
	for _, thing := range []any{keyset, *keyset, keyset.Keys, verification, v, v.cache} {
		for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(form, thing); strings.Contains(text, "the-key") {
				t.Errorf("%T printed with %s holds a key", thing, form)
			}
		}
	}
}
