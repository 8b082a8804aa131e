package livekey

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Callback is a request that reaches your code. Check the verdict: only Accepted is certainly genuine.
type Callback struct {
	Verdict              Verdict
	Kid, State           string
	Timestamp, Signature string
}

// Answer is the complete answer to a request that your code never sees. It has no body.
type Answer struct {
	Status int
	Header http.Header
}

// Admit decides by the headers alone: it returns either a callback for your code or the answer to send; the other is nil.
// Handler does this for net/http; Admit is for everything else.
//
//   - A probe from the rotator: 204 with evidence of which instance answered if its signature is accepted, else 401.
//   - A rejected callback: 401, without a reason.
//   - No keyset to verify with: 503. A 401 would say that the callback is forged.
//   - Anything else is a callback for your code.
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

// Handler answers probes and forged callbacks itself and calls receive for all others. It does not read the body.
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
