"""The command line as an operator uses it on the first day."""

import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.calibration import points_of
from sensors.store.places import NoticeTarget, Sensor, StorageUnit
from sensors.store.readings import ReadingRow, SensorState
from tests.build import logbook, logger_files
from tests.build.logbook import JANUARY, OVER
from tests.build.stock import staff_of
from vaxsite.accounts.models import Staff
from vaxsite.booking.models import MissedLimit
from vaxsite.cli.main import main
from vaxsite.core import audit
from vaxsite.core.clinics import Clinic
from vaxsite.core.permissions import Role
from vaxsite.logbook.queries.signatures import signed_month
from vaxsite.logbook.services import sign
from vaxsite.messages.models import TextGateway
from vaxsite.stock.models import Lot, LotPlacement, Vial

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Run:
    """Return a function that runs a command with a data folder and a migrated database."""
    folder = tmp_path / "data"
    monkeypatch.setenv("VAXSITE_DATA_DIR", str(folder))
    monkeypatch.setenv("VAXSITE_DATABASE_URL", database_url)
    runner = CliRunner()
    runner.invoke(main, ["db", "init", str(folder)])
    return lambda *words, **more: runner.invoke(main, words, **more)


def test_first_day_from_nothing_to_a_probe_in_a_fridge(run: Run, session: Session) -> None:
    """Site, unit, probe and a nurse can be added one after the other; each act is audited."""
    steps = [
        run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊"),
        run("unit", "add", "riverside", "F1", "--name-en", "Fridge 1", "--name-zh", "冰箱1"),
        run("sensor", "add", "riverside", "F1", "probe-1", "--every", "60"),
        run(
            *("user", "add", "wang@riverside.example", "--name", "王芳"),
            *("--role", "nurse", "riverside", "--password-file", "-"),
            input="correct horse staple\n",
        ),
    ]

    assert [step.output for step in steps if step.exit_code] == []
    sensor = session.scalars(select(Sensor)).one()
    unit = session.scalars(select(StorageUnit)).one()
    assert (sensor.unit_id, sensor.expected_every_s, sensor.silent_after_s) == (unit.id, 60, 125)
    [nurse] = session.scalars(select(Staff)).all()
    assert [role.role for role in nurse.roles] == ["nurse"]
    actions = session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.id)).all()
    assert actions == ["site:add", "unit:add", "sensor:add", "staff:add"]


def test_first_delivery_from_nothing_to_a_lot_that_was_moved(
    run: Run, session: Session, tmp_path: Path
) -> None:
    """Clinic, notices, a vaccine and a lot can be added, and the lot moved to another fridge."""
    codes = tmp_path / "codes"
    codes.write_text("89900012601000000001\n89900012601000000002\n")
    place = ("--address-en", "1 Test Street", "--address-zh", "测试街1号")
    district = ("--district-en", "Liangxi", "--district-zh", "梁溪区")
    steps = [
        run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊"),
        run("unit", "add", "riverside", "F1", "--name-en", "Fridge 1", "--name-zh", "冰箱1"),
        run("unit", "add", "riverside", "F2", "--name-en", "Fridge 2", "--name-zh", "冰箱2"),
        run("clinic", "add", "riverside", *place, *district, "--phone", "0510-0000-0000"),
        run("notice", "add", "riverside", "email", "li@riverside.example"),
        run("notice", "add", "riverside", "webhook", "https://hook.example/a#secret"),
        run("product", "add", "FLU", "--name-en", "Flu", "--name-zh", "流感疫苗", "--maker", "M"),
        run(
            *("lot", "receive", "riverside", "F1", "FLU", "a7", "2027-06-30", "2"),
            *("--codes", str(codes)),
        ),
        run("lot", "move", "riverside", "F2", "a7"),
    ]

    assert [step.output for step in steps if step.exit_code] == []
    [lot] = session.scalars(select(Lot)).all()
    assert (lot.number, lot.expires_on) == ("A7", date(2027, 6, 30))
    assert len(session.scalars(select(Vial)).all()) == 2
    placements = session.scalars(select(LotPlacement).order_by(LotPlacement.id)).all()
    assert [placement.removed_at is None for placement in placements] == [False, True]
    targets = session.scalars(select(NoticeTarget).order_by(NoticeTarget.id)).all()
    assert [(target.channel, target.address) for target in targets] == [
        ("email", "li@riverside.example"),
        ("webhook", "https://hook.example/a#secret"),
    ]


