"""The roll-ups of readings by hour and by day: kept with every insert, made again from readings.

All of their numbers can be merged (lowest, highest, sums, counts), so a late or repeated reading
needs no look at the others. The statements differ by database like those of `dialect`; they run
inside the caller's transaction and never commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from sensors.domain.readings import Reading

_COUNTED = ("sum_centi", "temperatures", "faults", "door_open", "power_off")
_SUMS = (
    "min(centi), max(centi), coalesce(sum(centi), 0), count(centi), count(*) - count(centi), "
    "count(*) FILTER (WHERE door_open), count(*) FILTER (WHERE NOT power_on)"
)
_ADDED = ", ".join(f"{name} = old.{name} + excluded.{name}" for name in _COUNTED)


@dataclass(frozen=True)
class RollUp:
    """A table of sums by `period`, hour or day of UTC.

    SQLite keeps an instant as SQLAlchemy writes it: its first characters name the period, and
    `rest` makes them the instant at which the period begins.
    """

    table: str
    period: str
    named_by: int
    rest: str

    @property
    def into(self) -> str:
        """Begin a statement that inserts."""
        return f"INSERT INTO {self.table} AS old ({self._names}) "

    @property
    def stored(self) -> str:
        """Select all that is stored; a condition can follow."""
        return f"SELECT {self._names} FROM {self.table} "  # noqa: S608 - constants of this module

    def summed(self, table: str, *, postgres: bool, where: str = "") -> str:
        """Select the sums of the readings in *table*."""
        named = f"substr(measured_at, 1, {self.named_by}) || '{self.rest}'"
        begins = f"date_trunc('{self.period}', measured_at, 'UTC')" if postgres else named
        return (
            f"SELECT sensor_id, {begins}, {_SUMS} FROM {table}{where} GROUP BY 1, 2 ORDER BY 1, 2"  # noqa: S608 - constants of this module
        )

    def merged(self, *, least: str, greatest: str) -> str:
        """End a statement that inserts: what is there already takes in what comes."""
        return (
            f"ON CONFLICT (sensor_id, {self.period}) DO UPDATE SET "
            f"low_centi = {least}(coalesce(old.low_centi, excluded.low_centi), "
            "coalesce(excluded.low_centi, old.low_centi)), "
            f"high_centi = {greatest}(coalesce(old.high_centi, excluded.high_centi), "
            f"coalesce(excluded.high_centi, old.high_centi)), {_ADDED}"
        )

    def kept(self, *, postgres: bool) -> str:
        """Say of a stored period, as a condition, that its readings did not go by retention."""
        own = f"substr({self.table}.{self.period}, 1, {DAYS.named_by})"
        same = f"substr(gone.day, 1, {DAYS.named_by}) = {own}"
        if postgres:
            same = f"gone.day = date_trunc('day', {self.table}.{self.period}, 'UTC')"
        return (
            " AND NOT EXISTS (SELECT 1 FROM reading_day AS gone "  # noqa: S608 - constants of this module
            f"WHERE gone.sensor_id = {self.table}.sensor_id AND {same} "
            "AND gone.deleted_at IS NOT NULL)"
        )

    @property
    def _names(self) -> str:
        return ", ".join(("sensor_id", self.period, "low_centi", "high_centi", *_COUNTED))


HOURS = RollUp("reading_hour", "hour", 13, ":00:00.000000")
DAYS = RollUp("reading_day", "day", 10, " 00:00:00.000000")
ROLL_UPS = (HOURS, DAYS)
# Table expressions that follow one named `new`, of readings just inserted. Sorted by the key: two
# writers never wait for each other in a circle.
MERGE_POSTGRES = ", ".join(
    f"{one.table}_new AS ({one.into}{one.summed('new', postgres=True)} "
    f"{one.merged(least='least', greatest='greatest')})"
    for one in ROLL_UPS
)


def merge_sqlite(connection: Connection, new: Sequence[tuple[str, Reading]]) -> None:
    """Add readings just inserted, each with its instant as stored, to their hours and days."""
    for one in ROLL_UPS:
        periods: dict[tuple[int, str], list[Reading]] = {}
        for at, reading in new:
            periods.setdefault((reading.sensor_id, at[: one.named_by]), []).append(reading)
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(
                f"{one.into}VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                f"{one.merged(least='min', greatest='max')}",
                [(key[0], key[1] + one.rest, *_sums(periods[key])) for key in sorted(periods)],
            )
        finally:
            cursor.close()


def _sums(readings: Sequence[Reading]) -> tuple[int | None, int | None, int, int, int, int, int]:
    centis = [reading.centi for reading in readings if reading.centi is not None]
    return (
        min(centis, default=None),
        max(centis, default=None),
        sum(centis),
        len(centis),
        len(readings) - len(centis),
        sum(reading.door_open is True for reading in readings),
        sum(reading.power_on is False for reading in readings),
    )


def rebuild(connection: Connection, sensor_id: int) -> None:
    """Make the hours and days of a probe again from its stored readings.

    Those whose readings went by the rule of retention stay as they are. The caller holds the lock
    of the probe's state, so that no reading comes in between.
    """
    postgres, mark = _of(connection)
    where, given = f" WHERE sensor_id = {mark}", (sensor_id,)
    for one in ROLL_UPS:
        kept = where + one.kept(postgres=postgres)
        connection.exec_driver_sql(f"DELETE FROM {one.table}{kept}", given)  # noqa: S608 - constants of this module
        summed = one.summed("reading", postgres=postgres, where=where)
        connection.exec_driver_sql(one.into + summed, given)


def differing(connection: Connection, sensor_id: int) -> list[str]:
    """Return the hours and days of a probe, as text, that its stored readings do not add up to.

    Of a day whose readings went by the rule of retention none may be there.
    """
    postgres, mark = _of(connection)
    where, given = f" WHERE sensor_id = {mark}", (sensor_id,)
    found: list[str] = []
    for one in ROLL_UPS:
        summed = one.summed("reading", postgres=postgres, where=where)
        kept = one.stored + where + one.kept(postgres=postgres)
        told = {row[1]: tuple(row) for row in connection.exec_driver_sql(kept, given)}
        made = {row[1]: tuple(row) for row in connection.exec_driver_sql(summed, given)}
        wrong = [at for at in told.keys() | made.keys() if told.get(at) != made.get(at)]
        found += [f"{one.period} {at}" for at in sorted(wrong)]
    return found


def _of(connection: Connection) -> tuple[bool, str]:
    """Tell whether it is PostgreSQL, and how its driver marks a parameter."""
    postgres = connection.dialect.name == "postgresql"
    return postgres, "%s" if postgres else "?"
