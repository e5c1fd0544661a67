"""Recompute a trickle from its published text: python3 trickle_check.py terms.txt [digest]

Written apart from vaxsite, with nothing but Python's own library, after docs/trickle.md.
"""

import hashlib
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def portions(text):
    told = [line.split() for line in text.splitlines()[1:]]
    said = {line[0]: line[1:] for line in told if line[0] != "slot"}
    begins, ends = map(instant, said["window"])
    first, last, zone = said["clock"]
    size = int(said["portion"][0])
    for _, start, seats in (line for line in told if line[0] == "slot"):
        limit = max(begins, min(ends, instant(start) - timedelta(hours=24)))
        minutes, at = [], begins.replace(second=0)
        while at < limit:
            if at >= begins and first <= at.astimezone(ZoneInfo(zone)).strftime("%H:%M") < last:
                minutes.append(at)
            at += timedelta(minutes=1)
        left, number = int(seats), 0
        while left > 0:
            number += 1
            drawn = int(sha(f"{said['secret'][0]} {start} {number}"), 16)
            due = minutes[drawn % len(minutes)] if minutes else limit
            yield start, number, min(size, left), due.strftime("%Y-%m-%dT%H:%M:%SZ")
            left -= size


if __name__ == "__main__":
    text = open(sys.argv[1], encoding="utf-8", newline="").read()
    if sys.argv[2:] and sha(text) != sys.argv[2]:
        sys.exit("the text is not the one that was committed to")
    for slot, number, seats, due in portions(text):
        print(f"{due}  {seats} seats of {slot} (portion {number})")
