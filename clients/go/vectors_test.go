package livekey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

type step struct {
	At         int64
	Begin, End string
	Brings     *struct {
		Lineage  string
		Revision int
		TTL      int64
	}
	NextReadIn *float64
	Unknown    string
	Reads      bool
	Waits      *int64
	Expect     *struct {
		Now, Last *string
		Fresh     bool
	}
}

type vectors struct {
	Signatures    []struct{ Host, Timestamp, Key, Signature string }
	Kids          []struct{ Key, Kid string }
	Keysets       map[string]json.RawMessage
	Verifications []struct {
		Name, Keyset, Timestamp, Signature, Verdict, Kid, Reason string
		Hosts                                                    []string
		Now, Tolerance                                           int64
	}
	Documents []struct {
		Name, Text string
		Valid      bool
	}
	Histories []struct {
		Name    string
		Options struct{ TTL int64 }
		Steps   []step
	}
}

func load(t *testing.T) (all vectors) {
	text, err := os.ReadFile("../../docs/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSignaturesAndKids(t *testing.T) {
	all := load(t)
	for _, c := range all.Signatures {
		if got := Sign(c.Host, c.Timestamp, c.Key); got != c.Signature {
			t.Errorf("%s is signed %s", c.Host, got)
		}
	}
	for _, c := range all.Kids {
		if got := KidOf(c.Key); got != c.Kid {
			t.Errorf("%s is called %s", c.Kid, got)
		}
	}
}

func TestVerifications(t *testing.T) {
	all := load(t)
	for _, c := range all.Verifications {
		t.Run(c.Name, func(t *testing.T) {
			text := all.Keysets[c.Keyset]
			cache, _ := NewCache(func(context.Context) ([]byte, error) { return text, nil }, CacheOptions{})
			defer cache.Close()
			verifier, err := NewVerifier(cache, VerifierOptions{c.Hosts, time.Duration(c.Tolerance) * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			got, err := verifier.verify(context.Background(), c.Timestamp, c.Signature, time.Unix(c.Now, 0), false)
			if err != nil || string(got.Verdict) != c.Verdict || got.Kid != c.Kid || got.Reason != c.Reason {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestDocuments(t *testing.T) {
	all := load(t)
	for _, c := range all.Documents {
		t.Run(c.Name, func(t *testing.T) {
			keyset, err := ParseKeyset([]byte(c.Text))
			var invalid *InvalidKeysetError
			if (err == nil) != c.Valid || err != nil && !errors.As(err, &invalid) {
				t.Fatalf("got %v", err)
			}
			for _, key := range all.Kids {
				if strings.Contains(fmt.Sprintf("%v %+v %#v", keyset, keyset, err), key.Key) {
					t.Errorf("the key %s is printed", key.Kid)
				}
			}
		})
	}
}

func TestHistories(t *testing.T) {
	for _, history := range load(t).Histories {
		t.Run(history.Name, func(t *testing.T) {
			ttl := forever
			if history.Options.TTL > 0 {
				ttl = milliseconds(history.Options.TTL)
			}
			state := newState(ttl, 24*time.Hour, 3*time.Second, 10*time.Second)
			reads := map[string]flightNumber{}
			for _, step := range history.Steps {
				play(t, state, reads, step)
			}
		})
	}
}

// Whatever chance and ttl are: while reads fail, the next try comes in time and no callback waits for it.
func TestPausesGrowAndAreCapped(t *testing.T) {
	const timeout, maxStale = 3 * time.Second, 24 * time.Hour
	for _, ttl := range []time.Duration{time.Second, 2 * time.Second, 7500 * time.Millisecond, time.Minute, 24 * time.Hour} {
		for _, chance := range []float64{0, 0.3, 0.999} {
			state := newState(forever, maxStale, timeout, time.Second)
			state.succeed(state.begin(0), &Keyset{Lineage: "a", Revision: 1, TTL: ttl}, 0, 0, chance)
			if state.readAt < ttl/2 || state.readAt > ttl*8/10 {
				t.Errorf("of %v it reads after %v", ttl, state.readAt)
			}
			now, before := state.readAt, time.Duration(0)
			for failure := 0; failure < 40; failure++ {
				read := state.begin(now)
				now += timeout * time.Duration(failure%2) // It fails at once, or hangs until it is given up.
				if state.peek(now-1) == nil {
					t.Fatal("a callback waits for a read that hangs")
				}
				state.fail(read, now, now, chance)
				pause, longest := state.readAt-now, least(30*time.Second, ttl)
				if failure < 10 {
					longest = least(longest, 500*time.Millisecond<<uint(failure))
				}
				if pause < most(100*time.Millisecond, longest/2) || pause > longest || pause < before {
					t.Fatalf("pause %d with a ttl of %v is %v", failure, ttl, pause)
				}
				before = pause
				now += pause
				if state.peek(now) == nil {
					t.Fatal("a callback waits for a pause")
				}
			}
			if state.peek(ttl+maxStale) != nil {
				t.Error("maxStale does not end it")
			}
		}
	}
}

func play(t *testing.T, state *state, reads map[string]flightNumber, step step) {
	at := milliseconds(step.At)
	switch {
	case step.Begin != "":
		reads[step.Begin] = state.begin(at)
	case step.End != "":
		if brings := step.Brings; brings != nil {
			keyset := &Keyset{Lineage: brings.Lineage, Revision: brings.Revision, TTL: milliseconds(brings.TTL)}
			state.succeed(reads[step.End], keyset, at, at, 0.5)
		} else {
			state.fail(reads[step.End], at, at, 0.5)
		}
		if next := float64((state.readAt - at).Milliseconds()); step.NextReadIn != nil && next != *step.NextReadIn {
			t.Errorf("at %d the next read is in %v ms, not %v", step.At, next, *step.NextReadIn)
		}
	case step.Waits != nil:
		if pause, stale := state.staleWait(at, at); !stale || pause != milliseconds(*step.Waits) {
			t.Errorf("at %d an unknown %s waits for %v (stale: %v)", step.At, step.Unknown, pause, stale)
		}
	case step.Unknown != "":
		if _, stale := state.staleWait(at, at); stale {
			t.Errorf("at %d the keyset is stale", step.At)
		}
		if reads := state.takeCooldown(at, step.Unknown == "probe"); reads != step.Reads {
			t.Errorf("at %d an unknown %s reads: %v", step.At, step.Unknown, reads)
		}
	default:
		now, last, fresh := name(state.peek(at)), name(state.lastResort(at)), state.fresh(at)
		if now != text(step.Expect.Now) || last != text(step.Expect.Last) || fresh != step.Expect.Fresh {
			t.Errorf("at %d it is %s, %s, %v", step.At, now, last, fresh)
		}
	}
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

func name(keyset *Keyset) string {
	if keyset == nil {
		return "none"
	}
	return fmt.Sprintf("%s@%d", keyset.Lineage, keyset.Revision)
}

func text(value *string) string {
	if value == nil {
		return "none"
	}
	return *value
}
