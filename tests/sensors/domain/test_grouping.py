"""What is told together, and what is never hidden behind something else."""

from datetime import UTC, datetime, timedelta

import pytest

from sensors.domain.grouping import Group, Place, Topic, place

NOW = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)


def a_group(
    topic: Topic = Topic.MONITORING,
    *,
    ago_s: int,
    notices: int = 1,
    next_in_s: int | None = 600,
    kind: str = "silence",
) -> Group:
    due = None if next_in_s is None else NOW + timedelta(seconds=next_in_s)
    return Group(7, topic, NOW - timedelta(seconds=ago_s), notices, 0, due, kind=kind)


def test_first_excursion_of_a_site_is_told_at_once_and_the_first_silence_after_the_wait() -> None:
    """A breach cannot wait; a silence waits for the others of its outage."""
    told = [place(kind, [], site_down=False, now=NOW) for kind in ("excursion", "silence", "test")]
    wait = NOW + timedelta(seconds=30)
    assert told == [Place(None, NOW), Place(None, wait), Place(None, NOW)]


@pytest.mark.parametrize("topic", [Topic.MONITORING, Topic.TEMPERATURE])
def test_alert_joins_a_group_that_has_not_been_told(topic: Topic) -> None:
    """Its people have not been called yet, so one call tells both."""
    kind = "silence" if topic is Topic.MONITORING else "excursion"
    waiting = a_group(topic, ago_s=20, notices=0, next_in_s=10)
    told = place(kind, [waiting], site_down=False, now=NOW)
    assert (told.group_id, told.next_notice_at) == (7, NOW + timedelta(seconds=10))


@pytest.mark.parametrize(
    ("ago_s", "site_down", "group"),
    [(299, False, 7), (300, False, None), (7200, False, None), (7200, True, 7)],
)
def test_silence_joins_the_outage_that_was_told(
    ago_s: int, group: int | None, *, site_down: bool
) -> None:
    """For five minutes, and for as long as the whole site is down."""
    told = place("silence", [a_group(ago_s=ago_s)], site_down=site_down, now=NOW)
    assert told.group_id == group


def test_silence_does_not_hide_behind_an_answer_about_another_probe() -> None:
    """Somebody who has one probe in hand knows nothing of the second."""
    answered = a_group(ago_s=100, next_in_s=None)
    assert place("fault", [answered], site_down=False, now=NOW).group_id is None


def test_no_outage_hides_an_excursion() -> None:
    """A real breach in a dark site is a group of its own, told at once."""
    told = place("excursion", [a_group(ago_s=10)], site_down=True, now=NOW)
    assert told == Place(None, NOW)


def test_excursions_that_follow_within_the_wait_are_told_together_at_its_end() -> None:
    """The backlog of a site: one call at once, one for all the rest."""
    first = a_group(Topic.TEMPERATURE, ago_s=10)
    second = place("excursion", [first], site_down=False, now=NOW)
    assert second == Place(None, NOW + timedelta(seconds=20))
    later = a_group(Topic.TEMPERATURE, ago_s=31)
    assert place("excursion", [later], site_down=False, now=NOW) == Place(None, NOW)


@pytest.mark.parametrize("kind", ["power", "silence"])
def test_second_unit_of_an_outage_that_somebody_answered_waits_whether_the_site_is_down(
    kind: str,
) -> None:
    """One power cut shows at one fridge after the other: a quick answer is not called over."""
    answered = a_group(ago_s=100, next_in_s=None, kind=kind)
    told = place(kind, [answered], site_down=False, now=NOW)
    assert told == Place(7, NOW + timedelta(seconds=200), 0, 1)
    late = a_group(ago_s=300, next_in_s=None, kind=kind)
    assert place(kind, [late], site_down=False, now=NOW).group_id is None
