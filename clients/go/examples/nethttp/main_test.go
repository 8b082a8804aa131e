package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"testing"
)

// TestMain serves the example, with what the story that all languages are put through has for it in the environment.
func TestMain(m *testing.M) {
	url := os.Getenv("READ_URL")
	if url == "" {
		os.Exit(m.Run())
	}
	log.SetOutput(io.Discard)
	read := func(ctx context.Context) ([]byte, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
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
	handler, err := newHandler(read, os.Getenv("HOST"), func(map[string]any) {})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), sayTheVerdict(handler)))
}

// sayTheVerdict adds the verdict to what the example leaves open: it reads the body of what it accepts, and of nothing else.
func sayTheVerdict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := &watched{ReadCloser: r.Body}
		r.Body = body
		next.ServeHTTP(w, r)
		verdict := "quarantined"
		if body.read {
			verdict = "accepted"
		}
		w.Header().Set("X-Live-Key-Verdict", verdict)
	})
}

type watched struct {
	io.ReadCloser
	read bool
}

func (w *watched) Read(p []byte) (int, error) {
	w.read = true
	return w.ReadCloser.Read(p)
}

func TestItStarts(t *testing.T) {
	if _, err := newHandler(readSecret, "hooks.example.com", store); err != nil {
		t.Fatal(err)
	}
}
