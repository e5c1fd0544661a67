"""The signature of a Berlinger file fits exactly the file that was signed."""

import pytest

from sensors.services.signatures import fits
from tests import groups
from tests.build import logger_files

FILE = logger_files.fridge_tag([450, 950])


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (FILE, True),
        (FILE.replace(b"\r\n", b"\n"), True),
        (FILE.replace(b"9.5", b"7.5"), False),
        (FILE.replace(b"Serial: 99", b"Serial: 98"), False),
        (FILE[: FILE.index(b"Sig: ")], False),
        (FILE.replace(b"Public Key", b"Pubic Key"), False),
        (logger_files.Q_TAG, False),
        (b"", False),
    ],
)
def test_any_change_of_a_signed_file_is_seen(payload: bytes, expected: bool) -> None:
    """One digit is enough; the ends of lines say nothing and may change."""
    assert fits(payload) is expected


def test_a_key_that_lies_on_no_curve_fits_nothing() -> None:
    """A key of zeros, or of other numbers, is refused and raises nothing."""
    key = FILE[FILE.index(b"Public Key: ") + 12 :][:128]

    assert not fits(FILE.replace(key, b"0" * 128))
    assert not fits(FILE.replace(key, b"f" * 128))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["130500109088_202206081014.txt", "130400191542_202302140605.txt"])
def test_real_files_are_as_their_devices_signed_them(name: str) -> None:
    """Both fit; with one temperature changed neither does."""
    payload = (groups.BESIDE / "data" / "fridge-tag" / name).read_bytes()

    assert fits(payload)
    assert not fits(payload.replace(b"+18.0", b"+17.0", 1).replace(b"\t26.3", b"\t6.3", 1))
