// Verifies snapshot callbacks of ApsaraVideo Live against a keyset document. The standard library is enough.
//
// Copy Verify and what is above it. Run as a program it checks itself against the vectors:
//
//	go run verify.go ../vectors.json
package main

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Keyset is the document, as far as a receiver needs it.
type Keyset struct {
	// TTL is how long it may be used before it is read again, in milliseconds.
	TTL  int64 `json:"ttl"`
	Keys []struct {
		Kid   string `json:"kid"`
		Key   string `json:"key"`
		State string `json:"state"`
	} `json:"keys"`
}

var (
	timestampForm = regexp.MustCompile(`\A[1-9][0-9]{0,10}\z`)
	signatureForm = regexp.MustCompile(`\A[0-9a-fA-F]{32}\z`)
	portForm      = regexp.MustCompile(`:[0-9]+\z`)
)

// Sign makes the signature of a callback.
func Sign(host, timestamp, key string) string {
	digest := md5.Sum([]byte(host + "|" + timestamp + "|" + key))
	return hex.EncodeToString(digest[:])
}

// KidOf makes the key's id, which is safe to log.
func KidOf(key string) string {
	digest := sha256.Sum256([]byte("live-key-rotator/kid/1:" + key))
	return hex.EncodeToString(digest[:])[:12]
}

// signedHosts are the hosts as configured, without the port, and both in lower case.
func signedHosts(configured []string) []string {
	var hosts []string
	for _, host := range configured {
		bare := portForm.ReplaceAllString(host, "")
		hosts = append(hosts, host, strings.ToLower(host), bare, strings.ToLower(bare))
	}
	return hosts
}

// Verify returns the verdict, "accepted", "quarantined" or "rejected", and the kid, or why it was rejected.
//
// hosts are those of the callback URLs as they are configured in Live: never the request's Host header. timestamp and
// signature are the two headers (strings.Join(r.Header.Values(name), ",")), now and tolerance are in seconds.
func Verify(keyset Keyset, hosts []string, timestamp, signature string, now, tolerance int64) (verdict, detail string) {
	if timestamp == "" {
		return "rejected", "missingTimestamp"
	}
	if !timestampForm.MatchString(timestamp) {
		if strings.Contains(timestamp, ",") {
			return "rejected", "repeatedTimestamp"
		}
		return "rejected", "malformedTimestamp"
	}
	seconds, _ := strconv.ParseInt(timestamp, 10, 64)
	if now-seconds > tolerance {
		return "rejected", "tooOld"
	}
	if seconds-now > tolerance {
		return "rejected", "tooNew"
	}
	if signature == "" {
		return "rejected", "missingSignature"
	}
	if !signatureForm.MatchString(signature) {
		if strings.Contains(signature, ",") {
			return "rejected", "repeatedSignature"
		}
		return "rejected", "malformedSignature"
	}
	verdict, detail = "rejected", "unknownSignature"
	given := []byte(strings.ToLower(signature))
	// Every key is tried, whichever matches: the time that it takes tells nothing.
	for _, entry := range keyset.Keys {
		for _, host := range signedHosts(hosts) {
			if subtle.ConstantTimeCompare([]byte(Sign(host, timestamp, entry.Key)), given) == 1 {
				verdict, detail = "accepted", entry.Kid
				if entry.State == "compromised" {
					verdict = "quarantined"
				}
			}
		}
	}
	return verdict, detail
}

type vectors struct {
	Signatures []struct{ Host, Timestamp, Key, Signature string }
	Kids       []struct{ Key, Kid string }
	Keysets    map[string]Keyset

	Verifications []struct {
		Name, Keyset, Timestamp, Signature, Verdict, Kid, Reason string
		Hosts                                                    []string
		Now, Tolerance                                           int64
	}
}

// check returns the names of the vectors that do not hold.
func check(all vectors) []string {
	var wrong []string
	for _, c := range all.Signatures {
		if Sign(c.Host, c.Timestamp, c.Key) != c.Signature {
			wrong = append(wrong, "the signature for "+c.Host)
		}
	}
	for _, c := range all.Kids {
		if KidOf(c.Key) != c.Kid {
			wrong = append(wrong, "the kid "+c.Kid)
		}
	}
	for _, c := range all.Verifications {
		verdict, detail := Verify(all.Keysets[c.Keyset], c.Hosts, c.Timestamp, c.Signature, c.Now, c.Tolerance)
		if verdict != c.Verdict || detail != c.Kid+c.Reason {
			wrong = append(wrong, c.Name+": "+verdict+", "+detail)
		}
	}
	return wrong
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var all vectors
	if err := json.Unmarshal(text, &all); err != nil {
		panic(err)
	}
	wrong := check(all)
	for _, name := range wrong {
		fmt.Println("does not hold: " + name)
	}
	fmt.Println(len(all.Signatures)+len(all.Kids)+len(all.Verifications)-len(wrong), "vectors hold")
	if len(wrong) > 0 {
		os.Exit(1)
	}
}
