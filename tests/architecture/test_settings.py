"""Every setting says what it is for, and every fault of an environment is told at once."""

import dataclasses

import pytest

from sensors.settings import IN_DATA_DIR, SensorSettings, SettingsInvalid, read
from vaxsite.core.settings import WebSettings

FIELDS = [*dataclasses.fields(SensorSettings), *dataclasses.fields(WebSettings)]
SECRET = ("key", "password", "credentials", "secret", "smtp")


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_setting_is_documented(field: dataclasses.Field[object]) -> None:
    """A setting names its variable and says what it does and which values it takes."""
    assert field.metadata["variable"].startswith("VAXSITE_")
    assert len(field.metadata["about"]) > 20


def test_secrets_are_files() -> None:
    """A secret is never a value of the environment: others on the machine may read that."""
    secrets = [field for field in FIELDS if any(word in field.name for word in SECRET)]

    assert len(secrets) >= 3
    assert [f.name for f in secrets if not f.metadata["variable"].endswith("_FILE")] == []


def test_all_faults_come_in_one_message() -> None:
    """What is missing and what is wrong is told together, each with the way to mend it."""
    environ = {
        "VAXSITE_MQTT_URL": "localhost",
        "VAXSITE_PUBLIC_URL": "vaxsite.example",
        "VAXSITE_TRUSTED_PROXIES": "two",
        "VAXSITE_DEMO": "perhaps",
    }

    with pytest.raises(SettingsInvalid) as caught:
        read(WebSettings, environ)

    assert sorted(fault.split()[0] for fault in caught.value.faults) == [
        "VAXSITE_DATABASE_URL",
        "VAXSITE_DATA_KEYS_FILE",
        "VAXSITE_DEMO",
        "VAXSITE_MQTT_URL",
        "VAXSITE_PUBLIC_URL",
        "VAXSITE_SECRET_KEY_FILE",
        "VAXSITE_TRUSTED_PROXIES",
    ]


def test_a_data_folder_stands_for_what_lies_in_it() -> None:
    """With VAXSITE_DATA_DIR alone, the files are looked for in that folder."""
    with pytest.raises(SettingsInvalid) as caught:
        read(WebSettings, {"VAXSITE_DATA_DIR": "/nowhere"})

    named = {field.metadata["variable"] for field in FIELDS}
    assert set(IN_DATA_DIR) <= named
    assert sorted(fault.split()[0] for fault in caught.value.faults) == [
        "VAXSITE_DATA_KEYS_FILE",
        "VAXSITE_SECRET_KEY_FILE",
    ]
