"""`./run bench NAME`: measure on this machine, print the figures, optionally write them down."""

import argparse
import json
from pathlib import Path
from typing import Any

from tests.bench import (
    availability,
    booking,
    charts,
    draw,
    http_booking,
    ingest,
    latency,
    leftover,
    moves,
    payloads,
    quiet,
    schedule,
)


def main() -> None:
    """Run one bench."""
    given = _arguments()
    figures = _figures(given)
    for name, value in figures.items():
        print(f"{name:30} {value}")  # noqa: T201 - a command
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument(
        "name",
        choices=(
            "availability",
            "ingest",
            "latency",
            "booking",
            "schedule",
            "charts",
            "payloads",
            "quiet",
            "draw",
            "leftover",
            "moves",
        ),
    )
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    _sizes(parser)
    return parser.parse_args()


def _sizes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--readings",
        type=int,
        help="of ingest (120,000 if not given), charts (50,000,000) or payloads (1,000,000)",
    )
    parser.add_argument("--devices", type=int, default=500, help="of the bench ingest")
    parser.add_argument("--rate", type=int, default=500, help="readings/s of the bench latency")
    parser.add_argument("--seconds", type=int, default=30, help="of latency and availability")
    parser.add_argument(
        "--shape", choices=("hot", "spread", "pairs", "http"), default="hot", help="of booking"
    )
    parser.add_argument("--seats", type=int, default=500, help="of the bench booking")
    parser.add_argument("--contenders", type=int, help="of booking (2,000; of http 10,000)")
    parser.add_argument("--clients", type=int, default=16, help="of the bench booking")
    parser.add_argument("--processes", type=int, help="of the bench booking, else one a core")
    parser.add_argument("--people", type=int, default=20_000, help="of the bench schedule")
    parser.add_argument("--sites", type=int, default=5, help="of the bench quiet, two fridges each")
    parser.add_argument("--entries", type=int, default=250_000, help="of the bench draw")
    parser.add_argument("--places", type=int, default=8_000, help="of the bench draw")
    parser.add_argument("--short", action="store_true", help="bench moves: 30 %% of doses miss")
    parser.add_argument("--days", type=int, default=365, help="of the bench quiet")
    parser.add_argument("--seed", type=int, default=1, help="of quiet and leftover")
    parser.add_argument("--evenings", type=int, default=1_000, help="of the bench leftover")
    parser.add_argument("--rules", default="cn-clinic-contents", help="rule set of the bench quiet")


def _figures(given: argparse.Namespace) -> dict[str, Any]:  # Any: numbers and words.
    if given.name == "ingest":
        return ingest.run(given.database, readings=given.readings or 120_000, devices=given.devices)
    if given.name == "charts":
        return charts.run(readings=given.readings or 50_000_000)
    if given.name == "payloads":
        return payloads.run(payloads=given.readings or 1_000_000)
    if given.name == "draw":
        return draw.run(given.database, entries=given.entries, places=given.places)
    if given.name in {"quiet", "leftover", "schedule"}:
        return _simulated(given)
    if given.name == "booking":
        return _booking(given)
    return _more_figures(given)


def _booking(given: argparse.Namespace) -> dict[str, Any]:  # Any: numbers and words.
    if given.shape == "http":
        return http_booking.run(
            given.database, seats=given.seats, contenders=given.contenders or 10_000
        )
    return booking.run(
        given.database,
        shape=given.shape,
        seats=given.seats,
        contenders=given.contenders or 2_000,
        clients=given.clients,
        processes=given.processes,
    )


def _more_figures(given: argparse.Namespace) -> dict[str, Any]:  # Any: numbers and words.
    if given.name == "moves":
        return moves.run(given.database, seats=given.seats, short=given.short)
    if given.name == "availability":
        return availability.run(given.database, seconds=given.seconds)
    return latency.run(given.database, rate=given.rate, seconds=given.seconds)


def _simulated(given: argparse.Namespace) -> dict[str, Any]:  # Any: numbers and words.
    if given.name == "quiet":
        return quiet.run(sites=given.sites, days=given.days, seed=given.seed, rules=given.rules)
    if given.name == "leftover":
        return leftover.run(evenings=given.evenings, seed=given.seed)
    return schedule.run(people=given.people)


if __name__ == "__main__":
    main()
