"""The keyset document: parsed, and refused where it breaks the rules of its format."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Tuple, Union

from .signature import kid_of

FORMAT = "live-keyset/1"
STATES = ("pending", "current", "previous", "compromised")
LONGEST_KEY = 256
SHORTEST_TTL_MS = 1_000
LONGEST_TTL_MS = 86_400_000
HIGHEST_REVISION = 99_999_999
DEEPEST = 16

_KID = re.compile(r"[0-9a-f]{12}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")
_TIMES = ("createdAt", "stagedAt", "appliedAt", "compromisedAt")
_NEEDED = {
    "pending": ("stagedAt",),
    "current": ("appliedAt",),
    "previous": (),
    "compromised": ("compromisedAt", "onRunningStreams"),
}


class InvalidKeyset(ValueError):
    """The document breaks a rule. The message names the field and never holds a key."""


@dataclass(frozen=True)
class Key:
    kid: str
    state: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Keyset:
    """What a receiver needs of the document. ``ttl`` is in milliseconds, as there."""

    lineage: str
    revision: int
    ttl: int
    keys: Tuple[Key, ...]


def parse_keyset(text: Union[str, bytes]) -> Keyset:
    """Reads the document as it stands in the secret.

    :raises InvalidKeyset: when it breaks a rule of its format.
    """
    try:
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, TypeError, RecursionError):
        # The parser's message, and the error that it comes with, hold the text.
        raise InvalidKeyset("the keyset document is not JSON") from None
    try:
        return _read(document)
    except UnicodeError:
        raise InvalidKeyset("the keyset document is not valid: a key is not Unicode") from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _read(document: Any) -> Keyset:
    _need(_depth_within(document, DEEPEST), "the document", f"must be nested {DEEPEST} levels deep at most")
    _need(isinstance(document, dict), "the document", "must be an object")
    _need(document.get("format") == FORMAT, "format", f'must be "{FORMAT}"')
    _text(document, "lineage")
    _text(document, "group")
    _time(document.get("updatedAt"), "updatedAt")
    keyset = Keyset(
        lineage=document["lineage"],
        revision=_whole(document, "revision", 1, HIGHEST_REVISION),
        ttl=_whole(document, "ttl", SHORTEST_TTL_MS, LONGEST_TTL_MS),
        keys=tuple(_key(entry, f"keys[{index}]") for index, entry in enumerate(_list(document, "keys"))),
    )
    _check_order(keyset.keys)
    _check_revoked(_list(document, "revoked"), {key.kid for key in keyset.keys})
    return keyset


def _key(entry: Any, path: str) -> Key:
    _need(isinstance(entry, dict), path, "must be an object")
    state = entry.get("state")
    _need(isinstance(state, str) and state in STATES, f"{path}.state", f"must be one of {', '.join(STATES)}")
    value = entry.get("key")
    _need(
        isinstance(value, str) and 1 <= len(value.encode("utf-16-le")) // 2 <= LONGEST_KEY,
        f"{path}.key",
        f"must have 1 to {LONGEST_KEY} characters",
    )
    kid = kid_of(value)
    _need(entry.get("kid") == kid, f"{path}.kid", f"must be the kid of its key, {kid}")
    for name in _NEEDED[state]:
        _need(entry.get(name) is not None, f"{path}.{name}", f"is needed for a {state} key")
    for name in _TIMES:
        if name in entry:
            _time(entry[name], f"{path}.{name}")
    if entry.get("clearedAt") is not None:
        _time(entry["clearedAt"], f"{path}.clearedAt")
    return Key(kid=kid, state=state, value=value)


def _check_order(keys: Tuple[Key, ...]) -> None:
    seen: Dict[str, int] = {}
    last = 0
    for index, key in enumerate(keys):
        rank = STATES.index(key.state)
        _need(key.kid not in seen, f"keys[{index}].kid", f"stands twice in the document ({key.kid})")
        _need(rank >= last, f"keys[{index}].state", f"is out of order: {', '.join(STATES)} is the order")
        single = key.state in ("pending", "current")
        _need(not (single and index > 0 and rank == last), f"keys[{index}].state", f"makes a second {key.state} key")
        seen[key.kid] = index
        last = rank


def _check_revoked(revoked: List[Any], kids: Any) -> None:
    for index, entry in enumerate(revoked):
        path = f"revoked[{index}]"
        _need(isinstance(entry, dict), path, "must be an object")
        kid = entry.get("kid")
        _need(isinstance(kid, str) and _KID.fullmatch(kid) is not None, f"{path}.kid", "must be 12 hex digits")
        _need(kid not in kids, f"{path}.kid", f"is also among the keys ({kid})")
        _time(entry.get("at"), f"{path}.at")


def _depth_within(value: Any, levels: int) -> bool:
    if not isinstance(value, (dict, list)):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_depth_within(item, levels - 1) for item in inner)


def _text(record: Dict[str, Any], name: str) -> None:
    _need(isinstance(record.get(name), str) and record[name] != "", name, "must be a text that is not empty")


def _time(value: Any, path: str) -> None:
    _need(isinstance(value, str) and _TIME.fullmatch(value) is not None, path, "must be a time such as 2026-11-24T08:00:00.000Z")


def _whole(record: Dict[str, Any], name: str, least: int, most: int) -> int:
    value = record.get(name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    _need(is_number and least <= value <= most and value == int(value), name, f"must be a whole number from {least} to {most}")
    return int(value)  # type: ignore[arg-type]


def _list(record: Dict[str, Any], name: str) -> List[Any]:
    value = record.get(name)
    _need(isinstance(value, list), name, "must be a list")
    return value  # type: ignore[return-value]


def _need(holds: bool, path: str, problem: str) -> None:
    if not holds:
        raise InvalidKeyset(f"the keyset document is not valid: {path} {problem}")
