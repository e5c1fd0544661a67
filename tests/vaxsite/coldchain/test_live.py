"""The stream that says that something changed, and the limit of its viewers."""

from collections.abc import Iterator

from vaxsite.coldchain import live


def stream(marks: list[str], *, lasts_s: float = 60.0) -> tuple[list[str], list[float]]:
    """Return all that a stream says while its mark goes through *marks*, and its pauses."""
    pauses: list[float] = []
    left: Iterator[str] = iter(marks)
    last = [marks[-1]]
    said = live.events(lambda: next(left, last[0]), pause=pauses.append, lasts_s=lasts_s)
    return list(said), pauses


def test_stream_begins_with_the_state_as_it_is() -> None:
    """Whoever connects, or connects again, fetches once."""
    said, _ = stream(["a"], lasts_s=2)

    assert said == ["retry: 5000\n\n", "event: changed\ndata: 1\n\n"]


def test_stream_tells_each_change_once_and_never_what_changed() -> None:
    """Three looks, two marks: two events that carry a count and no mark."""
    said, _ = stream(["a", "a", "b"], lasts_s=6)

    assert said[1:] == ["event: changed\ndata: 1\n\n", "event: changed\ndata: 2\n\n"]


def test_quiet_stream_says_every_ten_seconds_that_it_is_alive() -> None:
    """A comment for proxies and an event for the watchdog of the page."""
    said, pauses = stream(["a"], lasts_s=40)

    assert said[2:] == [": ping\n\nevent: alive\ndata: 0\n\n"] * 3
    assert set(pauses) == {2.0}


def test_viewer_above_the_limit_is_sent_away_until_another_leaves() -> None:
    """Streams hold threads: the last thread is kept for nurses."""
    viewers = live.Viewers(limit=2)

    assert [viewers.enter(), viewers.enter(), viewers.enter()] == [True, True, False]
    viewers.leave()
    assert viewers.enter()
