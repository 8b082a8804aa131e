"""From the headers of a request to an answer, or to a callback for your code. Works with any framework."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Dict, Literal, Tuple, Union

from .cache import KeysetUnavailable
from .keyset import Keyset
from .verifier import Verification, Verifier

TIMESTAMP_HEADER = "ali-live-timestamp"
SIGNATURE_HEADER = "ali-live-signature"
PROBE_HEADER = "x-live-key-probe"


@dataclass(frozen=True)
class Answer:
    """The complete answer to a request that your code never sees. It has no body."""

    status: int
    headers: Dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Callback:
    """A callback for your code. Check the verdict: only ``accepted`` is certainly genuine."""

    verdict: Literal["accepted", "quarantined"]
    kid: str
    state: str
    timestamp: str
    signature: str


def admit(verifier: Verifier, headers: Any) -> Union[Answer, Callback]:
    """Decides by the headers alone: a callback for your code, or the answer to send.

    - A probe from the rotator: 204 with evidence of which instance answered if its signature is accepted, else 401.
    - A rejected callback: 401, without a reason.
    - No keyset to verify with: 503. A 401 would say that the callback is forged.
    - Anything else is a callback for your code.

    :param headers: the headers of any framework: a mapping with names in any case, or pairs.
    """
    timestamp, signature, probe = _headers(headers)
    try:
        return _decide(verifier, verifier.verify(timestamp, signature, probe=probe), timestamp, signature, probe)
    except KeysetUnavailable:
        return Answer(503, {"Retry-After": "1"})


async def admit_async(verifier: Verifier, headers: Any) -> Union[Answer, Callback]:
    """Same as :func:`admit`, for asyncio: goes to a thread only when it has to wait for a read."""
    timestamp, signature, probe = _headers(headers)
    decided = verifier.verify_at_once(timestamp, signature)
    if decided is not None:
        return _decide(verifier, decided, timestamp, signature, probe)
    return await asyncio.get_running_loop().run_in_executor(None, admit, verifier, headers)


def _decide(
    verifier: Verifier, verification: Verification, timestamp: str, signature: str, probe: bool
) -> Union[Answer, Callback]:
    if probe and verification.verdict == "accepted" and verification.keyset is not None:
        return Answer(204, _evidence(verifier, verification.keyset))
    if probe or verification.verdict == "rejected":
        return Answer(401)
    kid, state = verification.kid or "", verification.state or ""
    return Callback(verification.verdict, kid, state, timestamp, signature)


def _evidence(verifier: Verifier, keyset: Keyset) -> Dict[str, str]:
    return {
        "X-Live-Key-Instance": verifier.keyset.instance,
        "X-Live-Key-Lineage": keyset.lineage,
        "X-Live-Key-Revision": str(keyset.revision),
    }


def _headers(headers: Any) -> Tuple[str, str, bool]:
    names = TIMESTAMP_HEADER, SIGNATURE_HEADER, PROBE_HEADER
    timestamp, signature, probe = (_header(headers, name) for name in names)
    return timestamp, signature, probe == "1"


def _header(headers: Any, name: str) -> str:
    """The value of a header. Repeated ones are joined with commas, and then refused as malformed."""
    if hasattr(headers, "getlist"):  # Werkzeug, Starlette
        return ",".join(headers.getlist(name))
    if hasattr(headers, "get_all"):  # http.server, wsgiref
        return ",".join(headers.get_all(name) or [])
    pairs = headers.items() if hasattr(headers, "items") else headers
    return ",".join(_text(value) for key, value in pairs if _text(key).lower() == name)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
