package livekey

import (
	"context"
	"crypto/subtle"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	timestampForm = regexp.MustCompile(`\A[1-9][0-9]{0,10}\z`)
	signatureForm = regexp.MustCompile(`\A[0-9a-fA-F]{32}\z`)
)

// Verdict is the result of a verification. Only Accepted is certainly genuine.
type Verdict string

const (
	// Accepted: signed with a pending, current or previous key.
	Accepted Verdict = "accepted"
	// Quarantined: signed with a leaked key and no other. It may be genuine or forged; the signature cannot tell.
	Quarantined Verdict = "quarantined"
	// Rejected: neither.
	Rejected Verdict = "rejected"
)

// Verification describes how a callback was verified.
type Verification struct {
	Verdict Verdict
	// Kid and State describe the key that signed it; empty if rejected.
	Kid, State string
	// Reason says why it was rejected. Log it; do not send it.
	Reason string
	keyset *Keyset
}

// VerifierOptions configures a Verifier.
type VerifierOptions struct {
	// Hosts are the hosts of the callback URLs as configured in Live, with the port if the URL has one. Never the
	// request's Host: the sender chooses that. Required.
	Hosts []string
	// Tolerance is the maximum age of a timestamp, and how far it may lie in the future. Default 300 s.
	Tolerance time.Duration
}

// Verifier verifies callbacks. It is safe for concurrent use.
type Verifier struct {
	cache     *Cache
	hosts     []string
	tolerance int64
}

// NewVerifier returns a verifier. It does no I/O.
func NewVerifier(cache *Cache, options VerifierOptions) (*Verifier, error) {
	hosts, err := signedHosts(options.Hosts)
	if err != nil {
		return nil, err
	}
	if cache == nil {
		return nil, errors.New("livekey: cache must not be nil")
	}
	tolerance := options.Tolerance
	if tolerance == 0 {
		tolerance = 300 * time.Second
	}
	if tolerance < 0 || tolerance > 24*time.Hour {
		return nil, errors.New("livekey: Tolerance must be between 0 and 24 hours")
	}
	return &Verifier{cache, hosts, int64(tolerance / time.Second)}, nil
}

// Verify verifies the two headers; pass "" for a missing one. It blocks only while the keyset has to be read. Its error
// matches ErrUnavailable: answer 503, never 401.
func (v *Verifier) Verify(ctx context.Context, timestamp, signature string) (Verification, error) {
	return v.verify(ctx, timestamp, signature, time.Now(), false)
}

func (v *Verifier) verify(ctx context.Context, timestamp, signature string, now time.Time, probe bool) (Verification, error) {
	if reason := v.fault(timestamp, signature, now); reason != "" {
		return Verification{Verdict: Rejected, Reason: reason}, nil
	}
	tried := v.cache.Peek()
	if tried != nil {
		if found, ok := v.find(tried, timestamp, signature); ok {
			return found, nil
		}
		v.cache.refresh(ctx, probe)
	}
	keyset, err := v.cache.Load(ctx)
	if err != nil {
		return Verification{}, err
	}
	if keyset != tried {
		if found, ok := v.find(keyset, timestamp, signature); ok {
			return found, nil
		}
	}
	if v.cache.Fresh() {
		return Verification{Verdict: Rejected, Reason: "unknownSignature"}, nil
	}
	return Verification{Verdict: Rejected, Reason: "staleKeyset"}, nil
}

func (v *Verifier) fault(timestamp, signature string, now time.Time) string {
	switch {
	case timestamp == "":
		return "missingTimestamp"
	case !timestampForm.MatchString(timestamp):
		return repeatedOrMalformed(timestamp, "Timestamp")
	}
	seconds, _ := strconv.ParseInt(timestamp, 10, 64)
	switch age := now.Unix() - seconds; {
	case age > v.tolerance:
		return "tooOld"
	case age < -v.tolerance:
		return "tooNew"
	case signature == "":
		return "missingSignature"
	case !signatureForm.MatchString(signature):
		return repeatedOrMalformed(signature, "Signature")
	}
	return ""
}

// find compares with every key and host in constant time and never stops early: timing reveals nothing.
func (v *Verifier) find(keyset *Keyset, timestamp, signature string) (Verification, bool) {
	given := []byte(strings.ToLower(signature))
	var found *Key
	for _, host := range v.hosts {
		for index := range keyset.Keys {
			key := &keyset.Keys[index]
			if subtle.ConstantTimeCompare([]byte(Sign(host, timestamp, *key.value)), given) == 1 {
				found = key
			}
		}
	}
	if found == nil {
		return Verification{}, false
	}
	verdict := Accepted
	if found.State == "compromised" {
		verdict = Quarantined
	}
	return Verification{Verdict: verdict, Kid: found.Kid, State: found.State, keyset: keyset}, true
}

func repeatedOrMalformed(value, name string) string {
	if strings.Contains(value, ",") {
		return "repeated" + name
	}
	return "malformed" + name
}
