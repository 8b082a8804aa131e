"""Verifies snapshot callbacks of ApsaraVideo Live against a keyset document. Python 3.8 or newer, nothing else.

Copy `verify` and what is above it. Run as a program it checks itself against the vectors:

    python3 verify.py [vectors.json]

Without an argument it takes ../vectors.json, seen from this file.
"""

import hashlib
import hmac
import json
import re
import sys
import time
from pathlib import Path

TIMESTAMP = re.compile(r"[1-9][0-9]{0,10}")
SIGNATURE = re.compile(r"[0-9a-fA-F]{32}")


def sign(host, timestamp, key):
    return hashlib.md5(f"{host}|{timestamp}|{key}".encode("utf-8")).hexdigest()


def kid_of(key):
    """The key's id: safe to log."""
    return hashlib.sha256(f"live-key-rotator/kid/1:{key}".encode("utf-8")).hexdigest()[:12]


def signed_hosts(configured):
    """As configured, without the port, and both in lower case."""
    hosts = [name for host in configured for name in (host, re.sub(r":\d+$", "", host))]
    return list(dict.fromkeys(name for host in hosts for name in (host, host.lower())))


def verify(keyset, hosts, timestamp, signature, now=None, tolerance=300):
    """Returns the verdict, `accepted`, `quarantined` or `rejected`, and the kid, or why it was rejected.

    `keyset` is the parsed document, `hosts` those of the callback URLs as they are configured in Live: never the
    request's Host header. `timestamp` and `signature` are the two headers, None when missing.
    """
    if not timestamp:
        return "rejected", "missingTimestamp"
    if not TIMESTAMP.fullmatch(timestamp):
        return "rejected", "repeatedTimestamp" if "," in timestamp else "malformedTimestamp"
    age = int(time.time() if now is None else now) - int(timestamp)
    if abs(age) > tolerance:
        return "rejected", "tooOld" if age > 0 else "tooNew"
    if not signature:
        return "rejected", "missingSignature"
    if not SIGNATURE.fullmatch(signature):
        return "rejected", "repeatedSignature" if "," in signature else "malformedSignature"
    found = None
    # Every key is tried, whichever matches: the time that it takes tells nothing.
    for entry in keyset["keys"]:
        for host in signed_hosts(hosts):
            if hmac.compare_digest(sign(host, timestamp, entry["key"]), signature.lower()):
                found = entry
    if found is None:
        return "rejected", "unknownSignature"
    return "quarantined" if found["state"] == "compromised" else "accepted", found["kid"]


def check(vectors):
    """The names of the vectors that do not hold."""
    wrong = []
    for case in vectors["signatures"]:
        if sign(case["host"], case["timestamp"], case["key"]) != case["signature"]:
            wrong.append(f"the signature for {case['host']}")
    for case in vectors["kids"]:
        if kid_of(case["key"]) != case["kid"]:
            wrong.append(f"the kid {case['kid']}")
    for case in vectors["verifications"]:
        keyset = vectors["keysets"][case["keyset"]]
        headers = case["timestamp"], case["signature"]
        got = verify(keyset, case["hosts"], *headers, now=case["now"], tolerance=case["tolerance"])
        if got != (case["verdict"], case.get("kid", case.get("reason"))):
            wrong.append(f"{case['name']}: {got}")
    return wrong


if __name__ == "__main__":
    path = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "vectors.json"
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    wrong = check(vectors)
    for name in wrong:
        print(f"does not hold: {name}")
    held = sum(len(vectors[part]) for part in ("signatures", "kids", "verifications")) - len(wrong)
    print(f"{held} vectors hold")
    sys.exit(1 if wrong else 0)
