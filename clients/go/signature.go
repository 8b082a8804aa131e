package livekey

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
)

var (
	hostForm = regexp.MustCompile(`\A(\[[0-9a-fA-F:.]+\]|[^\s/|:@?#\[\]]+)(:[0-9]{1,5})?\z`)
	portForm = regexp.MustCompile(`:[0-9]+\z`)
)

// Sign returns the signature of a callback: the MD5 of host|timestamp|key in lower-case hex.
func Sign(host, timestamp, key string) string {
	digest := md5.Sum([]byte(host + "|" + timestamp + "|" + key))
	return hex.EncodeToString(digest[:])
}

// KidOf returns the id of a key. It is safe to log, and the rotator's reports use the same one.
func KidOf(key string) string {
	digest := sha256.Sum256([]byte("live-key-rotator/kid/1:" + key))
	return hex.EncodeToString(digest[:6])
}

// signedHosts returns the hosts to try: as configured, without the port, and both in lower case. Alibaba Cloud does not
// document whether Live signs the port of the callback URL.
func signedHosts(configured []string) ([]string, error) {
	if len(configured) == 0 {
		return nil, errors.New("livekey: Hosts must not be empty")
	}
	var hosts []string
	seen := map[string]bool{}
	for _, host := range configured {
		if !hostForm.MatchString(host) {
			return nil, errors.New("livekey: a host must be the host of the callback URL, such as hooks.example.com or hooks.example.com:8443")
		}
		bare := portForm.ReplaceAllString(host, "")
		for _, name := range []string{host, strings.ToLower(host), bare, strings.ToLower(bare)} {
			if !seen[name] {
				seen[name] = true
				hosts = append(hosts, name)
			}
		}
	}
	return hosts, nil
}
