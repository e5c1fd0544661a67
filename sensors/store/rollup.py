"""The hourly roll-up of readings: kept with every insert, made again from the readings.

All of its numbers can be merged (lowest, highest, sums, counts), so a late or repeated reading
needs no look at the others. The statements differ by database like those of `dialect`; they run
inside the caller's transaction and never commit.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from sensors.domain.readings import Reading

_COLUMNS = (
    "sensor_id",
    "hour",
    "low_centi",
    "high_centi",
    "sum_centi",
    "temperatures",
    "faults",
    "door_open",
    "power_off",
)
_NAMES = ", ".join(_COLUMNS)
_COUNTED = ("sum_centi", "temperatures", "faults", "door_open", "power_off")
_ADDED = ", ".join(f"{name} = old.{name} + excluded.{name}" for name in _COUNTED)
_INTO = f"INSERT INTO reading_hour AS old ({_NAMES}) "
_SUMS = (
    "min(centi), max(centi), coalesce(sum(centi), 0), count(centi), count(*) - count(centi), "
    "count(*) FILTER (WHERE door_open), count(*) FILTER (WHERE NOT power_on)"
)
_HOUR_POSTGRES = "date_trunc('hour', measured_at, 'UTC')"
# As SQLAlchemy writes an instant: its first 13 characters are the hour.
_HOUR_SQLITE = "substr(measured_at, 1, 13) || ':00:00.000000'"
# From a table expression `new` of readings just inserted. In the order of the key: two writers
# never wait for each other in a circle.
MERGE_POSTGRES = (
    f"{_INTO}SELECT sensor_id, {_HOUR_POSTGRES}, {_SUMS} FROM new GROUP BY 1, 2 ORDER BY 1, 2 "  # noqa: S608 - constants of this module
    "ON CONFLICT (sensor_id, hour) DO UPDATE SET "
    "low_centi = least(old.low_centi, excluded.low_centi), "
    f"high_centi = greatest(old.high_centi, excluded.high_centi), {_ADDED}"
)
_MERGE_SQLITE = (
    f"{_INTO}VALUES ({', '.join('?' for _ in _COLUMNS)}) "
    "ON CONFLICT (sensor_id, hour) DO UPDATE SET "
    "low_centi = min(coalesce(old.low_centi, excluded.low_centi), "
    "coalesce(excluded.low_centi, old.low_centi)), "
    "high_centi = max(coalesce(old.high_centi, excluded.high_centi), "
    f"coalesce(excluded.high_centi, old.high_centi)), {_ADDED}"
)


def merge_sqlite(connection: Connection, new: Sequence[tuple[str, Reading]]) -> None:
    """Add readings just inserted, each with its instant as stored, to their hours."""
    hours: dict[tuple[int, str], list[Reading]] = {}
    for at, reading in new:
        hours.setdefault((reading.sensor_id, at[:13]), []).append(reading)
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(
            _MERGE_SQLITE,
            [(key[0], f"{key[1]}:00:00.000000", *_sums(hours[key])) for key in sorted(hours)],
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
    """Make the hours of a probe again from its stored readings.

    The caller holds the lock of the probe's state, so that no reading comes in between.
    """
    mark, hour = _of(connection)
    given = (sensor_id,)
    connection.exec_driver_sql(f"DELETE FROM reading_hour WHERE sensor_id = {mark}", given)  # noqa: S608 - constants of this module
    connection.exec_driver_sql(_INTO + _from_readings(mark, hour), given)


def differing(connection: Connection, sensor_id: int) -> list[str]:
    """Return the hours of a probe, as text, that are not what its stored readings add up to."""
    mark, hour = _of(connection)
    stored = f"SELECT {_NAMES} FROM reading_hour WHERE sensor_id = {mark}"  # noqa: S608 - constants of this module
    told = {row[1]: tuple(row) for row in connection.exec_driver_sql(stored, (sensor_id,))}
    made = {
        row[1]: tuple(row)
        for row in connection.exec_driver_sql(_from_readings(mark, hour), (sensor_id,))
    }
    return [str(at) for at in sorted(told.keys() | made.keys()) if told.get(at) != made.get(at)]


def _of(connection: Connection) -> tuple[str, str]:
    """Return the driver's mark of a parameter, and the hour of a reading as an expression."""
    if connection.dialect.name == "postgresql":
        return "%s", _HOUR_POSTGRES
    return "?", _HOUR_SQLITE


def _from_readings(mark: str, hour: str) -> str:
    return f"SELECT sensor_id, {hour}, {_SUMS} FROM reading WHERE sensor_id = {mark} GROUP BY 1, 2"  # noqa: S608 - constants of this module
