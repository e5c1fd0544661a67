"""Recompute a draw from its published result file: python3 draw_check.py result.json [entries.csv]

Written apart from vaxsite, with nothing but Python's own library, after docs/draw.md.
"""

import hashlib
import hmac
import json
import sys


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def give(units, pool, left, got):
    for number, _, size in units:
        if size <= left and number not in got:
            got[number] = pool
            left -= size
    return left


def allocate(units, told):
    got, carried, freed, quotas, spill = {}, 0, 0, told["quotas"], told["spill"]
    for quota in quotas:
        group = [unit for unit in units if unit[1] == quota["group"]]
        left = give(group, quota["group"], quota["places"] + carried, got)
        carried = left if spill == "next" else 0
        freed += left if spill == "open" else 0
    rest = told["places"] - sum(quota["places"] for quota in quotas)
    give(units, "open", rest + freed + carried, got)
    return got


def faults(file, saved=None):
    told = json.loads(file["announcement"])
    units = [row[:3] for row in file["result"]]
    lines = sorted(f"{number},{group},{size}\n" for number, group, size in units)
    listed = "number,group,size\n" + "".join(lines)
    digests = [sha(file["announcement"]), sha(listed)]
    seed = sha("\n".join(["vaxsite-draw-1", file["secret"], file["public_value"], *digests]))
    key = bytes.fromhex(seed)
    units.sort(key=lambda u: (hmac.new(key, u[0].encode(), "sha256").hexdigest(), u[0]))
    got = allocate(units, told)
    if hashlib.sha256(bytes.fromhex(file["secret"])).hexdigest() != told["commitment"]:
        yield "the secret is not the one that was committed to"
    if saved is not None and saved != listed:
        yield "the entries are not those of the list that was saved"
    if [[*unit, got.get(unit[0], "")] for unit in units] != file["result"]:
        yield "the result is not what the seed gives"


if __name__ == "__main__":
    texts = [open(name, encoding="utf-8").read() for name in sys.argv[1:3]]
    found = list(faults(json.loads(texts[0]), *texts[1:]))
    sys.exit("\n".join(found) if found else print("recomputed: all as published"))