def test_a_probe_that_never_speaks_has_a_deadline(run: Run, session: Session) -> None:
    """A probe is missed from the moment at which it was hung up."""
    run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊")
    run("unit", "add", "riverside", "F1", "--name-en", "Fridge 1", "--name-zh", "冰箱1")
    run("sensor", "add", "riverside", "F1", "probe-1", "--every", "60")

    [state] = session.scalars(select(SensorState)).all()
    assert state.measured_at is None
    assert state.silent_at is not None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("site", "add", "riverside", "--name-en", "R", "--name-zh", "滨"),
            "There is one with this name already.",
        ),
        (
            ("site", "add", "x", "--name-en", "X", "--name-zh", "滨", "--timezone", "Mars"),
            "This is not the name of a time zone, such as Asia/Shanghai.",
        ),
        (
            ("unit", "add", "nowhere", "F1", "--name-en", "F", "--name-zh", "冰"),
            "There is no site or unit of this name.",
        ),
        (
            ("sensor", "add", "riverside", "F9", "probe-1"),
            "There is no site or unit of this name.",
        ),
    ],
    ids=["site_exists", "time_zone", "no_site", "no_unit"],
)
def test_a_refusal_is_a_sentence(run: Run, words: tuple[str, ...], sentence: str) -> None:
    """What cannot be done is said in words, with exit code 1, and nothing changes."""
    run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊")

    result = run(*words)

    assert result.exit_code == 1
    assert sentence in result.output


def test_a_weak_password_is_refused(run: Run) -> None:
    """An account is not made with a password that is easy to guess."""
    run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊")
    words = ("user", "add", "li@riverside.example", "--name", "李", "--role", "nurse", "riverside")

    result = run(*words, "--password-file", "-", input="short\n")

    assert result.exit_code == 1
    assert "Error: " in result.output


def test_keys_are_private_and_never_replaced(run: Run, tmp_path: Path) -> None:
    """The key files are readable by their owner only, and a second init leaves them alone."""
    keys = tmp_path / "data" / "data.keys"
    before = keys.read_text()

    result = run("db", "init", str(tmp_path / "data"))

    assert result.output == ""
    assert keys.read_text() == before
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600


def test_verify_of_an_empty_system_finds_nothing(run: Run) -> None:
    """A new database is sound."""
    result = run("verify")

    assert (result.exit_code, result.output) == (0, "0 faults\n")


def test_verify_tells_a_broken_audit(run: Run, session: Session) -> None:
    """A seal that does not fit its entry is a fault, and the exit code says so."""
    run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊")
    entry = session.scalars(select(audit.AuditEntry)).one()
    session.add(audit.AuditSeal(place=1, entry_id=entry.id, digest=b"not its digest"))
    session.commit()

    result = run("verify")

    assert (result.exit_code, result.output) == (1, "audit_broken place:1\n1 faults\n")


