"""The commands of the exchange, as an operator types them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from sensors.store.places import Site
from tests.build import places as build
from vaxsite.cli.main import main
from vaxsite.exchange import services

NOON = datetime(2026, 1, 12, 4, 0, tzinfo=UTC)
PERIOD = ("--since", "2026-01-12T12:00+08:00", "--until", "2026-01-12T13:00+08:00")


@pytest.fixture
def site(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str
) -> Site:
    """Return a site with a fridge that read twice, where commands find the database."""
    folder = tmp_path / "data"
    monkeypatch.setenv("VAXSITE_DATA_DIR", str(folder))
    monkeypatch.setenv("VAXSITE_DATABASE_URL", database_url)
    run("db", "init", str(folder))
    site = build.a_site(session)
    probe = build.a_probe(session, unit=build.a_fridge(session, site=site))
    build.readings(session, sensor=probe, first_at=NOON, centis=[500, 510])
    session.commit()
    return site


def run(*words: str) -> Result:
    """Run one command."""
    return CliRunner().invoke(main, words)


def test_a_source_is_added_with_a_token_and_revoked(site: Site, session: Session) -> None:
    """The token that was shown is the one that lets in, until the source is revoked."""
    added = run("source", "add", "org.example", "--site", site.code)
    token = added.output.strip().rpartition(" ")[2]

    session.rollback()
    assert services.find_source(session, token) is not None
    session.rollback()
    assert run("source", "revoke", "org.example").exit_code == 0
    assert services.find_source(session, token) is None
    assert run("source", "revoke", "org.example").exit_code == 1


def test_a_unit_is_exported_as_a_transmission(site: Site) -> None:
    """One JSON object, in Beijing's noon hour."""
    result = run("export", "cce", site.code, "F1", *PERIOD)

    records = json.loads(result.output)["data"][0]["records"]
    assert [(one["ABST"], one["TVC"]) for one in records] == [
        ("20260112T040000Z", 5.0),
        ("20260112T040500Z", 5.1),
    ]


@pytest.mark.parametrize(
    ("unit", "period"),
    [("F9", PERIOD), ("F1", ("--since", "2026-02-01T00:00Z", "--until", "2026-02-02T00:00Z"))],
    ids=["no such unit", "no readings"],
)
def test_nothing_to_export_is_said(site: Site, unit: str, period: tuple[str, ...]) -> None:
    """With exit code 1 and nothing that could be taken for a transmission."""
    result = run("export", "cce", site.code, unit, *period)

    assert (result.exit_code, result.stdout) == (1, "")
