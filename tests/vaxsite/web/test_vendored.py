"""The browser's files are what the list says, and carry no brand and no foreign address."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "vaxsite" / "web" / "static"
VENDOR = STATIC / "vendor"
PACKAGES = tomllib.loads((VENDOR / "VENDOR.toml").read_text(encoding="utf-8"))["package"]
# The name of a vocabulary, not an address that a browser asks.
NAMESPACE = "http://www.w3.org/"
BRAND = re.compile(r"frutiger|nhs\.uk|nhs england|nhsuk-logo|#005eb8", re.IGNORECASE)


@pytest.mark.parametrize("package", PACKAGES, ids=[package["name"] for package in PACKAGES])
def test_files_are_those_of_the_list(package: dict[str, dict[str, str]]) -> None:
    """A file that was changed by hand, or has no licence beside it, is found."""
    found = {
        name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in package["files"]
    }

    assert found == package["files"]
    assert (VENDOR / f"LICENSE-{package['name']}.txt").is_file()


def test_every_vendored_file_stands_in_the_list() -> None:
    """Nothing came in by another way."""
    listed = {name for package in PACKAGES for name in package["files"]}

    there = {path.name for path in VENDOR.iterdir() if not path.name.startswith("LICENSE")}

    assert there == listed | {"VENDOR.toml"}


def test_no_brand_and_no_foreign_address() -> None:
    """The look is our own and the pages ask nobody else for anything."""
    for path in sorted(STATIC.rglob("*")):
        if not path.is_file() or path.name.startswith("LICENSE"):
            continue
        text = path.read_text(encoding="utf-8")
        assert not BRAND.search(text), path.name
        assert not re.search(r"https?://|url\(//", text.replace(NAMESPACE, "")), path.name
