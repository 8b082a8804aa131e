package livekey

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode/utf16"
)

const (
	format          = "live-keyset/1"
	longestKey      = 256
	shortestTTL     = 1_000
	longestTTL      = 86_400_000
	highestRevision = 99_999_999
	deepest         = 16
)

var (
	states   = []string{"pending", "current", "previous", "compromised"}
	kidForm  = regexp.MustCompile(`\A[0-9a-f]{12}\z`)
	timeForm = regexp.MustCompile(`\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z\z`)
	times    = []string{"createdAt", "stagedAt", "appliedAt", "compromisedAt"}
	needed   = map[string][]string{
		"pending":     {"stagedAt"},
		"current":     {"appliedAt"},
		"compromised": {"compromisedAt", "onRunningStreams"},
	}
)

// Key is an entry of the keyset. Formatting it never reveals the key itself.
type Key struct {
	Kid   string
	State string
	// A pointer, so that fmt prints an address instead of the key.
	value *string
}

// Keyset holds the parts of the document that a receiver needs.
type Keyset struct {
	Lineage  string
	Revision int
	TTL      time.Duration
	// Keys are ordered as in the document: pending, current, previous from newest to oldest, compromised.
	Keys []Key
}

// InvalidKeysetError reports an invalid document. It names the field and never contains a key.
type InvalidKeysetError struct{ Path, Problem string }

func (e *InvalidKeysetError) Error() string {
	return "livekey: invalid keyset document: " + e.Path + " " + e.Problem
}

// ParseKeyset parses the text of the secret. Its error is an *InvalidKeysetError.
func ParseKeyset(text []byte) (*Keyset, error) {
	var document any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	// The decoder's error may quote the text, and with it the keys.
	if err := decoder.Decode(&document); err != nil || !json.Valid(text) {
		return nil, invalid("it", "is not JSON")
	}
	if !depthWithin(document, deepest) {
		return nil, invalid("it", fmt.Sprintf("must be at most %d levels deep", deepest))
	}
	fields, ok := document.(map[string]any)
	if !ok {
		return nil, invalid("it", "must be an object")
	}
	return readKeyset(fields)
}

func readKeyset(fields map[string]any) (*Keyset, error) {
	if fields["format"] != format {
		return nil, invalid("format", `must be "`+format+`"`)
	}
	for _, name := range []string{"lineage", "group"} {
		if text, ok := fields[name].(string); !ok || text == "" {
			return nil, invalid(name, "must be a non-empty string")
		}
	}
	if err := checkTime(fields["updatedAt"], "updatedAt"); err != nil {
		return nil, err
	}
	revision, err := whole(fields, "revision", 1, highestRevision)
	if err != nil {
		return nil, err
	}
	ttl, err := whole(fields, "ttl", shortestTTL, longestTTL)
	if err != nil {
		return nil, err
	}
	keys, err := readKeys(fields["keys"])
	if err != nil {
		return nil, err
	}
	if err := checkRevoked(fields["revoked"], keys); err != nil {
		return nil, err
	}
	lineage, _ := fields["lineage"].(string)
	return &Keyset{lineage, revision, time.Duration(ttl) * time.Millisecond, keys}, nil
}

func readKeys(value any) ([]Key, error) {
	entries, ok := value.([]any)
	if !ok {
		return nil, invalid("keys", "must be an array")
	}
	keys := make([]Key, 0, len(entries))
	seen := map[string]bool{}
	last := 0
	for index, entry := range entries {
		path := fmt.Sprintf("keys[%d]", index)
		key, err := readKey(entry, path)
		if err != nil {
			return nil, err
		}
		rank := rankOf(key.State)
		single := key.State == "pending" || key.State == "current"
		switch {
		case seen[key.Kid]:
			return nil, invalid(path+".kid", "appears twice ("+key.Kid+")")
		case rank < last:
			return nil, invalid(path+".state", "is out of order: the order is "+strings.Join(states, ", "))
		case single && index > 0 && rank == last:
			return nil, invalid(path+".state", "makes a second "+key.State+" key; at most one is allowed")
		}
		seen[key.Kid] = true
		last = rank
		keys = append(keys, key)
	}
	return keys, nil
}

func readKey(value any, path string) (Key, error) {
	entry, ok := value.(map[string]any)
	if !ok {
		return Key{}, invalid(path, "must be an object")
	}
	state, _ := entry["state"].(string)
	if rankOf(state) < 0 {
		return Key{}, invalid(path+".state", "must be one of "+strings.Join(states, ", "))
	}
	key, _ := entry["key"].(string)
	if length := len(utf16.Encode([]rune(key))); length < 1 || length > longestKey {
		return Key{}, invalid(path+".key", fmt.Sprintf("must have 1 to %d characters", longestKey))
	}
	kid := KidOf(key)
	if entry["kid"] != kid {
		return Key{}, invalid(path+".kid", "must be the kid of its key, "+kid)
	}
	for _, name := range needed[state] {
		if entry[name] == nil {
			return Key{}, invalid(path+"."+name, "is required for a "+state+" key")
		}
	}
	for _, name := range times {
		if at, ok := entry[name]; ok {
			if err := checkTime(at, path+"."+name); err != nil {
				return Key{}, err
			}
		}
	}
	if at := entry["clearedAt"]; at != nil {
		if err := checkTime(at, path+".clearedAt"); err != nil {
			return Key{}, err
		}
	}
	return Key{kid, state, &key}, nil
}

func checkRevoked(value any, keys []Key) error {
	revoked, ok := value.([]any)
	if !ok {
		return invalid("revoked", "must be an array")
	}
	for index, item := range revoked {
		path := fmt.Sprintf("revoked[%d]", index)
		entry, ok := item.(map[string]any)
		if !ok {
			return invalid(path, "must be an object")
		}
		kid, _ := entry["kid"].(string)
		if !kidForm.MatchString(kid) {
			return invalid(path+".kid", "must be 12 hex digits")
		}
		for _, key := range keys {
			if key.Kid == kid {
				return invalid(path+".kid", "is also in keys ("+kid+")")
			}
		}
		if err := checkTime(entry["at"], path+".at"); err != nil {
			return err
		}
	}
	return nil
}

func depthWithin(value any, levels int) bool {
	var inner []any
	switch value := value.(type) {
	case []any:
		inner = value
	case map[string]any:
		for _, item := range value {
			inner = append(inner, item)
		}
	default:
		return true
	}
	if levels == 0 {
		return false
	}
	for _, item := range inner {
		if !depthWithin(item, levels-1) {
			return false
		}
	}
	return true
}

func whole(fields map[string]any, name string, least, most int) (int, error) {
	number, _ := fields[name].(json.Number)
	value, err := number.Float64()
	if err != nil || value != math.Trunc(value) || value < float64(least) || value > float64(most) {
		return 0, invalid(name, fmt.Sprintf("must be a whole number from %d to %d", least, most))
	}
	return int(value), nil
}

func checkTime(value any, path string) error {
	if text, ok := value.(string); !ok || !timeForm.MatchString(text) {
		return invalid(path, "must be a time such as 2026-11-24T08:00:00.000Z")
	}
	return nil
}

func rankOf(state string) int {
	for rank, name := range states {
		if name == state {
			return rank
		}
	}
	return -1
}

func invalid(path, problem string) error {
	return &InvalidKeysetError{path, problem}
}
