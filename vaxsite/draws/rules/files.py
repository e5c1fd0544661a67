"""The published files of a draw, and what a check of them finds. Pure: text in, findings out.

Three texts are published: the announcement before registration opens, the list when it closes, the
result after the draw. The result holds the other two, so one file is enough to recompute it all.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: JSON.

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from vaxsite.draws.rules import lottery
from vaxsite.draws.rules.lottery import Allocation, Entry, Spill

SIGNATURE = "signature"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A draw as it came out: everything that the result file says."""

    announcement: str
    entries: Sequence[Entry]
    secret: str
    public: str
    source: str  # Which announced source the value came from: `first` or `second`.


def canonical(document: Mapping[str, Any]) -> str:
    """Return *document* as the one text that is hashed and signed: sorted keys, no spaces."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def quotas(announcement: Mapping[str, Any]) -> lottery.Quotas:
    """Return the quotas that an announcement tells; raise `KeyError`, `ValueError`, `TypeError`."""
    groups = [(str(one["group"]), int(one["places"])) for one in announcement["quotas"]]
    return lottery.quotas_of(int(announcement["places"]), groups, Spill(announcement["spill"]))


def outcome(drawn: Drawn) -> tuple[list[Entry], Allocation, str]:
    """Draw: return the order, who got a place, and the seed."""
    text = lottery.entry_list(drawn.entries)
    digests = (lottery.digest(drawn.announcement), lottery.digest(text))
    seed = lottery.seed_of(drawn.secret, drawn.public, *digests)
    ordered = lottery.order(seed, drawn.entries)
    return ordered, lottery.allocate(ordered, quotas(json.loads(drawn.announcement))), seed


def result_document(drawn: Drawn) -> dict[str, Any]:
    """Return the result file, not yet signed: all entries in order, with the pool of each place."""
    ordered, found, seed = outcome(drawn)
    return {
        "algorithm": lottery.ALGORITHM,
        "announcement": drawn.announcement,
        "announcement_digest": lottery.digest(drawn.announcement),
        "entries_digest": lottery.digest(lottery.entry_list(drawn.entries)),
        "secret": drawn.secret,
        "public_value": drawn.public,
        "public_source": drawn.source,
        "seed": seed,
        "result": [
            [one.number, one.group, one.size, found.pools.get(one.number, "")] for one in ordered
        ],
        "places_left": found.left,
    }


def sign(document: Mapping[str, Any], key: str) -> str:
    """Return the Ed25519 signature (RFC 8032), as hex, of the canonical text of *document*."""
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key))
    return private.sign(canonical(document).encode()).hex()


def public_key(key: str) -> str:
    """Return the public half of a signing key, both as hex."""
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key))
    return private.public_key().public_bytes_raw().hex()


def check(
    text: str, *, announcement: str | None = None, entries: str | None = None
) -> tuple[list[str], dict[str, Any]]:
    """Recompute a result from its file; return what does not fit (nothing: all well) and the file.

    *announcement* and *entries* are the texts that somebody saved before the draw.
    """
    try:
        document: dict[str, Any] = json.loads(text)
        return list(_faults(document, announcement, entries)), document
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as err:
        return [f"the file cannot be read as a result ({type(err).__name__}: {err})"], {}


def _faults(document: dict[str, Any], announcement: str | None, entries: str | None) -> list[str]:
    told = json.loads(document["announcement"])
    units = [Entry(number, group, int(size)) for number, group, size, _ in document["result"]]
    again = result_document(
        Drawn(
            announcement=document["announcement"],
            entries=units,
            secret=document["secret"],
            public=document["public_value"],
            source=document["public_source"],
        )
    )
    listed = lottery.entry_list(units)
    looked = {
        "the secret is not the one that was committed to": (
            lottery.commitment(document["secret"]) == told["commitment"]
        ),
        "the announcement is not the one that was saved": (
            announcement is None or announcement.strip() == document["announcement"]
        ),
        "the entries are not those of the list that was saved": entries in (None, listed),
        "an entry number stands twice": len({one.number for one in units}) == len(units),
        "the signature does not fit": _signed(document, told["signing_key"]),
    }
    wrong = [sentence for sentence, well in looked.items() if not well]
    wrong += [
        f"recomputed, {name} is different"
        for name in again
        if canonical({name: again[name]}) != canonical({name: document.get(name)})
    ]
    return wrong


def _signed(document: Mapping[str, Any], key: str) -> bool:
    body = {name: value for name, value in document.items() if name != SIGNATURE}
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(document[SIGNATURE]), canonical(body).encode())
    except (InvalidSignature, ValueError):
        return False
    return True
