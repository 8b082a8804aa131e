"""What Live signs, and how a key is called."""

from __future__ import annotations

import hashlib
import re
from typing import Iterable, Tuple, Union

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s/|:@?#\[\]]+)(:[0-9]{1,5})?")


def sign(host: str, timestamp: str, key: str) -> str:
    """The signature of a callback: lower-case hex MD5 of ``host|timestamp|key``."""
    return hashlib.md5(f"{host}|{timestamp}|{key}".encode("utf-8")).hexdigest()


def kid_of(key: str) -> str:
    """The id of a key: safe to log, and the same in the rotator's reports."""
    return hashlib.sha256(f"live-key-rotator/kid/1:{key}".encode("utf-8")).hexdigest()[:12]


def signed_hosts(configured: Union[str, Iterable[str]]) -> Tuple[str, ...]:
    """The hosts that a callback may be signed for: as configured, without the port, and both in lower case.

    The documents do not say whether Live signs the port of the callback URL.
    """
    given = [configured] if isinstance(configured, str) else list(configured)
    if not given:
        raise ValueError("host must name at least one host")
    for host in given:
        if not isinstance(host, str) or not _HOST.fullmatch(host):
            raise ValueError("host must be that of the callback URL, such as hooks.example.com or hooks.example.com:8443")
    both = [name for host in given for name in (host, re.sub(r":[0-9]+$", "", host))]
    return tuple(dict.fromkeys(name for host in both for name in (host, host.lower())))
