"""A program that books through the API, as its tests and benches see it."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.build.booking import person_number

HOLDS, APPOINTMENTS = "/api/v1/holds", "/api/v1/appointments"
BORN = "1985-05-05"


def a_person(index: int = 1, **changed: Any) -> dict[str, Any]:
    """Return somebody as a request names them; each *index* is another person. Any: JSON."""
    return {
        "name": "陈安娜",
        "born_on": BORN,
        "occupation": "other",
        "long_term_illness": False,
        "id_kind": "passport",
        "id_number": f"E{index:08d}",
        **changed,
    }


def a_resident(index: int = 1) -> dict[str, Any]:
    """Return somebody with an identity card of made-up people. Any: JSON."""
    return a_person(index, id_kind="resident_id", id_number=person_number(index))


@dataclass
class Program:
    """Sends JSON without a cookie, from *network*, and knows its last key."""

    app: Flask
    network: str = "198.51.100.7"
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def send(
        self, method: str, address: str, json: Any = None, *, key: str | None = None, **headers: str
    ) -> TestResponse:  # Any: JSON.
        """Send a request; *headers* are named with underscores."""
        self.key = key or str(uuid.uuid4())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.app.test_client(use_cookies=False).open(
            address,
            method=method,
            json=json,
            check=False,
            headers={
                "Accept": "application/json",
                "Idempotency-Key": self.key,
                **self.headers,
                **named,
            },
            environ_base={"REMOTE_ADDR": self.network},
        )

    def hold(self, slot: int, **more: Any) -> TestResponse:  # Any: JSON.
        """Ask for seats."""
        return self.send("POST", HOLDS, {"slot": slot, **more})

    def book(
        self, held: dict[str, Any], *people: dict[str, Any], key: str | None = None, **more: Any
    ) -> TestResponse:  # Any: JSON.
        """Confirm a hold."""
        asked = {
            "hold": held["id"],
            "people": list(people) or [a_person()],
            "contact": {"phone": "13912345678"},
            **more,
        }
        return self.send("POST", APPOINTMENTS, asked, key=key, Hold_Secret=held["secret"])

    def booked(self, slot: int, *people: dict[str, Any]) -> dict[str, Any]:
        """Book and return the first appointment."""
        held = self.hold(slot, people=max(1, len(people)))
        assert held.status_code == 201, held.json
        done = self.book(held.json, *people)
        assert done.status_code == 201, done.json
        first: dict[str, Any] = done.json["appointments"][0]
        return first
