"""Parses and validates the keyset document."""

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
    """The document is invalid. The message names the field and never contains a key."""


@dataclass(frozen=True)
class Key:
    kid: str
    state: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Keyset:
    """The parts of the document that a receiver needs. ``ttl`` is in milliseconds, as in the document."""

    lineage: str
    revision: int
    ttl: int
    keys: Tuple[Key, ...]


def parse_keyset(text: Union[str, bytes]) -> Keyset:
    """Parses the text of the secret.

    :raises InvalidKeyset: it is not a valid ``live-keyset/1`` document.
    """
    try:
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, TypeError, RecursionError):
        # The parser's error contains the text, and with it the keys.
        raise InvalidKeyset("invalid keyset document: it is not JSON") from None
    try:
        return _read(document)
    except UnicodeError:
        raise InvalidKeyset("invalid keyset document: a key is not valid Unicode") from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _read(document: Any) -> Keyset:
    _need(_depth_within(document, DEEPEST), "it", f"must be at most {DEEPEST} levels deep")
    _need(isinstance(document, dict), "it", "must be an object")
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
        _need(entry.get(name) is not None, f"{path}.{name}", f"is required for a {state} key")
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
        _need(key.kid not in seen, f"keys[{index}].kid", f"appears twice ({key.kid})")
        _need(rank >= last, f"keys[{index}].state", f"is out of order: the order is {', '.join(STATES)}")
        single = key.state in ("pending", "current")
        second = single and index > 0 and rank == last
        _need(not second, f"keys[{index}].state", f"makes a second {key.state} key; at most one is allowed")
        seen[key.kid] = index
        last = rank


def _check_revoked(revoked: List[Any], kids: Any) -> None:
    for index, entry in enumerate(revoked):
        path = f"revoked[{index}]"
        _need(isinstance(entry, dict), path, "must be an object")
        kid = entry.get("kid")
        _need(isinstance(kid, str) and _KID.fullmatch(kid) is not None, f"{path}.kid", "must be 12 hex digits")
        _need(kid not in kids, f"{path}.kid", f"is also in keys ({kid})")
        _time(entry.get("at"), f"{path}.at")


def _depth_within(value: Any, levels: int) -> bool:
    if not isinstance(value, (dict, list)):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_depth_within(item, levels - 1) for item in inner)


def _text(record: Dict[str, Any], name: str) -> None:
    _need(isinstance(record.get(name), str) and record[name] != "", name, "must be a non-empty string")


def _time(value: Any, path: str) -> None:
    _need(isinstance(value, str) and _TIME.fullmatch(value) is not None, path, "must be a time such as 2026-11-24T08:00:00.000Z")


def _whole(record: Dict[str, Any], name: str, least: int, most: int) -> int:
    value = record.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most and value == int(value):
        return int(value)
    raise _invalid(name, f"must be a whole number from {least} to {most}")


def _list(record: Dict[str, Any], name: str) -> List[Any]:
    value = record.get(name)
    if isinstance(value, list):
        return value
    raise _invalid(name, "must be an array")


def _need(holds: bool, path: str, problem: str) -> None:
    if not holds:
        raise _invalid(path, problem)


def _invalid(path: str, problem: str) -> InvalidKeyset:
    return InvalidKeyset(f"invalid keyset document: {path} {problem}")
