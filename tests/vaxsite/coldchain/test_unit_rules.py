"""The page of a unit's alarm rules: read with their sources, chosen with a reason."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.rulebook import RULES
from sensors.store.conditions import ConditionRow
from sensors.store.places import RuleChoice
from tests.build import clinic as build
from tests.build.clinic import Clinic
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role
from vaxsite.web.db import db


@pytest.fixture
def fridge(app: Flask, clock: FrozenClock) -> str:
    """Return the address of the rules of a fridge that is judged by the Chinese clinic's set."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic: Clinic = build.a_stocked_clinic(store)
        store.commit()
        return f"/coldchain/units/{clinic.fridge.id}/rules"


def choices(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session().scalars(select(RuleChoice))
        return [(row.rule_set, row.reason) for row in rows]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("To be checked by a qualified person", "Above +8.0 °C for 30 min", "CCRP")),
        ("zh", ("须由有资质的人员核对", "高于 +8.0 °C 持续 30 分钟", "CCRP")),
    ],
)
def test_rules_are_read_with_their_sources(
    client: PageClient, fridge: str, language: str, words: tuple[str, ...]
) -> None:
    """Each rule says what it watches, how time counts, what it does, and where it is from."""
    client.sign_in(Role.PHARMACIST)

    client.get(fridge, language=language)

    for one in words:
        assert one in client.page.text
    assert "cn-mains@1" in client.page.text


def test_another_set_is_chosen_with_a_reason(client: PageClient, app: Flask, fridge: str) -> None:
    """It holds from now on, stands in the history, and leaves an audit row."""
    client.sign_in(Role.PHARMACIST)
    client.get(fridge)

    client.submit(fridge, rule_set="who-pqs", reason="An appliance with its own logger")

    assert choices(app) == [("who-pqs", "An appliance with its own logger")]
    client.get(fridge)
    assert "Judged by: WHO appliance alarms" in client.page.text
    assert "An appliance with its own logger" in client.page.text
    with app.app_context():
        wanted = select(AuditEntry).where(AuditEntry.action == "unit:choose-rules")
        entry = db.session().scalars(wanted).one()
        assert entry.detail["from"] == "cn-clinic"
        assert entry.detail["to"] == "who-pqs"


@pytest.mark.parametrize(
    ("rule_set", "reason", "said"),
    [
        ("who-pqs", "", "Write down why you choose these rules."),
        ("", "because", "Choose a set of rules."),
        ("cn-clinic", "because", "The unit is judged by this set of rules already."),
        ("freezer", "because", "This set of rules is not meant for this unit."),
        ("made-up", "because", "This set of rules is not meant for this unit."),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    client: PageClient, app: Flask, fridge: str, rule_set: str, reason: str, said: str
) -> None:
    """A freezer's rules in a fridge would never be quiet."""
    client.sign_in(Role.PHARMACIST)
    client.get(fridge)

    client.submit(fridge, rule_set=rule_set, reason=reason)

    assert said in client.page.text
    assert choices(app) == []


def test_a_nurse_reads_the_rules_and_chooses_none(
    client: PageClient, app: Flask, fridge: str
) -> None:
    """The form is not hers, and neither is the act."""
    client.sign_in(Role.NURSE)
    client.get(fridge)
    assert "Use these rules from now on" not in client.page.text

    answer = client.post(fridge, data={"rule_set": "who-pqs", "reason": "because"})

    assert answer.status_code == 403
    assert choices(app) == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Warnings of the last 24 hours", "No power", "lasts", "Door open for 5 min")),
        ("zh", ("最近 24 小时的提示", "断电", "仍在持续", "箱门打开持续 5 分钟")),
    ],
)
def test_what_warns_of_a_unit_is_shown_on_its_page(
    client: PageClient, app: Flask, fridge: str, language: str, words: tuple[str, ...]
) -> None:
    """Power that is lost now, and the door of this morning; what never was is not shown."""
    with app.app_context(), Session(db.engine) as store:
        for rule, hours, ended_h, withdrawn in (
            ("cn-mains@1", 2, None, False),
            ("cn-door@1", 3, 1, False),
            ("cn-early-hot@1", 4, None, True),
        ):
            began_at = build.OPENED - timedelta(hours=hours)
            store.add(
                ConditionRow(
                    sensor_id=1,
                    unit_id=1,
                    signal=RULES[rule].signal,
                    rule=rule,
                    began_at=began_at,
                    confirmed_at=began_at,
                    ended_at=None if ended_h is None else build.OPENED - timedelta(hours=ended_h),
                    end_reason=None if ended_h is None else "recovered",
                    peak_centi=1,
                    recorded_at=began_at,
                    withdrawn_at=build.OPENED if withdrawn else None,
                )
            )
        store.commit()
    client.sign_in(Role.PHARMACIST)

    client.get(fridge.removesuffix("/rules"), language=language)

    for one in words:
        assert one in client.page.text
    assert RULES["cn-early-hot@1"].label[0] not in client.page.text
