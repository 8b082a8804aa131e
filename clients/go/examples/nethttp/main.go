// A receiver with net/http. How the secret is read stands in the README.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"

	livekey "live-key-rotator/clients/go"
)

func readSecret(ctx context.Context) ([]byte, error) {
	return nil, errors.New("put GetSecretValue of your KMS client here, see the README")
}

func main() {
	cache, err := livekey.NewCache(readSecret, livekey.CacheOptions{
		OnError: func(err error) { log.Printf("the keyset was not read: %v", err) },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close()
	verifier, err := livekey.NewVerifier(cache, livekey.VerifierOptions{Hosts: []string{"hooks.example.com"}})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/live/snapshot", verifier.Handler(receive))
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func receive(writer http.ResponseWriter, request *http.Request, callback livekey.Callback) {
	if callback.Verdict != livekey.Accepted {
		// Signed with a key that has leaked: genuine or forged. Keep it aside, or confirm it by other means.
		log.Printf("quarantined: kid %s", callback.Kid)
		return
	}
	var snapshot map[string]any
	if err := json.NewDecoder(request.Body).Decode(&snapshot); err != nil {
		http.Error(writer, "not JSON", http.StatusBadRequest)
		return
	}
	log.Printf("a snapshot: %v", snapshot["uri"])
}
