"""The shipped accounts and access rules, in a real broker: a device reaches its own topics only."""

import ipaddress
import os
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from sensors import settings
from sensors.mqtt import queue_check
from tests import servers

pytestmark = pytest.mark.mosquitto

DEPLOY = Path(__file__).resolve().parents[3] / "deploy" / "mosquitto"
ACCOUNTS = {"vaxsite-subscriber": "s-pw", "probe-1": "p1-pw", "probe-2": "p2-pw"}


class Accounts:
    """A mosquitto with `vaxsite.conf`, `devices.conf` and `vaxsite.acl`; only places differ."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.local, self.tls = folder, servers.free_port(), servers.free_port()
        self.passwords = folder / "vaxsite.passwords"
        self.passwords.touch()
        for account, password in ACCOUNTS.items():
            self._passwords("-b", str(self.passwords), account, password)
        shutil.copy(DEPLOY / "vaxsite.acl", folder)
        make_certificate(folder)
        conf = (DEPLOY / "vaxsite.conf").read_text() + (DEPLOY / "devices.conf").read_text()
        for shipped, here in (
            ("/var/lib/mosquitto/", f"{folder}/"),
            ("/etc/mosquitto/certs/", f"{folder}/"),
            ("/etc/mosquitto/", f"{folder}/"),
            ("listener 1883", f"listener {self.local}"),
            ("listener 8883", f"listener {self.tls} 127.0.0.1"),
        ):
            assert shipped in conf
            conf = conf.replace(shipped, here)
        user = "user root\n" if os.geteuid() == 0 else ""
        (folder / "conf").write_text(user + conf)
        program = servers.find_mosquitto()
        assert program is not None
        self.process = subprocess.Popen([program, "-c", str(folder / "conf")])
        servers.wait_until(self._answers, "mosquitto")

    def _passwords(self, *words: str) -> None:
        subprocess.run(["mosquitto_passwd", *words], check=True, capture_output=True)

    def _answers(self) -> bool:
        try:
            self.client("vaxsite-subscriber").disconnect()
        except OSError:
            return False
        return True

    def take_back(self, account: str) -> None:
        """Delete *account* and let the broker read its files again."""
        self._passwords("-D", str(self.passwords), account)
        self.process.send_signal(signal.SIGHUP)

    def client(
        self, account: str | None, *, client_id: str = "", tls: bool = False, password: str = ""
    ) -> Client:
        """Return a client that connects as *account*; None is somebody without one."""
        client = Client(CallbackAPIVersion.VERSION2, client_id)  # MQTT 3.1.1, as most devices.
        if account is not None:
            client.username_pw_set(account, password or ACCOUNTS[account])
        if tls:
            client.tls_set(str(self.folder / "server.crt"), tls_version=ssl.PROTOCOL_TLS_CLIENT)
        client.connect("127.0.0.1", self.tls if tls else self.local)
        client.loop_start()
        return client


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=10))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    """Start the broker with three accounts: the application and two probes."""
    started = Accounts(tmp_path)
    yield started
    started.process.kill()
    started.process.wait()


class Heard:
    """The topics that a client receives."""

    def __init__(self, client: Client, topic_filter: str) -> None:
        self.topics: list[str] = []
        self.granted: list[int] = []
        servers.wait_until(client.is_connected, "the connection")
        client.on_message = self._take
        client.on_subscribe = lambda _c, _u, _m, codes, _p: self.granted.extend(
            code.value for code in codes
        )
        client.subscribe(topic_filter, 1)
        servers.wait_until(lambda: bool(self.granted), "the subscription")

    def _take(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.topics.append(message.topic)


def publish(client: Client, *topics: str) -> None:
    servers.wait_until(client.is_connected, "the connection")
    for topic in topics:
        client.publish(topic, b"{}", 1).wait_for_publish(10)


def test_device_writes_its_own_topics_only(accounts: Accounts) -> None:
    """A reading in the name of another probe, an answer, a siren: none reaches anybody."""
    app = Heard(accounts.client("vaxsite-subscriber"), "#")
    for topic in (
        "vaxsite/probe-2/reading",
        "vaxsite/probe-1/ack",
        "vaxsite/site/liangxi/siren",
        "vaxsite/doctor/x",
        "zigbee2mqtt/probe-2",
        "zigbee2mqtt/probe-1",
        "vaxsite/probe-1/reading",
    ):
        probe = accounts.client("probe-1", tls=True)  # The broker ends what was refused.
        servers.wait_until(probe.is_connected, "the connection")
        probe.publish(topic, b"{}", 1)
        time.sleep(0.2)
        probe.disconnect()
    servers.wait_until(lambda: "vaxsite/probe-1/reading" in app.topics, "the probe's own reading")

    assert app.topics == ["zigbee2mqtt/probe-1", "vaxsite/probe-1/reading"]


def test_device_hears_its_own_answer_only(accounts: Accounts) -> None:
    """What the application tells another probe, and what that one says, stays unheard."""
    curious = Heard(accounts.client("probe-1", tls=True), "#")
    publish(accounts.client("probe-2", tls=True), "vaxsite/probe-2/reading")
    publish(accounts.client("vaxsite-subscriber"), "vaxsite/probe-2/ack", "vaxsite/probe-1/ack")
    servers.wait_until(lambda: bool(curious.topics), "the probe's own answer")

    assert curious.topics == ["vaxsite/probe-1/ack"]


def test_device_cannot_take_over_the_session_of_the_subscriber(accounts: Accounts) -> None:
    """A probe that calls itself `vaxsite-subscriber` is known by its account all the same."""
    subscriber = accounts.client("vaxsite-subscriber", client_id="vaxsite-subscriber")
    servers.wait_until(subscriber.is_connected, "the subscriber")
    thief = accounts.client("probe-1", client_id="vaxsite-subscriber", tls=True)
    servers.wait_until(thief.is_connected, "the probe")
    time.sleep(0.5)

    assert subscriber.is_connected()


@pytest.mark.parametrize(
    ("account", "password"), [(None, ""), ("probe-1", "wrong"), ("stranger", "pw")]
)
def test_who_has_no_account_is_refused(
    accounts: Accounts, account: str | None, password: str
) -> None:
    """Nobody, a wrong password, a name that is not there: on both listeners."""
    for tls in (False, True):
        client = accounts.client(account, tls=tls, password=password)
        time.sleep(0.5)
        assert not client.is_connected()
        client.loop_stop()


def test_account_that_was_taken_back_is_put_out_at_once(accounts: Accounts) -> None:
    """Deleting the line and a SIGHUP end the connection of a stolen probe."""
    stolen = accounts.client("probe-2", tls=True)
    kept = accounts.client("probe-1", tls=True)
    servers.wait_until(lambda: stolen.is_connected() and kept.is_connected(), "both probes")
    accounts.take_back("probe-2")
    servers.wait_until(lambda: not stolen.is_connected(), "the end of the stolen connection")

    assert kept.is_connected()


def test_application_can_measure_its_queue_under_these_rules(accounts: Accounts) -> None:
    """The check of the queue needs no more rights than the shipped ones."""
    address = settings.broker(f"mqtt://127.0.0.1:{accounts.local}")
    found = queue_check.measure(address, credentials="vaxsite-subscriber:s-pw", messages=1_500)
    assert found.is_safe

    with pytest.raises(queue_check.BrokerFault, match="may not publish"):
        queue_check.measure(address, credentials="probe-1:p1-pw", messages=10)
