"""The rows of a roster as the text that is kept, encrypted, until they are entered. Pure."""

import json
from datetime import date

from vaxsite.residents.rules import IdKind
from vaxsite.rosters.rules.columns import Column
from vaxsite.rosters.rules.rows import Problem, Reading, Row


def write(reading: Reading) -> str:
    """Return *reading* as text."""
    rows = [
        [
            one.number,
            one.name,
            one.born_on.isoformat(),
            one.id_kind.value,
            one.id_number,
            one.phone,
            one.email,
            one.group,
            one.language,
        ]
        for one in reading.rows
    ]
    problems = [
        [one.number, one.column.value, one.reason, dict(one.detail)] for one in reading.problems
    ]
    return json.dumps({"rows": rows, "problems": problems}, ensure_ascii=False)


def read(text: str) -> Reading:
    """Return what `write` was given."""
    kept = json.loads(text)
    rows = tuple(
        Row(number, name, date.fromisoformat(born_on), IdKind(kind), *rest)
        for number, name, born_on, kind, *rest in kept["rows"]
    )
    problems = tuple(
        Problem(number, Column(column), reason, detail)
        for number, column, reason, detail in kept["problems"]
    )
    return Reading(rows, problems)
