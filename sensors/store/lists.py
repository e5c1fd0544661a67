"""A list bound as one value, so that a statement is the same whatever its length."""

import json
from collections.abc import Collection
from typing import Any  # Any: compilers, elements and values of whatever type.

from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Listed(TypeDecorator[Collection[Any]]):
    """An array, or a text of JSON on SQLite, which has none."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: TypeEngine[Any]) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the database has for it."""
        return Text() if dialect.name == "sqlite" else dialect.type_descriptor(ARRAY(self.kind))

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        """Write it as the database takes it."""
        found = sorted(value or ())
        return json.dumps(found) if dialect.name == "sqlite" else found


class _OneOf(FunctionElement[bool]):
    """A column is one of the values of a list."""

    name = "one_of"
    type = Boolean()
    inherit_cache = True


def one_of(column: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    """Tell whether *column* is one of the list that is bound as *name*."""
    return _OneOf(column, bindparam(name, type_=_Listed(column.type)))


@compiles(_OneOf, "postgresql")
def _postgres(element: _OneOf, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"({column} = ANY ({values}))"


@compiles(_OneOf, "sqlite")
def _sqlite(element: _OneOf, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({values})))"  # noqa: S608 - compiled parts
