"""When somebody is told about an alert, and why: every row of the table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sensors.domain.alerts import (
    ALERTS,
    BEFORE_THE_FIRST,
    Alert,
    AlertState,
    Notice,
    NoticeReason,
    next_notice,
    notice_after,
)
from sensors.domain.escalation import DEFAULT_CHAIN, EVERYBODY_AT_ONCE, Chain, Hours
from sensors.domain.states import AlreadyMoved

NOW = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OPEN, ACKNOWLEDGED, SNOOZED, SHELVED, RESOLVED = AlertState
CHAIN = DEFAULT_CHAIN


@pytest.mark.parametrize(
    ("alert", "reason"),
    [
        (Alert(OPEN, 0, None), NoticeReason.FIRST),
        (Alert(OPEN, 0, None, cleared_at=NOW), NoticeReason.FIRST),
        (Alert(OPEN, 1, NOW + SECOND), NoticeReason.NOT_DUE),
        (Alert(OPEN, 1, NOW, step=0), NoticeReason.REPEAT),
        (Alert(OPEN, 9, NOW - SECOND, step=0), NoticeReason.REPEAT),
        (Alert(OPEN, 1, None), NoticeReason.NOT_DUE),
        (Alert(OPEN, 1, NOW + SECOND, cleared_at=NOW), NoticeReason.RECOVERY),
        (Alert(OPEN, 1, NOW, cleared_at=NOW), NoticeReason.RECOVERY),
        (Alert(OPEN, 1, NOW, NOW, True, 0), NoticeReason.REPEAT),
        (Alert(OPEN, 1, NOW), NoticeReason.RETURNED),
        (Alert(OPEN, 0, NOW + SECOND), NoticeReason.NOT_DUE),
        (Alert(OPEN, 1, NOW, step=0, inhibited=True), NoticeReason.INHIBITED),
        (Alert(SNOOZED, 1, NOW), NoticeReason.SNOOZED),
        (Alert(SHELVED, 1, NOW), NoticeReason.SHELVED),
        (Alert(SHELVED, 1, NOW, cleared_at=NOW), NoticeReason.RECOVERY),
        (
            Alert(OPEN, 1, NOW + SECOND, cleared_at=NOW, recovery_told=True),
            NoticeReason.NOT_DUE,
        ),
        (Alert(ACKNOWLEDGED, 1, NOW), NoticeReason.ACKNOWLEDGED),
        (Alert(ACKNOWLEDGED, 0, None), NoticeReason.ACKNOWLEDGED),
        (Alert(ACKNOWLEDGED, 1, None, cleared_at=NOW), NoticeReason.RECOVERY),
        (
            Alert(ACKNOWLEDGED, 1, None, cleared_at=NOW, recovery_told=True),
            NoticeReason.ACKNOWLEDGED,
        ),
        (Alert(RESOLVED, 0, NOW), NoticeReason.RESOLVED),
        (Alert(RESOLVED, 1, NOW, cleared_at=NOW), NoticeReason.RESOLVED),
    ],
)
def test_a_notice_is_sent_for_a_reason_or_not_for_a_reason(
    alert: Alert, reason: NoticeReason
) -> None:
    """First at once, again each half hour until acknowledged, recovery once."""
    assert next_notice(alert, now=NOW).reason is reason


@pytest.mark.parametrize("reason", list(NoticeReason))
def test_a_reason_that_sends_has_somebody_to_call_and_the_others_explain_the_quiet(
    reason: NoticeReason,
) -> None:
    """Six reasons send, and no state or hindrance does."""
    quiet = {"not_due", "inhibited", "out_of_hours", "acknowledged", "snoozed", "shelved"}
    assert reason.sends is (reason not in {*quiet, "resolved"})


def calls(chain: Chain, hours: int) -> list[tuple[int, str, int]]:
    """Return (minute, reason, step) of every call about an alert that nobody answers."""
    alert, made = Alert(OPEN, 0, NOW), []
    for minute in range(hours * 60):
        now = NOW + timedelta(minutes=minute)
        notice = next_notice(alert, chain, now=now)
        if notice.reason.sends:
            made.append((minute, notice.reason.value, notice.step))
        due_at = notice_after(notice, chain, now=now) or alert.next_notice_at
        notices = alert.notices + notice.reason.sends
        alert = replace(alert, notices=notices, next_notice_at=due_at, step=notice.step)
    return made


def test_an_unanswered_night_goes_up_the_chain_and_then_calls_its_end_again_and_again() -> None:
    """On call at once, the second after 15 minutes, the manager after 30, then each half hour."""
    assert calls(CHAIN, 2) == [
        (0, "first", 0),
        (15, "escalation", 1),
        (30, "escalation", 2),
        (45, "unanswered", 2),
        (75, "unanswered", 2),
        (105, "unanswered", 2),
    ]


def test_a_site_without_a_chain_tells_everybody_every_half_hour() -> None:
    """Eight hours give sixteen calls of the one step."""
    made = calls(EVERYBODY_AT_ONCE, 8)
    assert [minute for minute, _, _ in made] == list(range(0, 480, 30))
    assert {(reason, step) for _, reason, step in made} == {("first", 0), ("repeat", 0)}


def test_an_answer_ends_the_calls_and_its_lapse_begins_the_chain_anew() -> None:
    """Whoever is on call then hears of it again, with the reason."""
    answered = Alert(ACKNOWLEDGED, 2, None, step=1)
    assert next_notice(answered, CHAIN, now=NOW + timedelta(days=1)).reason == "acknowledged"
    lapsed = Alert(OPEN, 2, NOW, step=BEFORE_THE_FIRST)
    assert next_notice(lapsed, CHAIN, now=NOW) == Notice(NoticeReason.RETURNED, 0)


@pytest.mark.parametrize(("hour", "reason"), [(8, "first"), (12, "first"), (17, "out_of_hours")])
def test_a_warning_can_wait_for_the_hours_of_its_chain(hour: int, reason: str) -> None:
    """Hours are local and end before their last minute; what waits is looked at each minute."""
    hours = Hours(8 * 60, 17 * 60, ZoneInfo("Asia/Shanghai"))
    chain = replace(CHAIN, hours=hours)
    now = datetime(2026, 1, 12, hour, 0, tzinfo=hours.zone)
    notice = next_notice(Alert(OPEN, 0, now), chain, now=now)
    assert notice.reason == reason
    if not notice.reason.sends:
        assert notice_after(notice, chain, now=now) == now + timedelta(minutes=1)


def test_hours_may_reach_over_midnight() -> None:
    """A night shift begins on one day and ends on the next."""
    night = Hours(20 * 60, 6 * 60, ZoneInfo("UTC"))
    inside = [hour for hour in range(24) if night.contain(NOW.replace(hour=hour))]
    assert inside == [0, 1, 2, 3, 4, 5, 20, 21, 22, 23]


def test_a_recovery_does_not_move_the_next_call() -> None:
    """It is an answer to what was told, no call."""
    assert notice_after(Notice(NoticeReason.RECOVERY, 0), now=NOW) is None


def test_only_the_machine_opens_again_and_a_resolved_alert_stays_closed() -> None:
    """What a person chose returns; every other state can be closed."""
    assert {move.audit for move in ALERTS.moves if move.target == OPEN} == {"alert:return"}
    assert ALERTS.final == {RESOLVED}
    with pytest.raises(AlreadyMoved):
        ALERTS.move(RESOLVED, OPEN)


def test_every_state_has_a_name_in_both_languages_and_an_owner_unless_final() -> None:
    """Somebody must act next, and everybody can read the state."""
    assert set(ALERTS.labels) == set(ALERTS.states)
    assert set(ALERTS.owners) == set(ALERTS.states) - ALERTS.final
