// A receiver with net/http.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"

	livekey "live-key-rotator/clients/go"
)

// readSecret is to return the text of the secret; the README has it for Alibaba Cloud's SDK.
func readSecret(ctx context.Context) ([]byte, error) {
	return nil, errors.New("put GetSecretValue here, see the README")
}

func store(snapshot map[string]any) {
	log.Printf("a snapshot: %v", snapshot["uri"])
}

func main() {
	handler, err := newHandler(readSecret, "hooks.example.com", store)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", handler))
}

func newHandler(read livekey.Read, host string, store func(map[string]any)) (http.Handler, error) {
	cache, err := livekey.NewCache(read, livekey.CacheOptions{
		OnError: func(err error) { log.Printf("keyset not read: %v", err) },
	})
	if err != nil {
		return nil, err
	}
	verifier, err := livekey.NewVerifier(cache, livekey.VerifierOptions{Hosts: []string{host}})
	if err != nil {
		return nil, err
	}
	receive := func(w http.ResponseWriter, r *http.Request, callback livekey.Callback) {
		if callback.Verdict != livekey.Accepted {
			// Signed with a leaked key: genuine or forged. Set it aside, or confirm it by other means.
			log.Printf("quarantined: kid %s", callback.Kid)
			return
		}
		var snapshot map[string]any
		if err := json.NewDecoder(r.Body).Decode(&snapshot); err != nil {
			http.Error(w, "not JSON", http.StatusBadRequest)
			return
		}
		store(snapshot)
	}
	mux := http.NewServeMux()
	mux.Handle("/live/snapshot", verifier.Handler(receive))
	return mux, nil
}
