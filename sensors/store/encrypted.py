"""Encrypted columns: AES-GCM with a key version, bound to the place where the value stands.

A value read from another column, or altered, does not decrypt. Look-up goes through a blind index:
an HMAC of the normalised value, useless without the key.
"""

import base64
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

NONCE_BYTES = 12  # NIST SP 800-38D section 8.2: 96-bit nonces for GCM.


class KeysMissing(Exception):
    """No data keys were loaded: call `load_keys` in the composition root first."""


@dataclass(frozen=True)
class Keys:
    """The data keys by version; the newest writes, all of them read."""

    newest: int
    ciphers: Mapping[int, AESGCM]
    index_key: bytes


class _Ring:
    """Holds the keys of this process, set once by the root: a column type has no arguments."""

    keys: Keys | None = None


def parse_keys(text: str) -> Keys:
    """Parse `VERSION:BASE64` lines, newest first; raise `ValueError` naming the line.

    The blind index is made with the oldest key, so that a new data key changes no index.
    """
    raw: dict[int, bytes] = {}
    for number, line in enumerate(text.split(), start=1):
        version, _, encoded = line.partition(":")
        key = base64.b64decode(encoded, validate=True)
        if not version.isdigit() or not 0 < int(version) < 256 or len(key) != 32:
            raise ValueError(f"line {number} is not VERSION:BASE64 of 32 bytes")
        raw[int(version)] = key
    if not raw:
        raise ValueError("no key given")
    oldest = list(raw.values())[-1]
    index_key = HKDF(SHA256(), 32, salt=None, info=b"vaxsite blind index").derive(oldest)
    return Keys(next(iter(raw)), {version: AESGCM(key) for version, key in raw.items()}, index_key)


def load_keys(text: str) -> None:
    """Make the keys of *text* the ones that this process encrypts and decrypts with."""
    _Ring.keys = parse_keys(text)


def new_key(version: int = 1) -> str:
    """Return a fresh key as a line for the keys file."""
    return f"{version}:{base64.b64encode(os.urandom(32)).decode()}"


def _keys() -> Keys:
    if _Ring.keys is None:
        raise KeysMissing
    return _Ring.keys


def blind_index(place: str, normalised: str) -> bytes:
    """Return the 32-byte look-up value of *normalised* in *place* (`table.column`)."""
    return hmac.digest(_keys().index_key, f"{place}\0{normalised}".encode(), "sha256")


def encrypt(place: str, text: str) -> bytes:
    """Encrypt *text* for *place*: version byte, nonce, ciphertext with tag."""
    keys = _keys()
    nonce = os.urandom(NONCE_BYTES)
    sealed = keys.ciphers[keys.newest].encrypt(nonce, text.encode(), place.encode())
    return bytes([keys.newest]) + nonce + sealed


def decrypt(place: str, value: bytes) -> str:
    """Decrypt what `encrypt` made for *place*; raise `InvalidTag` if it was altered or moved."""
    cipher = _keys().ciphers[value[0]]
    nonce, sealed = value[1 : 1 + NONCE_BYTES], value[1 + NONCE_BYTES :]
    return cipher.decrypt(nonce, sealed, place.encode()).decode()


class EncryptedText(TypeDecorator[str]):
    """Text that the database never sees in clear. *place* is the column's own `table.column`."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Encrypt on the way in."""
        return None if value is None else encrypt(self.place, value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Decrypt on the way out."""
        return None if value is None else decrypt(self.place, bytes(value))
