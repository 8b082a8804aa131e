package livekey

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Callback is what your code gets to see of a request. Mind the verdict: only Accepted is accepted.
type Callback struct {
	Verdict              Verdict
	Kid, State           string
	Timestamp, Signature string
}

// Answer is the whole answer to a request that your code does not get to see. It has no body.
type Answer struct {
	Status int
	Header http.Header
}

// Admit lets a request in, or answers it: one of the two is nil. For whoever has another server than net/http.
//
//   - a probe of the rotator: 204 with the evidence of who has answered when its signature is accepted, otherwise 401;
//   - rejected: 401, and no word of why;
//   - no keyset to verify with: 503, for 401 would say that the callback is forged;
//   - else the callback.
func (v *Verifier) Admit(request *http.Request) (*Callback, *Answer) {
	header := func(name string) string { return strings.Join(request.Header.Values(name), ",") }
	timestamp, signature := header("Ali-Live-Timestamp"), header("Ali-Live-Signature")
	probe := header("X-Live-Key-Probe") == "1"
	verification, err := v.verify(request.Context(), timestamp, signature, time.Now(), probe)
	switch {
	case err != nil:
		return nil, &Answer{http.StatusServiceUnavailable, http.Header{"Retry-After": {"1"}}}
	case probe && verification.Verdict == Accepted:
		return nil, &Answer{http.StatusNoContent, v.evidence(verification.keyset)}
	case probe || verification.Verdict == Rejected:
		return nil, &Answer{http.StatusUnauthorized, http.Header{}}
	}
	return &Callback{verification.Verdict, verification.Kid, verification.State, timestamp, signature}, nil
}

func (v *Verifier) evidence(keyset *Keyset) http.Header {
	return http.Header{
		"X-Live-Key-Instance": {v.cache.Instance()},
		"X-Live-Key-Lineage":  {keyset.Lineage},
		"X-Live-Key-Revision": {strconv.Itoa(keyset.Revision)},
	}
}

// Handler answers probes and forged callbacks itself and calls receive for the others. It leaves the body unread.
func (v *Verifier) Handler(receive func(http.ResponseWriter, *http.Request, Callback)) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		callback, answer := v.Admit(request)
		if callback != nil {
			receive(writer, request, *callback)
			return
		}
		for name, values := range answer.Header {
			writer.Header()[name] = values
		}
		writer.WriteHeader(answer.Status)
	})
}
