"""What must never stand in the tree: addresses of registries, paths of one machine."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT

# Written in two parts, so that this file does not find itself.
REGISTRIES = re.compile(
    "|".join(
        (
            "pypi" + r"\.org",
            "python" + r"hosted\.org",
            "npm" + r"js\.(org|com)",
            "npm" + r"mirror\.com",
            "mirrors?" + r"\.[a-z.]*(aliyun|tencent|huaweicloud|ustc|tuna|tsinghua)",
            "index" + r"[-_]url\s*=\s*\S",
            "find" + r"[-_]links\s*=\s*\S",
        )
    )
)
MACHINE = re.compile("|".join((r"(?<![\w.$}])/(ro" + r"ot|wor" + r"k|ho" + r"me/[a-z]+)/",)))
SKIPPED = {".git", ".hypothesis", ".venv", ".boot", ".data", ".cache", "__pycache__", "dist"}
BINARY = {".png", ".jpg", ".woff2", ".woff", ".ttf", ".ico", ".gz", ".pyc", ".sqlite"}


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Give every text file of the tree; a clone without git has the same ones."""
    for path in sorted(folder.iterdir()):
        if path.name in SKIPPED or path.name.endswith("_cache") or path.is_symlink():
            continue
        if path.is_dir():
            yield from files(path)
        elif path.suffix not in BINARY:
            yield path


def found(pattern: re.Pattern[str]) -> list[str]:
    """Return where *pattern* stands in the tree."""
    return [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in files()
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="replace")))
    ]


def test_no_registry_is_named() -> None:
    """Where packages come from is each machine's own business."""
    assert found(REGISTRIES) == []


def test_no_path_of_a_machine_is_named() -> None:
    """Nothing in the tree depends on where somebody keeps it."""
    assert found(MACHINE) == []


def test_the_lock_pins_by_hash_and_names_no_address() -> None:
    """`requirements.lock` has exact versions and hashes, no addresses, no options."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith(" ")]

    assert "://" not in text
    assert [line for line in lines if "==" not in line] == []
    assert [line for line in lines if not line.endswith("\\")] == []


def test_no_other_lock_is_kept() -> None:
    """Locks of other kinds record the address of every file."""
    names = {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "package-lock.json"}

    # `uv run` may leave one behind; what counts is that git ignores it.
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    kept = [path.name for path in files() if path.name in names and path.name not in ignored]
    assert kept == []
