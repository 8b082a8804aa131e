// Package livekey verifies snapshot callbacks of ApsaraVideo Live while live-key-rotator rotates their key.
//
//	cache, err := livekey.NewCache(readSecret, livekey.CacheOptions{})
//	verifier, err := livekey.NewVerifier(cache, livekey.VerifierOptions{Hosts: []string{"hooks.example.com"}})
//	http.Handle("/live/snapshot", verifier.Handler(receive))
package livekey