def test_missing_settings_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without settings a command ends with every fault, and with no traceback."""
    for name in ("VAXSITE_DATA_DIR", "VAXSITE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)

    result = CliRunner().invoke(main, ["verify"])

    assert result.exit_code == 1
    assert "VAXSITE_DATABASE_URL is missing" in result.output
    assert "VAXSITE_SECRET_KEY_FILE is missing" in result.output


def test_probe_is_moved_and_replaced_with_a_reason(run: Run, session: Session) -> None:
    """Both are audited; the refusal of a move into the same unit is a sentence."""
    steps = [
        run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊"),
        run("unit", "add", "riverside", "F1", "--name-en", "Fridge 1", "--name-zh", "冰箱1"),
        run("unit", "add", "riverside", "F2", "--name-en", "Fridge 2", "--name-zh", "冰箱2"),
        run("sensor", "add", "riverside", "F1", "old"),
        run("sensor", "add", "riverside", "F2", "new"),
        run("sensor", "move", "new", "riverside", "--reason", "Spare"),
        run("sensor", "replace", "old", "new", "--reason", "Battery empty"),
    ]
    again = run("sensor", "move", "new", "riverside", "F1", "--reason", "Once more")

    assert [step.output for step in steps if step.exit_code] == []
    placed = session.execute(
        select(Sensor.device, StorageUnit.code)
        .outerjoin(StorageUnit, StorageUnit.id == Sensor.unit_id)
        .order_by(Sensor.device)
    ).all()
    assert [tuple(row) for row in placed] == [("new", "F1"), ("old", None)]
    actions = session.scalars(select(audit.AuditEntry.action)).all()
    assert actions.count("sensor:move") == 3
    assert (again.exit_code, again.output) == (1, "Error: The probe is in this unit already.\n")


def test_certificate_has_points_or_one_offset(run: Run, session: Session) -> None:
    """Both or neither is a mistake; the points are kept in centi-degrees."""
    for step in (
        ("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊"),
        ("unit", "add", "riverside", "B1", "--name-en", "Box", "--name-zh", "冷藏箱"),
        ("sensor", "add", "riverside", "B1", "p"),
    ):
        assert run(*step).exit_code == 0
    paper = ("sensor", "calibrate", "p", "C-1", "--laboratory", "Lab", "--on", "2025-01-01")
    paper = (*paper, "--expires", "2030-01-01")

    pointed = run(*paper, "--point", "8", "8.6", "--point", "2", "2.0")
    flat = run(*paper, "--offset", "-0.1")
    neither = run(*paper)
    both = run(*paper, "--offset", "0", "--point", "2", "2")

    assert [one.exit_code for one in (pointed, flat, neither, both)] == [0, 0, 2, 2]
    assert list(points_of(session).values()) == [((200, 200), (800, 860))]
    assert "Give either --offset or --point." in neither.output


def test_unit_takes_the_rules_of_its_profile(run: Run, session: Session) -> None:
    """Without --rules the first ones of the kind; those of another kind are refused."""
    run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊")
    names = ("--name-en", "Cold room", "--name-zh", "冷库", "--profile", "cold_room")

    added = run("unit", "add", "riverside", "R1", *names)
    refused = run("unit", "add", "riverside", "R2", *names, "--rules", "freezer")

    assert added.exit_code == 0
    assert session.scalars(select(StorageUnit.rule_set)).one() == "cn-gsp"
    assert (refused.exit_code, "not meant for this unit" in refused.output) == (1, True)


def test_a_logger_file_is_shown_and_then_imported(
    run: Run, session: Session, tmp_path: Path
) -> None:
    """`--dry-run` changes nothing; a doubt must be accepted by name; twice counts once."""
    file = tmp_path / "export.txt"
    file.write_bytes(logger_files.fridge_tag([450] * 20, signed=False))
    run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊")
    run("unit", "add", "riverside", "F1", "--name-en", "Fridge 1", "--name-zh", "冰箱1")
    run("sensor", "add", "riverside", "F1", logger_files.SERIAL)

    shown = run("logger", "import", str(file), "--dry-run")
    refused = run("logger", "import", str(file))
    imported = run("logger", "import", str(file), "--accept", "cut_off")
    again = run("logger", "import", str(file), "--accept", "cut_off")

    assert (shown.exit_code, "20 new readings" in shown.output) == (0, True)
    assert "nothing was changed" in shown.output
    assert (refused.exit_code, "cut_off" in refused.output) == (1, True)
    number = imported.output.split()[-1]
    assert imported.output.endswith(f"\nlogger file {number}\n")
    assert f"was imported before as logger file {number}\n" in again.output
    assert len(session.scalars(select(ReadingRow.centi)).all()) == 20


def test_verify_tells_a_signed_month_that_changed(run: Run, session: Session) -> None:
    """With the unit, the month and the fact that differs; the exit code says so."""
    logged = logbook.a_month(session)
    seen = signed_month(session, unit_id=logged.unit.id, month=JANUARY, now=OVER)
    sign(
        session,
        unit_id=logged.unit.id,
        month=JANUARY,
        seen=seen.digest,
        actor=staff_of(logged.site.id, Role.PHARMACIST),
        now=OVER,
    )
    logbook.a_note(session, logged.unit, day=22, note="Late")
    session.commit()

    result = run("verify")

    told = [line for line in result.output.splitlines() if line.startswith("month_changed")]
    assert result.exit_code == 1
    assert len(told) == 1
    assert f"month_changed unit:{logged.unit.id} 2026-01: signature 1: notes added" in told[0]


def test_a_clinic_sends_text_messages_and_stops(run: Run, session: Session) -> None:
    """The URL comes from a file and is never printed; one that could never send is refused."""
    run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊")
    url = "https://texts.example/send#secret"

    added = run("texts", "add", "riverside", "-", input=f"{url}\n")
    refused = run("texts", "add", "riverside", "-", input="https://texts.example/send")
    again = [run("texts", "remove", "riverside") for _ in range(2)]

    assert (added.exit_code, "secret" in added.output) == (0, False)
    assert refused.exit_code == 1
    assert [one.exit_code for one in again] == [0, 1]
    assert session.scalars(select(TextGateway.url)).all() == []


def test_a_district_is_renamed_at_the_shell(run: Run, session: Session) -> None:
    """Its clinic has the new name; nobody finds a district that is not there."""
    run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊")
    place = ("--address-en", "1 Test Street", "--address-zh", "测试街1号")
    district = ("--district-en", "Liangxi", "--district-zh", "梁溪区")
    run("clinic", "add", "riverside", *place, *district, "--phone", "0510-0000-0000")
    new = ("--to-en", "Lakeside", "--to-zh", "湖滨区")

    assert "clinics: 1" in run("clinic", "rename-district", "Liangxi", *new).output
    assert session.scalars(select(Clinic.district_zh)).all() == ["湖滨区"]
    assert run("clinic", "rename-district", "Liangxi", *new).exit_code == 1


def test_how_often_somebody_may_stay_away_is_a_clinics_own_limit(
    run: Run, session: Session
) -> None:
    """Set, changed, and taken away."""
    run("site", "add", "riverside", "--name-en", "Riverside", "--name-zh", "滨江门诊")
    found = []
    for most in ("3", "2", "0"):
        result = run("clinic", "missed-limit", "riverside", most)
        assert result.exit_code == 0, result.output
        session.rollback()
        found.append(session.scalars(select(MissedLimit.most)).all())

    assert found == [[3], [2], []]
