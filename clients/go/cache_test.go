package livekey

import (
	"context"
	"encoding/json"
	"errors"
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

func TestReadsInTheBackground(t *testing.T) {
	s := &source{text: document(1, time.Second, "a", entry{"k1", "current"})}
	v := start(t, s, CacheOptions{})
	verdict(t, v, "k1", false)
	s.set(document(2, time.Second, "a", entry{"k2", "current"}), nil)
	renewed := eventually(func() bool { keyset := v.cache.Peek(); return keyset != nil && keyset.Revision == 2 })
	expect(t, "renewed", renewed, true)
	expect(t, "fresh", v.cache.Fresh(), true)
}

func TestAnOutageRefusesNothingAndEndsByItself(t *testing.T) {
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

func TestOnlyABetterDocumentReplacesAGoodOne(t *testing.T) {
	s := &source{text: one(7, "k1")}
	v := start(t, s, CacheOptions{Cooldown: time.Nanosecond})
	verdict(t, v, "k1", false)
	for _, text := range []string{"", "{}", one(100_000_000, "k2"), one(6, "k2"), one(1_008, "k2")} {
		s.set(text, nil)
		expect(t, "the key of "+text, verdict(t, v, "k2", false), "rejected")
		expect(t, "the good key", verdict(t, v, "k1", false), "accepted")
	}
	s.set(document(1, time.Minute, "another", entry{"k2", "current"}), nil)
	expect(t, "another lineage", verdict(t, v, "k2", false), "accepted")
}

func TestUnknownSignaturesReadOnceACooldown(t *testing.T) {
	s := &source{text: one(1, "k1")}
	v := start(t, s, CacheOptions{})
	verdict(t, v, "k1", false)
	for i := 0; i < 20; i++ {
		expect(t, "forged", verdict(t, v, "forged", false), "rejected")
	}
	expect(t, "reads", s.count(), 2)
	s.set(one(2, "k2"), nil)
	expect(t, "within the cooldown", verdict(t, v, "k2", false), "rejected")
	expect(t, "a probe", verdict(t, v, "k2", true), "accepted")
	expect(t, "reads", s.count(), 3)
}

func TestWithoutAKeysetItSaysSoInTime(t *testing.T) {
	s := &source{err: errors.New("KMS is down")}
	v := start(t, s, CacheOptions{Timeout: 200 * time.Millisecond})
	_, err := v.Verify(context.Background(), strconv.FormatInt(time.Now().Unix(), 10), strings.Repeat("0", 32))
	expect(t, "unavailable", errors.Is(err, ErrUnavailable), true)
	expect(t, "why", strings.Contains(err.Error(), "KMS is down"), true)
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

func TestAPanicInAReadIsAFailure(t *testing.T) {
	cache, _ := NewCache(func(context.Context) ([]byte, error) { panic("k1") }, CacheOptions{Timeout: 50 * time.Millisecond})
	defer cache.Close()
	_, err := cache.Load(context.Background())
	expect(t, "unavailable", errors.Is(err, ErrUnavailable), true)
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

func TestHandler(t *testing.T) {
	s := &source{text: document(7, time.Minute, "5b0c2f9e41d7",
		entry{"new", "pending"}, entry{"now", "current"}, entry{"old", "previous"}, entry{"leaked", "compromised"})}
	v := start(t, s, CacheOptions{})
	var got Callback
	handler := v.Handler(func(_ http.ResponseWriter, _ *http.Request, callback Callback) { got = callback })
	post := func(key string, probe bool, times int) *http.Response {
		got = Callback{}
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
	for key, verdict := range map[string]Verdict{"new": Accepted, "now": Accepted, "old": Accepted, "leaked": Quarantined} {
		answer := post(key, false, 1)
		expect(t, key, answer.StatusCode, 200)
		expect(t, key, got.Verdict, verdict)
		expect(t, "evidence", answer.Header.Get("X-Live-Key-Instance"), "")
	}
	expect(t, "forged", post("forged", false, 1).StatusCode, 401)
	expect(t, "twice", post("now", false, 2).StatusCode, 401)
	expect(t, "none", post("now", false, 0).StatusCode, 401)
	expect(t, "user code", got, Callback{})
	for _, key := range []string{"leaked", "forged"} {
		answer := post(key, true, 1)
		expect(t, key, answer.StatusCode, 401)
		expect(t, "evidence", answer.Header.Get("X-Live-Key-Instance"), "")
	}
	answer := post("new", true, 1)
	expect(t, "probe", answer.StatusCode, 204)
	expect(t, "instance", kidForm.MatchString(answer.Header.Get("X-Live-Key-Instance")), true)
	expect(t, "lineage", answer.Header.Get("X-Live-Key-Lineage"), "5b0c2f9e41d7")
	expect(t, "revision", answer.Header.Get("X-Live-Key-Revision"), "7")
	expect(t, "user code", got, Callback{})

	down := start(t, &source{err: errors.New("down")}, CacheOptions{Timeout: 50 * time.Millisecond})
	handler = down.Handler(nil)
	expect(t, "no keyset", post("now", false, 1).StatusCode, 503)
}
