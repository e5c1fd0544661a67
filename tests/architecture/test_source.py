"""What every source file owes to those who read it after its author."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.tree import FUNCTIONS, Source, sources

FILE_LINES = 400
FUNCTION_LINES = 40
# Where a commit or rollback stands outside the one place, and why that is no service's.
MAY_COMMIT = {
    "sensors/store/transaction.py": "the one place",
    "sensors/services/delivery.py": "ends a read before the gateway is asked",
    "vaxsite/core/schema.py": "migrations hold a lock outside their transactions",
}
NOQA = re.compile(r"#\s*noqa\b(?P<rest>.*)", re.IGNORECASE)
NOQA_WITH_REASON = re.compile(r": [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* - \S.*")
IGNORE = re.compile(r"#\s*type:\s*ignore(?P<rest>.*)")
IGNORE_WITH_REASON = re.compile(r"\[[a-z, -]+\] +# \S.*")
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


def test_no_file_is_long() -> None:
    """A file of more than 400 lines holds more than one thing."""
    long = [
        f"{source.name}: {len(source.lines)} lines"
        for source in sources("sensors", "vaxsite", "tests")
        if len(source.lines) > FILE_LINES
    ]

    assert not long, "\n".join(long)


def test_no_function_is_long() -> None:
    """A function of more than 40 lines does more than one thing."""
    long = [
        f"{source.name}:{function.lineno} {function.name}: {length} lines"
        for source in sources("sensors", "vaxsite", "tests")
        for function in source.functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    ]

    assert not long, "\n".join(long)


def test_only_the_edge_commits() -> None:
    """Services add and flush; `sensors.store.transaction` commits and rolls back."""
    found = [
        f"{source.name}:{node.lineno} {node.func.attr}"
        for source in sources()
        if source.name not in MAY_COMMIT
        for node in source.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"commit", "rollback"}
    ]

    assert not found, "\n".join(found)


def test_any_says_why() -> None:
    """A part that uses `Any` says why, in a comment, in its docstring, or where it is imported."""
    unexplained = [
        f"{source.name}:{node.lineno} {source.lines[node.lineno - 1].strip()}"
        for source in sources()
        if not re.search(r"^from typing import .*# Any: \S", source.text, re.MULTILINE)
        for part in source.tree.body
        for node in anys(part)
        if not says_why(source, part, node.lineno)
    ]

    assert not unexplained, "\n".join(unexplained)


def anys(part: ast.stmt) -> Iterator[ast.Name]:
    """Give every use of `Any` in one statement of a module."""
    for node in ast.walk(part):
        if isinstance(node, ast.Name) and node.id == "Any":
            yield node


def says_why(source: Source, part: ast.stmt, line: int) -> bool:
    """Tell whether a comment of the part, or near the line, or the part's docstring names Any."""
    beside = range(min(part.lineno, line) - 3, (part.end_lineno or line) + 1)
    if any("Any" in source.comments.get(number, "") for number in beside):
        return True
    documented = isinstance(part, (*FUNCTIONS, ast.ClassDef))
    return documented and "Any" in (ast.get_docstring(part) or "")


def test_every_exception_from_a_rule_has_a_code_and_a_reason() -> None:
    """`noqa` and `type: ignore` say which rule is left out, and why."""
    bare = [
        f"{source.name}:{line} {comment}"
        for source in sources("sensors", "vaxsite", "tests", "migrations")
        for line, comment in source.comments.items()
        if is_bare(comment)
    ]

    assert not bare, "\n".join(bare)


def is_bare(comment: str) -> bool:
    """Tell whether a comment switches a rule off without a code or without a reason."""
    for pattern, complete in ((NOQA, NOQA_WITH_REASON), (IGNORE, IGNORE_WITH_REASON)):
        if (match := pattern.search(comment)) and not complete.match(match["rest"]):
            return True
    return False


def test_public_parts_say_what_they_are() -> None:
    """Every module, public class and public function has a docstring."""
    silent = [
        f"{source.name}:{line} {name}"
        for source in sources()
        if source.path.name != "__init__.py"
        for line, name in undocumented(source)
    ]

    assert not silent, "\n".join(silent)


def undocumented(source: Source) -> Iterator[tuple[int, str]]:
    """Give the public parts of a file that have no docstring; nested functions are private."""
    if ast.get_docstring(source.tree) is None:
        yield 1, source.module
    parts = [part for part in source.tree.body if isinstance(part, (*FUNCTIONS, ast.ClassDef))]
    for part in list(parts):
        if isinstance(part, ast.ClassDef) and not part.name.startswith("_"):
            parts += [inner for inner in part.body if isinstance(inner, FUNCTIONS)]
    for part in parts:
        if not part.name.startswith("_") and ast.get_docstring(part) is None:
            yield part.lineno, part.name


def test_every_test_states_its_behaviour() -> None:
    """Every test has a docstring: one sentence."""
    silent = [
        f"{source.name}:{function.lineno} {function.name}"
        for source in sources("tests")
        for function in source.functions()
        if function.name.startswith("test_") and ast.get_docstring(function) is None
    ]

    assert not silent, "\n".join(silent)


def test_packages_are_empty_and_there_is_no_drawer() -> None:
    """`__init__.py` holds nothing, and no module is named after nothing."""
    found = [
        source.name
        for source in sources()
        if (source.path.name == "__init__.py" and source.text.strip())
        or source.path.stem in DRAWERS
    ]

    assert not found, "\n".join(found)
