"""From the headers of a request to an answer, or to a callback for your code: for whatever framework."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Tuple

from .cache import KeysetUnavailable
from .verifier import Verification, Verifier

TIMESTAMP_HEADER = "ali-live-timestamp"
SIGNATURE_HEADER = "ali-live-signature"
PROBE_HEADER = "x-live-key-probe"


@dataclass(frozen=True)
class Answer:
    """The whole answer to a request that your code does not get to see. It has no body."""

    status: int
    headers: Dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Callback:
    """A callback for your code. Mind the verdict: only ``accepted`` is accepted."""

    verdict: str
    kid: str
    state: str
    timestamp: str
    signature: str


def admit(verifier: Verifier, headers: Any) -> Tuple[Optional[Answer], Optional[Callback]]:
    """Lets a request in, or answers it: one of the two is None.

    - a probe of the rotator: 204 with the evidence of who has answered when its signature is accepted, otherwise 401;
    - rejected: 401, and no word of why;
    - no keyset to verify with: 503, for 401 would say that the callback is forged;
    - else the callback.

    :param headers: the headers of any framework, a mapping in any case, or pairs.
    """
    timestamp, signature, probe = _headers(headers)
    try:
        return _decide(verifier, verifier.verify(timestamp, signature, probe=probe), timestamp, signature, probe)
    except KeysetUnavailable:
        return Answer(503, {"Retry-After": "1"}), None


async def admit_async(verifier: Verifier, headers: Any) -> Tuple[Optional[Answer], Optional[Callback]]:
    """The same for asyncio: only what has to wait for a read goes to a thread."""
    timestamp, signature, probe = _headers(headers)
    decided = verifier.verify_at_once(timestamp, signature)
    if decided is not None:
        return _decide(verifier, decided, timestamp, signature, probe)
    return await asyncio.get_running_loop().run_in_executor(None, admit, verifier, headers)


def _decide(
    verifier: Verifier, verification: Verification, timestamp: str, signature: str, probe: bool
) -> Tuple[Optional[Answer], Optional[Callback]]:
    if probe and verification.verdict == "accepted" and verification.keyset is not None:
        return Answer(204, _evidence(verifier, verification)), None
    if probe or verification.verdict == "rejected":
        return Answer(401), None
    kid, state = verification.kid or "", verification.state or ""
    return None, Callback(verification.verdict, kid, state, timestamp, signature)


def _evidence(verifier: Verifier, verification: Verification) -> Dict[str, str]:
    assert verification.keyset is not None
    return {
        "X-Live-Key-Instance": verifier.keyset.instance,
        "X-Live-Key-Lineage": verification.keyset.lineage,
        "X-Live-Key-Revision": str(verification.keyset.revision),
    }


def _headers(headers: Any) -> Tuple[str, str, bool]:
    names = TIMESTAMP_HEADER, SIGNATURE_HEADER, PROBE_HEADER
    timestamp, signature, probe = (_header(headers, name) for name in names)
    return timestamp, signature, probe == "1"


def _header(headers: Any, name: str) -> str:
    """The header's one text. Several become one with commas in it, and are refused."""
    if hasattr(headers, "getlist"):  # Werkzeug, Starlette
        return ",".join(headers.getlist(name))
    if hasattr(headers, "get_all"):  # http.server, wsgiref
        return ",".join(headers.get_all(name) or [])
    pairs = headers.items() if hasattr(headers, "items") else headers
    return ",".join(_text(value) for key, value in pairs if _text(key).lower() == name)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
