"""Whether the signature at the end of a Berlinger file fits the rest of the file.

Found by trial on two real files, one of a Fridge-tag 2 and one of a 2 L: ECDSA on P-256 over the
SHA-256 of every byte before `Sig:`, with the key, both halves of the signature and the digest
written least significant byte first. Whether the key is the maker's own is certified by a key that
is not in the file, so a wrong signature proves a change, and a right one does not prove the maker.
"""

import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

_KEY = re.compile(rb"^ Public Key: ([0-9a-f]{128})\s*$", re.MULTILINE)
_SIGNATURE = re.compile(rb"^Sig: ([0-9a-f]{128})\s*\Z", re.MULTILINE)
_HALF = 32  # Bytes of a number on P-256.


def fits(payload: bytes) -> bool:
    """Tell whether the file is as its device signed it; false where it names no key."""
    key, signature = _KEY.search(payload), _SIGNATURE.search(payload)
    if key is None or signature is None:
        return False
    signed = payload[: signature.start()]
    # Mail and editors change the ends of lines; that changes nothing that the file says.
    as_written = re.sub(rb"\r?\n", b"\r\n", signed)
    return any(_fits(one, key[1], signature[1]) for one in {signed, as_written})


def _fits(signed: bytes, key: bytes, signature: bytes) -> bool:
    x, y = _numbers(key)
    digest = hashlib.sha256(signed).digest()[::-1]
    try:
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        public.verify(
            utils.encode_dss_signature(*_numbers(signature)),
            digest,
            ec.ECDSA(utils.Prehashed(hashes.SHA256())),
        )
    except (InvalidSignature, ValueError):  # Also a key that lies on no curve.
        return False
    return True


def _numbers(text: bytes) -> tuple[int, int]:
    raw = bytes.fromhex(text.decode("ascii"))
    return int.from_bytes(raw[:_HALF], "little"), int.from_bytes(raw[_HALF:], "little")
