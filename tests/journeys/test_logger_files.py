"""A pharmacist brings the file of a USB logger, sees what it shows, and imports it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from sensors.domain.units import Profile
from sensors.store.imports import LoggerFileRow
from sensors.store.transaction import transaction
from tests.build import logger_files
from tests.journeys.browsing import Visitor
from tests.journeys.conftest import Open
from tests.journeys.fridges import OPERATOR, SITE
from tests.journeys.stack import Stack
from vaxsite.core import places

pytestmark = [pytest.mark.browser, pytest.mark.mosquitto]


def a_logger(stack: Stack, serial: str) -> None:
    """Hang a logger into the first fridge of a site of the demonstration."""
    now = datetime.now(UTC)
    with stack.reading() as session, transaction(session):
        places.add_unit(
            session,
            site=SITE,
            code=serial[-4:],
            name_en=f"Fridge of logger {serial[-4:]}",
            name_zh=f"记录仪{serial[-4:]}的冰箱",
            profile=Profile.FRIDGE,
            rule_set="cn-clinic",
            actor=OPERATOR,
            now=now,
        )
        places.add_sensor(
            session,
            device=serial,
            channel="",
            site=SITE,
            unit=serial[-4:],
            expected_every_s=86_400,
            actor=OPERATOR,
            now=now,
        )


def a_file(serial: str) -> bytes:
    """Return two days that ended yesterday, with a warm hour; the end of the file is missing."""
    first = datetime.fromisoformat((datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%d"))
    days = "\n".join(
        (
            logger_files.day(1, (first + timedelta(days=1)).date(), low="+4.4", high="+4.6"),
            logger_files.day(2, first.date(), low="+2.9", high="+9.7", hot=62),
        )
    )
    centis = [*[450] * 100, *[950] * 12, *[450] * 464]
    return logger_files.fridge_tag(
        centis, first=first, serial=serial, zone="8.00", days=days, signed=False
    )


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_pharmacist_imports_the_file_of_a_logger(
    opened: Open, stack: Stack, language: str, width: int
) -> None:
    """Choose, preview, tick the doubt, import, read what came, and find it in the list."""
    serial = f"99050000{width}{'1' if language == 'en' else '2'}"
    a_logger(stack, serial)
    visitor = opened(
        f"logger-{language}-{width}", role="pharmacist", language=language, width=width
    )

    visitor.go("/coldchain/imports")
    send_file(visitor, b"name,age\n", "people.csv")
    assert visitor.say("The file holds neither readings nor days.") not in visitor.text()
    send_file(visitor, a_file(serial), "export.txt")
    visitor.press("Import the file")
    visitor.choose("The end of the file is missing.")
    visitor.press("Import the file")

    assert serial in visitor.text()
    assert visitor.say("Agrees") in visitor.text()
    visitor.go("/coldchain/imports")
    with stack.reading() as session:
        [file] = session.scalars(select(LoggerFileRow).where(LoggerFileRow.serial == serial))
    assert (file.new_readings, file.excursions) == (576, 1)


def send_file(visitor: Visitor, payload: bytes, name: str) -> None:
    """Put a file on the box and ask for the preview."""
    box = visitor.page.locator("#file")
    box.set_input_files({"name": name, "mimeType": "text/plain", "buffer": payload})
    visitor.press("Preview")
