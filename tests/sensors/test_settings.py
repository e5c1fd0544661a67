"""Settings: every fault at once, each with the way to mend it."""

from pathlib import Path

import pytest

from sensors.settings import SensorSettings, SettingsInvalid, read


def test_every_fault_is_reported_in_one_message(tmp_path: Path) -> None:
    """Two missing variables and one empty secret make one message with three lines."""
    empty = tmp_path / "smtp"
    empty.write_text("\n")

    with pytest.raises(SettingsInvalid) as caught:
        read(SensorSettings, {"VAXSITE_SMTP_URL_FILE": str(empty)})

    assert len(caught.value.faults) == 3
    message = str(caught.value)
    assert "VAXSITE_DATABASE_URL is missing" in message
    assert "VAXSITE_DATA_KEYS_FILE is missing" in message
    assert "VAXSITE_SMTP_URL_FILE is not usable (the file is empty)" in message
    assert message.count("or VAXSITE_DATA_DIR, the folder") == 2


def test_a_complete_environment_gives_settings(tmp_path: Path) -> None:
    """Secrets are read from their files; what is not given keeps its default."""
    keys = tmp_path / "keys"
    keys.write_text("1:AAAA\n")

    settings = read(
        SensorSettings,
        {"VAXSITE_DATABASE_URL": "sqlite:///x.db", "VAXSITE_DATA_KEYS_FILE": str(keys)},
    )

    assert settings.data_keys == "1:AAAA"
    assert settings.mqtt_url == "mqtt://127.0.0.1:1883"
    assert settings.smtp_url is None
