"""Verifies the two headers of a callback."""

from __future__ import annotations

import hmac
import re
import time
from dataclasses import dataclass
from typing import Iterable, Literal, Optional, Tuple, Union

from .cache import KeysetCache
from .keyset import Key, Keyset
from .signature import sign, signed_hosts

_TIMESTAMP = re.compile(r"[1-9][0-9]{0,10}")
_SIGNATURE = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class Verification:
    """The result of a verification. Only ``accepted`` is certainly genuine.

    ``quarantined``: signed with a leaked key and no other. It may be genuine or forged; the signature cannot tell.
    ``reason`` says why a callback was ``rejected``. Log it; do not send it.
    """

    verdict: Literal["accepted", "quarantined", "rejected"]
    kid: Optional[str] = None
    state: Optional[str] = None
    reason: Optional[str] = None
    #: The keyset that holds the key; None if rejected.
    keyset: Optional[Keyset] = None


class Verifier:
    """Verifies callbacks against a cached keyset. Thread-safe.

    :param host: host of the callback URL as configured in Live, including its port if it has one; or several of them.
        Never the request's ``Host`` header: the sender chooses that.
    :param tolerance: maximum age of a timestamp in seconds, and how far it may lie in the future.
    """

    def __init__(self, keyset: KeysetCache, host: Union[str, Iterable[str]], tolerance: int = 300):
        if not isinstance(keyset, KeysetCache):
            raise TypeError("keyset must be a KeysetCache")
        if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)) or not 0 <= tolerance <= 86_400:
            raise ValueError("tolerance must be 0 to 86,400 seconds")
        self.keyset = keyset
        self._hosts = signed_hosts(host)
        self._tolerance = tolerance

    def verify(
        self,
        timestamp: Optional[str],
        signature: Optional[str],
        *,
        now: Optional[float] = None,
        probe: bool = False,
    ) -> Verification:
        """Verifies the two headers; pass None for a missing one. Blocks only while the keyset has to be read.

        :param now: the time to verify at, in Unix seconds. Defaults to the current time.
        :param probe: True for a probe from the rotator. Unknown keys in probes have their own cooldown.
        :raises KeysetUnavailable: there is no keyset to verify with. Answer 503, never 401.
        """
        decided, tried = self._look(timestamp, signature, now)
        if decided is not None:
            return decided
        if tried is not None:
            self.keyset.refresh(probe)
        keyset = self.keyset.load()
        found = None if keyset is tried else self._find(keyset, str(timestamp), str(signature))
        return found or rejected("unknownSignature" if self.keyset.fresh else "staleKeyset")

    def verify_at_once(
        self, timestamp: Optional[str], signature: Optional[str], *, now: Optional[float] = None
    ) -> Optional[Verification]:
        """Same as :meth:`verify`, but returns None instead of waiting for a read."""
        return self._look(timestamp, signature, now)[0]

    def _look(
        self, timestamp: Optional[str], signature: Optional[str], now: Optional[float]
    ) -> Tuple[Optional[Verification], Optional[Keyset]]:
        """Returns the result if it is known without a read, and the keyset that was tried."""
        fault = self._fault(timestamp, signature, time.time() if now is None else now)
        if fault is not None:
            return rejected(fault), None
        keyset = self.keyset.peek()
        return (None if keyset is None else self._find(keyset, str(timestamp), str(signature))), keyset

    def _fault(self, timestamp: Optional[str], signature: Optional[str], now: float) -> Optional[str]:
        if not timestamp:
            return "missingTimestamp"
        if not isinstance(timestamp, str) or not _TIMESTAMP.fullmatch(timestamp):
            return _repeated_or_malformed(timestamp, "Timestamp")
        age = int(now) - int(timestamp)
        if abs(age) > self._tolerance:
            return "tooOld" if age > 0 else "tooNew"
        if not signature:
            return "missingSignature"
        if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
            return _repeated_or_malformed(signature, "Signature")
        return None

    def _find(self, keyset: Keyset, timestamp: str, signature: str) -> Optional[Verification]:
        """Compares with every key and host in constant time and never stops early: timing reveals nothing."""
        given = signature.lower()
        found: Optional[Key] = None
        for host in self._hosts:
            for key in keyset.keys:
                if hmac.compare_digest(sign(host, timestamp, key.value), given):
                    found = key
        if found is None:
            return None
        leaked = found.state == "compromised"
        return Verification("quarantined" if leaked else "accepted", kid=found.kid, state=found.state, keyset=keyset)


def rejected(reason: str) -> Verification:
    return Verification("rejected", reason=reason)


def _repeated_or_malformed(value: object, name: str) -> str:
    return f"repeated{name}" if isinstance(value, str) and "," in value else f"malformed{name}"
