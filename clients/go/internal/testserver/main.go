// A receiver for the outage that all languages are put through: PORT, READ_URL and HOST come from the environment.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	livekey "live-key-rotator/clients/go"
)

func read(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("READ_URL"), nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", answer.StatusCode)
	}
	return io.ReadAll(answer.Body)
}

func main() {
	cache, err := livekey.NewCache(read, livekey.CacheOptions{Timeout: time.Second})
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := livekey.NewVerifier(cache, livekey.VerifierOptions{Hosts: []string{os.Getenv("HOST")}})
	if err != nil {
		log.Fatal(err)
	}
	receive := func(writer http.ResponseWriter, request *http.Request, callback livekey.Callback) {
		writer.Header().Set("X-Live-Key-Verdict", string(callback.Verdict))
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), verifier.Handler(receive)))
}
