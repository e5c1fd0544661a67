"""Encrypted columns and blind indexes."""

import pytest
from cryptography.exceptions import InvalidTag

from sensors.store import encrypted

OLD, NEW = encrypted.new_key(1), encrypted.new_key(2)


@pytest.fixture(autouse=True)
def _restore_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted._Ring, "keys", None)  # noqa: SLF001 - put back afterwards.


def test_a_value_reads_back_only_in_its_own_column() -> None:
    """A value moved to another column does not decrypt."""
    encrypted.load_keys(OLD)
    sealed = encrypted.encrypt("person.phone", "+8613800000000")

    assert encrypted.decrypt("person.phone", sealed) == "+8613800000000"
    with pytest.raises(InvalidTag):
        encrypted.decrypt("person.address", sealed)


def test_an_altered_value_does_not_decrypt() -> None:
    """One changed bit is noticed."""
    encrypted.load_keys(OLD)
    sealed = bytearray(encrypted.encrypt("person.phone", "+8613800000000"))
    sealed[-1] ^= 1

    with pytest.raises(InvalidTag):
        encrypted.decrypt("person.phone", bytes(sealed))


def test_a_new_key_writes_while_the_old_one_still_reads() -> None:
    """After a rotation, old values decrypt and look-ups still find them."""
    encrypted.load_keys(OLD)
    sealed = encrypted.encrypt("person.phone", "+8613800000000")
    index = encrypted.blind_index("person.phone", "+8613800000000")

    encrypted.load_keys(f"{NEW}\n{OLD}")

    assert encrypted.decrypt("person.phone", sealed) == "+8613800000000"
    assert encrypted.blind_index("person.phone", "+8613800000000") == index
    assert encrypted.encrypt("person.phone", "x")[0] == 2


def test_equal_values_look_different_but_share_an_index() -> None:
    """Encryption hides equality; the blind index shows it, and differs from place to place."""
    encrypted.load_keys(OLD)

    assert encrypted.encrypt("a.b", "same") != encrypted.encrypt("a.b", "same")
    assert encrypted.blind_index("a.b", "same") == encrypted.blind_index("a.b", "same")
    assert encrypted.blind_index("a.b", "same") != encrypted.blind_index("a.c", "same")


@pytest.mark.parametrize(
    "text",
    ["", "1:short", "x:" + OLD[2:], "0:" + OLD[2:], "no colon"],
    ids=["empty", "short key", "version is no number", "version 0", "no colon"],
)
def test_a_keys_file_that_is_not_one_is_refused(text: str) -> None:
    """A damaged keys file is refused at start, not at the first reading of a name."""
    with pytest.raises(ValueError, match=r"line|key|base64|Incorrect|Invalid|Non-base64|Only"):
        encrypted.load_keys(text)


def test_without_keys_nothing_is_encrypted() -> None:
    """A process that loaded no keys fails instead of writing in clear."""
    with pytest.raises(encrypted.KeysMissing):
        encrypted.encrypt("person.phone", "x")
