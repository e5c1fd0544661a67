"""How long one reading takes to decode, place and judge: `python -m tests.bench.advance`."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sensors.domain.excursions import State, advance, replay
from sensors.domain.readings import Decoded, Reading, place_in_time
from sensors.domain.rules import Comparison, Rule, RuleKind, RuleSet, Severity
from sensors.payloads.registry import decode
from sensors.rulebook import RULE_SETS

READINGS = 50_000
ROUNDS = 5
START = datetime(2026, 1, 12, tzinfo=UTC)
TOPIC = "vaxsite/fridge-3/reading"
PAYLOAD = (
    b'{"boot":"7f3a","seq":812,"at":"2026-01-12T03:04:05Z","c":4.61,"humidity":48.0,'
    b'"battery":87,"door":false,"power":true,"ambient":21.3}'
)


def four_rules() -> RuleSet:
    """Return the clinic's two rules, an instant and an accumulative one."""
    warm = Rule(
        id="warm",
        version=1,
        kind=RuleKind.INSTANT,
        comparison=Comparison.AT_OR_ABOVE,
        threshold_centi=800,
        severity=Severity.WARNING,
        label=("warm", "warm"),
        source="made up for the bench",
    )
    in_all = Rule(
        id="in-all",
        version=1,
        kind=RuleKind.ACCUMULATIVE,
        comparison=Comparison.ABOVE,
        threshold_centi=800,
        severity=Severity.WARNING,
        label=("in all", "in all"),
        source="made up for the bench",
        duration_s=3_600,
        window_s=86_400,
    )
    return RuleSet((*RULE_SETS["cn-clinic"], warm, in_all))


def minutely(celsius: Callable[[int], int]) -> list[Reading]:
    """Return a reading a minute, its centi-degrees by its number."""
    return [
        Reading(1, at, at, celsius(number))
        for number in range(READINGS)
        for at in [START + timedelta(minutes=number)]
    ]


def microseconds(work: Callable[[], object], count: int) -> float:
    """Return the least CPU time of some rounds of *work* on *count* readings, for each of them."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best / count * 1e6


def judge(readings: list[Reading], rules: RuleSet) -> None:
    """Advance through *readings* one by one."""
    state = State()
    for one in readings:
        state, _ = advance(state, one, rules)


def measure() -> Mapping[str, float]:
    """Return microseconds for each reading."""
    rules = four_rules()
    calm = minutely(lambda number: 400 + number % 100)
    hot = minutely(lambda _: 950)
    crossing = minutely(lambda number: 950 if number % 60 < 10 else 500)
    decoded: Decoded = decode("native_json", TOPIC, PAYLOAD)[0]
    listed = b"[" + b",".join([PAYLOAD] * 200) + b"]"
    state, _ = replay(hot[:100], rules)
    return {
        "calm reading, 4 rules": microseconds(lambda: judge(calm, rules), READINGS),
        "reading in a lasting excursion, 4 rules": microseconds(
            lambda: judge(hot, rules), READINGS
        ),
        "reading of a fridge that crosses each hour, 4 rules": microseconds(
            lambda: judge(crossing, rules), READINGS
        ),
        "native message with one reading": microseconds(
            lambda: [decode("native_json", TOPIC, PAYLOAD) for _ in range(10_000)], 10_000
        ),
        "json.loads of the same": microseconds(
            lambda: [json.loads(PAYLOAD) for _ in range(10_000)], 10_000
        ),
        "native reading in a list of 200": microseconds(
            lambda: [decode("native_json", TOPIC, listed) for _ in range(50)], 10_000
        ),
        "placing in time": microseconds(
            lambda: [place_in_time(decoded, 1, START, 0) for _ in range(10_000)], 10_000
        ),
        "dump of a state with an excursion": microseconds(
            lambda: [state.dump() for _ in range(10_000)], 10_000
        ),
    }


def main() -> None:
    """Print the figures, and write them to a file where one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    figures = measure()
    for name, figure in figures.items():
        sys.stdout.write(f"{figure:8.2f} us  {name}\n")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
