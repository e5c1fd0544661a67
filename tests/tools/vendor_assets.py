"""Fetch the browser's files anew, take every brand and foreign address out, write VENDOR.toml.

For maintainers: `python -m tests.tools.vendor_assets` needs npm once; users never do.
Review the difference like any other change.
"""

import hashlib
import io
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "vaxsite" / "web" / "static" / "vendor"
IMAGES = ("arrow-down", "arrow-up", "arrow-up-down", "cross")
FONT = 'Arial,"PingFang SC","HarmonyOS Sans SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif'
# From the blue of the design system's owner to our green, shade by shade.
COLOURS = {
    "#005eb8": "#00543c",
    "#0055a6": "#006b4d",
    "#004b93": "#00432f",
    "#00478a": "#00402e",
    "#003d78": "#003827",
    "#003087": "#003322",
    "#002f5c": "#00271c",
    "#337ec6": "#4d9a7f",
    "#669ed4": "#7db59f",
    "#c7dcef": "#cfe5dc",
    "#ccdff1": "#d2e8df",
    "#d9e7f4": "#dcefe7",
    "#edf4fa": "#eef7f3",
}


@dataclass(frozen=True)
class Package:
    """A package of the registry, what of it is kept, and under which licence."""

    name: str
    version: str
    licence: str
    files: dict[str, str]  # Path in the package -> our name.


PACKAGES = (
    Package(
        "nhsuk-frontend",
        "10.6.1",
        "MIT",
        {
            "dist/nhsuk/nhsuk-frontend.min.css": "components.min.css",
            "dist/nhsuk/nhsuk-frontend.min.js": "components.min.js",
        }
        | {f"dist/nhsuk/assets/images/nhsuk-icon-{name}.svg": f"{name}.svg" for name in IMAGES},
    ),
    Package("htmx.org", "2.0.11", "0BSD", {"dist/htmx.min.js": "htmx.min.js"}),
    Package("htmx-ext-sse", "2.2.4", "0BSD", {"dist/sse.min.js": "htmx-sse.min.js"}),
    Package(
        "uplot",
        "1.6.32",
        "MIT",
        {"dist/uPlot.iife.min.js": "uplot.min.js", "dist/uPlot.min.css": "uplot.min.css"},
    ),
)


def clean(name: str, text: str) -> str:
    """Return the file *name* without brand, web font, foreign address and source map."""
    text = re.sub(r"\n?//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/", "", text)
    text = re.sub(r"https://(?=github\.com)", "", text)
    if name == "components.min.css":
        text = re.sub(r"@font-face\{[^}]*\}", "", text)
        text = text.replace("Frutiger W01,arial,sans-serif", FONT)
        text = re.sub(r"url\(/assets/images/nhsuk-icon-([a-z-]+\.svg)\)", r"url(\1)", text)
        text = "".join(map(_recolour, re.split(r"(\.nhsuk-tag--blue\{[^}]*\})", text)))
    if name == "components.min.js":
        text = text.replace("NHS.UK frontend", "Component library")
    return text


def _recolour(piece: str) -> str:
    if piece.startswith(".nhsuk-tag--blue"):
        return piece
    return re.sub(r"#[0-9a-f]{6}", lambda found: COLOURS.get(found[0], found[0]), piece)


def fetch(package: Package) -> dict[str, bytes]:
    """Return the kept files of *package* by our names."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
            cwd=folder,
            check=True,
            timeout=120,
            capture_output=True,
        )
        (archive,) = Path(folder).glob("*.tgz")
        packed = archive.read_bytes()
    kept: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for path, name in package.files.items():
            file = tar.extractfile(f"package/{path}")
            assert file is not None, path
            kept[name] = clean(name, file.read().decode()).encode()
    return kept


def main() -> None:
    """Write every file and the list of them."""
    lines = ["# Written by tests/tools/vendor_assets.py. A test compares the hashes."]
    for package in PACKAGES:
        lines += ["", "[[package]]", f'name = "{package.name}"', f'version = "{package.version}"']
        lines += [f'licence = "{package.licence}"', "[package.files]"]
        for name, content in fetch(package).items():
            (FOLDER / name).write_bytes(content)
            lines.append(f'"{name}" = "{hashlib.sha256(content).hexdigest()}"')
    (FOLDER / "VENDOR.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
