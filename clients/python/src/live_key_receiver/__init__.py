"""Verifies snapshot callbacks of ApsaraVideo Live while their key is rotated. See README.md."""

from .admit import Answer, Callback, admit, admit_async
from .cache import KeysetCache, KeysetUnavailable
from .keyset import InvalidKeyset, Key, Keyset, parse_keyset
from .signature import kid_of, sign
from .verifier import Verification, Verifier

__all__ = [
    "Answer",
    "Callback",
    "InvalidKeyset",
    "Key",
    "Keyset",
    "KeysetCache",
    "KeysetUnavailable",
    "Verification",
    "Verifier",
    "admit",
    "admit_async",
    "kid_of",
    "parse_keyset",
    "sign",
]
