"""Importing releases into the database: whole or not at all, never changed."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.vaxsite.schedule import tiny
from vaxsite.core.actor import system
from vaxsite.core.errors import NotFound
from vaxsite.releases import queries, services
from vaxsite.releases.models import ScheduleFile, ScheduleRelease
from vaxsite.releases.rules import AlreadyImported, UnreadableRelease
from vaxsite.schedule import supporting_data

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WEEK_LATER = tiny.ANTIGEN.replace("6 weeks", "7 weeks")


def import_tiny(sessions: sessionmaker[Session], version: str, antigen: str = tiny.ANTIGEN) -> None:
    with sessions() as session, transaction(session):
        services.import_release(
            session, files=tiny.files(antigen), version=version, actor=system("test"), now=NOON
        )


def test_an_imported_release_is_given_back_as_it_was(sessions: sessionmaker[Session]) -> None:
    """The engine gets from the database what the folder held."""
    import_tiny(sessions, "4.64")

    with sessions() as session:
        release = queries.imported_release(session, "4.64")

    assert release == supporting_data.read(tiny.files(), "4.64")


def test_releases_stand_beside_each_other(sessions: sessionmaker[Session]) -> None:
    """A new release does not replace the one that old verdicts were given by."""
    import_tiny(sessions, "4.64")
    import_tiny(sessions, "4.65", WEEK_LATER)

    with sessions() as session:
        listed = queries.imported_releases(session)
        old = queries.imported_release(session, "4.64")

    assert [each.version for each in listed] == ["4.65", "4.64"]
    assert listed[0].imported_at == NOON
    assert str(old.antigens["Testosis"].series[0].doses[0].ages[0].minimum) == "6 weeks"


@pytest.mark.parametrize(("version", "antigen"), [("4.65", tiny.ANTIGEN), ("4.64", WEEK_LATER)])
def test_the_same_release_is_not_imported_twice(
    sessions: sessionmaker[Session], version: str, antigen: str
) -> None:
    """Neither the same texts under another name, nor other texts under the same name."""
    import_tiny(sessions, "4.64")

    with pytest.raises(AlreadyImported):
        import_tiny(sessions, version, antigen)

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(ScheduleRelease)) == 1


def test_a_broken_release_changes_nothing(sessions: sessionmaker[Session]) -> None:
    """The refusal names file and element, and no row was written."""
    with pytest.raises(UnreadableRelease) as caught:
        import_tiny(sessions, "4.64", tiny.ANTIGEN.replace("6 weeks<", "soon<"))

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(ScheduleFile)) == 0
    assert caught.value.detail["file"] == "antigen.xml"
    assert "minAge" in str(caught.value.detail["element"])


def test_an_unknown_version_is_not_found(session: Session) -> None:
    """Asking for a release that nobody imported is refused."""
    with pytest.raises(NotFound):
        queries.imported_release(session, "4.63")
