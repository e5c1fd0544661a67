"""`python -m tests.architecture.states`: write docs/states.md from the state machines."""

import ast
from importlib import import_module
from pathlib import Path

from sensors.domain.states import StateMachine
from tests.architecture.tree import ROOT, Source, sources

PAGE = ROOT / "docs" / "states.md"
HEAD = """# States

Generated from the code by `python -m tests.architecture.states`; a test compares.
An owner is who must act next while a record is in that state; a final state has none.
"""


def machines() -> list[StateMachine]:
    """Return every state machine of the code, by name."""
    found = [
        getattr(import_module(source.module), name)
        for source in sources()
        if "StateMachine(" in source.text
        for name in constants(source)
    ]
    return sorted(found, key=lambda machine: machine.name)


def constants(source: Source) -> list[str]:
    """Return the names of the module's constants that are state machines."""
    return [
        target.id
        for statement in source.tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        if isinstance(statement.value, ast.Call)
        if ast.unparse(statement.value.func).rpartition(".")[2] == "StateMachine"
        for target in getattr(statement, "targets", None) or [statement.target]
        if isinstance(target, ast.Name)
    ]


def chapter(machine: StateMachine) -> str:
    """Return the chapter of one machine: a diagram and a table."""
    moves = [f"    {move.source} --> {move.target}: {move.audit}" for move in machine.moves]
    ends = [f"    {state} --> [*]" for state in machine.states if state in machine.final]
    rows = [
        f"| `{state}` | {machine.labels[state][0]} | {machine.labels[state][1]} "
        f"| {machine.owners.get(state, '')} |"
        for state in machine.states
    ]
    diagram = ["```mermaid", "stateDiagram-v2", f"    [*] --> {machine.initial}", *moves, *ends]
    table = ["| State | English | Chinese | Owner |", "|---|---|---|---|", *rows]
    return "\n".join([f"## {machine.name}", "", *diagram, "```", "", *table, ""])


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *(chapter(machine) for machine in machines())])


def write(path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
