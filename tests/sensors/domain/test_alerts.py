"""When somebody is told about an alert, and why: every row of the table."""

from datetime import UTC, datetime, timedelta

import pytest

from sensors.domain.alerts import (
    ALERTS,
    Alert,
    AlertState,
    NoticeReason,
    next_notice,
    notice_after,
)
from sensors.domain.states import AlreadyMoved

NOW = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OPEN, ACKNOWLEDGED, RESOLVED = AlertState


@pytest.mark.parametrize(
    ("alert", "reason"),
    [
        (Alert(OPEN, 0, None), NoticeReason.FIRST),
        (Alert(OPEN, 0, None, cleared_at=NOW), NoticeReason.FIRST),
        (Alert(OPEN, 1, NOW + SECOND), NoticeReason.NOT_DUE),
        (Alert(OPEN, 1, NOW), NoticeReason.REPEAT),
        (Alert(OPEN, 9, NOW - SECOND), NoticeReason.REPEAT),
        (Alert(OPEN, 1, None), NoticeReason.NOT_DUE),
        (Alert(OPEN, 1, NOW + SECOND, cleared_at=NOW), NoticeReason.RECOVERY),
        (Alert(OPEN, 1, NOW, cleared_at=NOW), NoticeReason.RECOVERY),
        (Alert(OPEN, 1, NOW, cleared_at=NOW, recovery_told=True), NoticeReason.REPEAT),
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
    assert next_notice(alert, NOW) is reason


def test_only_three_reasons_send() -> None:
    """The others explain why nobody is told."""
    assert [reason for reason in NoticeReason if reason.sends] == [
        NoticeReason.FIRST,
        NoticeReason.REPEAT,
        NoticeReason.RECOVERY,
    ]


@pytest.mark.parametrize("reason", [NoticeReason.FIRST, NoticeReason.REPEAT])
def test_the_next_call_comes_half_an_hour_after_the_last(reason: NoticeReason) -> None:
    """Counted from the call that was made, so that a late call is not followed at once."""
    assert notice_after(reason, NOW) == NOW + timedelta(minutes=30)


def test_a_recovery_does_not_move_the_next_call() -> None:
    """It is an answer to what was told, no call."""
    assert notice_after(NoticeReason.RECOVERY, NOW) is None


def test_an_unanswered_night_is_told_every_half_hour_until_somebody_answers() -> None:
    """Eight hours give sixteen calls, the acknowledgement ends them."""
    alert, calls = Alert(OPEN, 0, None), []
    for minute in range(8 * 60):
        now = NOW + timedelta(minutes=minute)
        reason = next_notice(alert, now)
        if reason.sends:
            calls.append(minute)
            alert = Alert(OPEN, alert.notices + 1, notice_after(reason, now))

    assert calls == list(range(0, 480, 30))
    answered = Alert(ACKNOWLEDGED, alert.notices, alert.next_notice_at)
    assert next_notice(answered, NOW + timedelta(days=1)) is NoticeReason.ACKNOWLEDGED


def test_an_alert_can_be_answered_but_never_reopened() -> None:
    """Open, acknowledged, resolved, in this direction only."""
    assert [(move.source, move.target) for move in ALERTS.moves] == [
        (OPEN, ACKNOWLEDGED),
        (OPEN, RESOLVED),
        (ACKNOWLEDGED, RESOLVED),
    ]
    assert ALERTS.final == {RESOLVED}
    with pytest.raises(AlreadyMoved):
        ALERTS.move(ACKNOWLEDGED, OPEN)


def test_every_state_has_a_name_in_both_languages_and_an_owner_unless_final() -> None:
    """Somebody must act next, and everybody can read the state."""
    assert set(ALERTS.labels) == set(ALERTS.states)
    assert set(ALERTS.owners) == set(ALERTS.states) - ALERTS.final
