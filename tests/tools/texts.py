"""Every English text of the code and templates that a person may read, as gettext sees it."""

from functools import cache
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

ROOT = Path(__file__).parents[2] / "vaxsite"
METHODS = [("**/templates/**.html", "jinja2.ext.babel_extract"), ("**.py", "python")]
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "translate": None, "explain": None}


@cache
def texts(feature: str) -> frozenset[str]:
    """Return the texts of *feature*, a package of vaxsite; of plurals the singular."""
    found = extract_from_dir(str(ROOT / feature), method_map=METHODS, keywords=KEYWORDS)
    return frozenset(
        message if isinstance(message, str) else message[0] for _, _, message, _, _ in found
    )


def features() -> list[str]:
    """Return the packages of vaxsite that have texts."""
    packages = [path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()]
    return sorted(package for package in packages if texts(package))
