"""How long one person takes in all vaccine groups, and the due lists of many on all cores."""

import json
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from tests.groups import BESIDE
from vaxsite.releases import cases, due, queries
from vaxsite.schedule import durations, engine, supporting_data
from vaxsite.schedule.data import Release

ON = date(2026, 11, 23)
SAMPLE = 300
# Code and age in days of a whole childhood, as each country gives it; ages wander by weeks.
CHINA = (
    *(("08", 0), ("19", 0), ("08", 31), ("10", 62), ("20", 62), ("10", 92), ("178", 123)),
    *(("20", 123), ("08", 184), ("20", 184), ("191", 184), ("03", 245), ("JE-L", 245)),
    *(("191", 276), ("03", 550), ("20", 550), ("HepA-L", 580), ("JE-L", 735), ("192", 1100)),
    *(("178", 1465), ("20", 2195), ("192", 2200), ("510", 6600), ("511", 6630)),
)
USA = (
    *(("08", 0), ("110", 61), ("116", 61), ("48", 61), ("133", 61), ("110", 122), ("116", 122)),
    *(("48", 122), ("133", 122), ("110", 183), ("116", 183), ("48", 183), ("133", 183)),
    *(("140", 200), ("140", 230), ("03", 370), ("21", 370), ("83", 370), ("133", 375)),
    *(("48", 375), ("20", 470), ("83", 560), ("130", 1470), ("94", 1470), ("115", 4020)),
    *(("165", 4020), ("136", 4020), ("165", 4250), ("136", 5850), ("162", 5860), ("308", 6000)),
)
Line = Mapping[str, object]


def person(number: int, plan: Sequence[tuple[str, int]], chance: random.Random) -> Line:
    """Return somebody from newborn to 40 years who had the doses of *plan* up to now."""
    born_on = ON - timedelta(days=chance.randrange(14_600))
    days = [(code, born_on + timedelta(days=age + chance.randrange(21))) for code, age in plan]
    given = [{"cvx": code, "date": day.isoformat()} for code, day in days if day <= ON]
    sex = chance.choice("FM")
    return {"id": str(number), "dob": born_on.isoformat(), "sex": sex, "doses": given}


def grown(plan: Sequence[tuple[str, int]]) -> list[cases.Case]:
    """Return people of 20 years with every dose of *plan*: the longest histories."""
    chance = random.Random(7)
    people = [person(n, plan, chance) for n in range(SAMPLE * 4)]
    whole = [each for each in people if len(each["doses"]) == len(plan)][:SAMPLE]  # type: ignore[arg-type]  # A list, as written above.
    day = ON.isoformat()
    return [cases.read_case({**each, "group": "", "assessment_date": day}) for each in whole]


def milliseconds(release: Release, plan: Sequence[tuple[str, int]]) -> float:
    """Return the CPU time of one person in all groups, on one core."""
    people = grown(plan)
    best = float("inf")
    for _ in range(3):
        durations.after.cache_clear()  # Nobody has been assessed before.
        began = time.process_time()
        for each in people:
            engine.assess(each.doses, each.person, on=each.on, release=release)
        best = min(best, time.process_time() - began)
    return round(best / len(people) * 1000, 2)


def lists(release: Release, count: int) -> float:
    """Return how many people a second get their due list, on all cores."""
    chance = random.Random(11)
    with tempfile.TemporaryDirectory() as folder:
        people, out = Path(folder) / "people.jsonl", Path(folder) / "due.jsonl"
        with people.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(person(n, CHINA, chance)) + "\n" for n in range(count))
        began = time.perf_counter()
        for cursor in due.make(people, out, release=release, on=ON):
            done = cursor.people
        took = time.perf_counter() - began
    assert done == count
    return count / took


def run(people: int) -> Mapping[str, float]:
    """Measure and return the figures."""
    local = queries.local_release()
    rate = lists(local, people)
    figures = {
        "local_ms_a_person": milliseconds(local, CHINA),
        "local_doses_a_person": len(CHINA),
        "due_lists_people": people,
        "due_lists_people_a_second": round(rate),
        "due_lists_minutes_a_million": round(1e6 / rate / 60, 1),
    }
    folder = BESIDE / "cdsi" / "supporting-data"
    if folder.is_dir():
        us = supporting_data.read({file.name: file.read_bytes() for file in folder.glob("*.xml")})
        figures["us_ms_a_person"] = milliseconds(us, USA)
        figures["us_doses_a_person"] = len(USA)
    return figures
