"""Templates leave the frame of the page alone."""

from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

import vaxsite
from vaxsite.web import frame

ROOT = Path(vaxsite.__file__).parent
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))


def given_names(tree: nodes.Template) -> set[str]:
    """Return the names that a template gives something of its own, outside its blocks."""
    found = set[str]()
    for node in tree.body:
        if isinstance(node, nodes.Macro):
            found.add(node.name)
        elif isinstance(node, nodes.FromImport):
            found |= {one if isinstance(one, str) else one[1] for one in node.names}
        elif isinstance(node, nodes.Import):
            found.add(node.target)
        elif isinstance(node, nodes.Assign | nodes.AssignBlock):
            found |= {one.name for one in node.find_all(nodes.Name) if one.ctx == "store"}
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_takes_a_name_of_the_frame(app: Flask, path: Path) -> None:
    """A macro called `who` would stand in the head of the page instead of who is signed in."""
    tree = app.jinja_env.parse(path.read_text(encoding="utf-8"))

    assert given_names(tree).isdisjoint(frame.NAMES | {"ui", "_"})


def test_the_names_of_the_frame_are_known(app: Flask) -> None:
    """What the frame gives is what `NAMES` guards."""
    with app.test_request_context("/"):
        given = [one() for one in app.template_context_processors[None]]

    assert any(set(one) == frame.NAMES for one in given)
