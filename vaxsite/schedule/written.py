"""Reads the project's own schedules (TOML) into a `Release`: the keys are the names of the model.

A key that the model does not have, a value of the wrong kind and a blank date name the file and
the element. Several files make one release.
"""

import itertools
import tomllib
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from vaxsite.schedule import data, durations
from vaxsite.schedule.durations import Duration

Table = Mapping[str, Any]  # Any: TOML as it was written; `build` looks at each value.
T = TypeVar("T")
HEADER = ("version", "policy", "source", "caution")
TABLES = ("vaccines", "groups", "series", "contraindications", "conflicts", "observations")


def read(files: Mapping[str, str]) -> data.Release:
    """Return the release that *files* (name to text) make; raise `Unreadable` at a fault."""
    parts = [_read_one(file, text) for file, text in files.items()]
    return data.Release(
        version="; ".join(part.version for part in parts),
        policy="; ".join(dict.fromkeys(part.policy for part in parts)),
        antigens={name: each for part in parts for name, each in part.antigens.items()},
        groups={name: each for part in parts for name, each in part.groups.items()},
        associations={code: each for part in parts for code, each in part.associations.items()},
        conflicts={pair: each for part in parts for pair, each in part.conflicts.items()},
        observations={code: text for part in parts for code, text in part.observations.items()},
        source="; ".join(dict.fromkeys(part.source for part in parts)),
        caution=" ".join(dict.fromkeys(part.caution for part in parts)),
        names={code: each for part in parts for code, each in part.names.items()},
    )


def _read_one(file: str, text: str) -> data.Release:
    try:
        whole: Table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise data.Unreadable(file, "document", str(err)) from err
    if strange := set(whole) - {*HEADER, *TABLES}:
        raise data.Unreadable(file, min(strange), "unknown key")
    if missing := [key for key in HEADER if not whole.get(key)]:
        raise data.Unreadable(file, missing[0], "missing or blank")
    names = {str(row.get("code")): str(row.get("name", "")) for row in whole.get("vaccines", ())}
    series = [
        _sourced(build(data.Series, row, file, f"series[{n}]"), whole, names)
        for n, row in enumerate(whole.get("series", ()), 1)
    ]
    return data.Release(
        version=whole["version"],
        policy=whole["policy"],
        antigens=_antigens(series, whole, file),
        groups={
            row["name"]: build(data.Group, row, file, f"groups[{n}]")
            for n, row in enumerate(whole.get("groups", ()), 1)
        },
        associations={
            row["code"]: tuple(data.Association(name) for name in row["antigens"])
            for row in whole.get("vaccines", ())
        },
        conflicts=_conflicts(whole, file),
        observations=dict(whole.get("observations", {})),
        source=whole["source"],
        caution=whole["caution"],
        names=names,
    )


def _sourced(series: data.Series, whole: Table, names: Mapping[str, str]) -> data.Series:
    """Return *series* with the source of its file, its doses numbered, its vaccines named."""
    doses = tuple(
        replace(
            dose,
            number=dose.number or place,
            preferable=tuple(replace(v, name=names.get(v.code, v.name)) for v in dose.preferable),
        )
        for place, dose in enumerate(series.doses, 1)
    )
    source = f"{series.source or whole['source']} {whole['caution']}"
    return replace(series, doses=doses, source=source)


def _antigens(series: list[data.Series], whole: Table, file: str) -> dict[str, data.Antigen]:
    forbidden: dict[str, list[data.Contraindication]] = {}
    for n, row in enumerate(whole.get("contraindications", ()), 1):
        rest = {key: value for key, value in row.items() if key != "antigen"}
        each = build(data.Contraindication, rest, file, f"contraindications[{n}]")
        forbidden.setdefault(row["antigen"], []).append(each)
    return {
        name: data.Antigen(
            name,
            tuple(each for each in series if each.antigen == name),
            tuple(forbidden.get(name, ())),
        )
        for name in dict.fromkeys(each.antigen for each in series)
    }


def _conflicts(whole: Table, file: str) -> dict[tuple[str, str], data.Conflict]:
    found = {}
    for n, row in enumerate(whole.get("conflicts", ()), 1):
        rest = {key: row[key] for key in row if key not in ("previous", "current")}
        rule = build(data.Conflict, rest, file, f"conflicts[{n}]")
        found.update(dict.fromkeys(itertools.product(row["previous"], row["current"]), rule))
    return found


def build(kind: type[T], table: Table, file: str, path: str) -> T:
    """Return the *kind* that *table* describes; `since` and `until` are its window."""
    known = hints(kind)
    given = dict(table)
    values: dict[str, Any] = {}  # Any: of the type that the field's hint names.
    if "window" in known and given.keys() & {"since", "until"}:
        dates: Table = {key: given.pop(key) for key in ("since", "until") if key in given}
        values["window"] = build(data.Window, dates, file, path)
    for key, value in given.items():
        if key not in known:
            raise data.Unreadable(file, f"{path}/{key}", "unknown key")
        try:
            values[key] = convert(known[key], value, file, f"{path}/{key}")
        except (TypeError, ValueError) as err:
            raise data.Unreadable(file, f"{path}/{key}", f"not right: {value!r}") from err
    if missing := needed(kind) - values.keys():
        raise data.Unreadable(file, f"{path}/{min(missing)}", "missing")
    return kind(**values)


def hints(kind: Any) -> dict[str, Any]:  # Any: a class; type hints are of many kinds.
    """Return the fields of *kind* and their types."""
    return get_type_hints(kind)


def needed(kind: Any) -> frozenset[str]:  # Any: a class.
    """Return the fields of *kind* without a default."""
    assert is_dataclass(kind)
    return frozenset(
        each.name
        for each in fields(kind)
        if each.default is MISSING and each.default_factory is MISSING
    )


def convert(hint: Any, value: Any, file: str, path: str) -> Any:  # Any: by the hint.
    """Return *value* as the type that *hint* asks for; raise `TypeError` or `ValueError`."""
    if get_origin(hint) in (types.UnionType, Union):
        hint = next(each for each in get_args(hint) if each is not type(None))
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        return tuple(convert(item, each, file, f"{path}[{n}]") for n, each in enumerate(value, 1))
    if get_origin(hint) is frozenset:
        return frozenset(str(each) for each in value)
    if is_dataclass(hint):
        return build(hint, value, file, path)  # type: ignore[arg-type]  # It is a class: a hint.
    return _plain(hint, value)


def _plain(hint: Any, value: Any) -> Any:  # Any: by the hint.
    if hint is Duration:
        if (duration := durations.parse(value)) is None:
            raise ValueError(value)
        return duration
    if issubclass(hint, StrEnum):
        return hint(value)
    if type(value) is not hint:
        raise TypeError(value)
    return value
