"""How Live signs a callback, and how keys are named."""

from __future__ import annotations

import hashlib
import re
from typing import Iterable, Tuple, Union

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s/|:@?#\[\]]+)(:[0-9]{1,5})?")


def sign(host: str, timestamp: str, key: str) -> str:
    """Returns the signature of a callback: the MD5 of ``host|timestamp|key`` in lower-case hex."""
    return hashlib.md5(f"{host}|{timestamp}|{key}".encode("utf-8")).hexdigest()


def kid_of(key: str) -> str:
    """Returns the id of a key. It is safe to log, and the rotator's reports use the same one."""
    return hashlib.sha256(f"live-key-rotator/kid/1:{key}".encode("utf-8")).hexdigest()[:12]


def signed_hosts(configured: Union[str, Iterable[str]]) -> Tuple[str, ...]:
    """Returns the hosts to try: as configured, without the port, and both in lower case.

    Alibaba Cloud does not document whether Live signs the port of the callback URL.
    """
    given = [configured] if isinstance(configured, str) else list(configured)
    if not given:
        raise ValueError("host must not be empty")
    for host in given:
        if not isinstance(host, str) or not _HOST.fullmatch(host):
            raise ValueError("host must be the host of the callback URL, such as hooks.example.com or hooks.example.com:8443")
    both = [name for host in given for name in (host, re.sub(r":[0-9]+$", "", host))]
    return tuple(dict.fromkeys(name for host in both for name in (host, host.lower())))
