"""Files of USB loggers that are refused, or wait until a person accepted their doubts."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.payloads.files.contents import Doubt, UnreadableFile
from sensors.services.importing_plan import Choice, ImportRefused, Refusal
from sensors.store.imports import LoggerFileRow
from sensors.store.readings import ReadingRow
from tests.build import logger_files
from tests.build.logger_imports import BEGAN, CALM, DAY, NOW, Sessions, a_logger, bring, count

CHANGED = logger_files.fridge_tag(DAY).replace(b"\t9.5\t", b"\t7.5\t")


@pytest.fixture
def probe(session: Session) -> int:
    """Store the fridge of a clinic with the logger in it, and one person to call."""
    return a_logger(session)


@pytest.mark.parametrize(
    ("payload", "choice", "now", "reason"),
    [
        (logger_files.fridge_tag([CALM], serial="990500000002"), None, NOW, Refusal.UNKNOWN_DEVICE),
        (logger_files.fridge_tag([CALM]), None, BEGAN - timedelta(minutes=5), Refusal.FUTURE),
        (logger_files.fridge_tag([CALM]), Choice(zone="Pacific/Honolulu"), BEGAN, Refusal.FUTURE),
        (logger_files.fridge_tag([CALM]), Choice(zone="../etc"), NOW, Refusal.UNKNOWN_ZONE),
        (logger_files.fridge_tag([CALM]), Choice(zone="Mars/Base"), NOW, Refusal.UNKNOWN_ZONE),
        (
            logger_files.fridge_tag([CALM], first=datetime.fromisoformat("2000-01-01 00:00")),
            None,
            NOW,
            Refusal.TOO_OLD,
        ),
    ],
)
def test_what_cannot_be_right_is_refused(
    sessions: Sessions,
    session: Session,
    probe: int,
    payload: bytes,
    choice: Choice | None,
    now: datetime,
    reason: Refusal,
) -> None:
    """Nobody's device, times that have not come yet, clocks that had lost their time."""
    with pytest.raises(ImportRefused) as refused:
        bring(sessions, payload, choice=choice, now=now)

    assert refused.value.reason is reason
    assert count(session, LoggerFileRow) == 0


@pytest.mark.parametrize(
    ("payload", "choice", "doubt"),
    [
        (logger_files.fridge_tag(DAY, signed=False), Choice(), Doubt.CUT_OFF),
        (CHANGED, Choice(), Doubt.SIGNATURE_WRONG),
        (logger_files.fridge_tag(DAY, zone="0.00"), Choice(), Doubt.ZONE_OTHER),
        (logger_files.fridge_tag(DAY), Choice(unit_id=99), Doubt.OTHER_UNIT),
        (
            logger_files.fridge_tag(DAY),
            Choice(since=datetime(2026, 1, 11, tzinfo=UTC).date()),
            Doubt.OTHER_PERIOD,
        ),
        (
            logger_files.fridge_tag(DAY),
            Choice(until=datetime(2026, 1, 9, tzinfo=UTC).date()),
            Doubt.OTHER_PERIOD,
        ),
    ],
)
def test_a_doubtful_file_waits_until_its_doubt_is_accepted(
    sessions: Sessions,
    session: Session,
    probe: int,
    payload: bytes,
    choice: Choice,
    doubt: Doubt,
) -> None:
    """Refused with the doubt's name; imported when a person accepted exactly that."""
    with pytest.raises(ImportRefused) as refused:
        bring(sessions, payload, choice=choice, accepted=[Doubt.DAY_ORDER])
    assert (refused.value.reason, refused.value.detail) == (Refusal.DOUBTFUL, {"doubts": doubt})
    assert count(session, ReadingRow) == 0
    session.rollback()

    bring(sessions, payload, choice=choice, accepted=[doubt])

    assert session.scalars(select(LoggerFileRow.doubts)).one() == {doubt: 1}
    assert count(session, ReadingRow) == 288


def test_a_zone_that_a_person_names_is_taken_and_is_no_doubt(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """The device believes UTC, its clock was set to Beijing time."""
    payload = logger_files.fridge_tag(DAY, zone="0.00")

    result = bring(sessions, payload, choice=Choice(zone="Asia/Shanghai"))

    assert result.plan.doubts == {}
    assert min(session.scalars(select(ReadingRow.measured_at))) == BEGAN


def test_a_file_that_is_none_leaves_nothing(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """A picture, say."""
    with pytest.raises(UnreadableFile):
        bring(sessions, b"\x89PNG\r\n\x1a\n\0\0")

    assert count(session, LoggerFileRow) == 0
