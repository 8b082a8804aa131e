"""What the tests share."""

import json
import time
from pathlib import Path

from live_key_receiver import kid_of, sign

VECTORS = json.loads((Path(__file__).resolve().parents[3] / "docs" / "vectors.json").read_text(encoding="utf-8"))
HOST = "hooks.example.com"
AT = "2026-11-24T08:00:00.000Z"


def document(*keys, revision=1, lineage="5b0c2f9e41d7", ttl=60_000):
    """A keyset document; each key is a value, or a value and a state."""
    entries = []
    for key in keys:
        value, state = key if isinstance(key, tuple) else (key, "previous")
        times = {"stagedAt": AT, "appliedAt": AT, "compromisedAt": AT, "onRunningStreams": "quarantine"}
        entries.append({"kid": kid_of(value), "key": value, "state": state, **times})
    head = {"format": "live-keyset/1", "lineage": lineage, "group": "test", "revision": revision, "ttl": ttl}
    return json.dumps({**head, "updatedAt": AT, "keys": entries, "revoked": []})


def signed(key, host=HOST, **more):
    timestamp = str(int(time.time()))
    return {"ALI-LIVE-TIMESTAMP": timestamp, "ALI-LIVE-SIGNATURE": sign(host, timestamp, key), **more}


def eventually(holds, within=5.0):
    """Waits until something holds, and says whether it does."""
    until = time.monotonic() + within
    while not holds() and time.monotonic() < until:
        time.sleep(0.005)
    return holds()
