"""What a broker keeps for a subscriber that is away is counted, whatever its configuration says."""

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from sensors import settings
from sensors.mqtt import queue_check
from tests import servers
from tests.sensors.mqtt.conftest import StartBroker

pytestmark = pytest.mark.mosquitto


def test_shipped_configuration_keeps_every_message(broker: servers.Broker) -> None:
    """Three thousand messages for a client that is away: all kept, once, in order."""
    found = queue_check.measure(settings.broker(broker.url), credentials=None)

    assert (found.acknowledged, found.kept) == (3_000, 3_000)
    assert (found.session_kept, found.in_order, found.is_safe) == (True, True, True)
    assert not found.restarted


def test_shipped_configuration_keeps_the_queue_over_a_restart(broker: servers.Broker) -> None:
    """A broker that is stopped and started in between hands over the same messages."""

    def restart() -> None:
        broker.stop()
        broker.start()

    found = queue_check.measure(
        settings.broker(broker.url), credentials=None, messages=1_500, restart=restart
    )

    assert (found.restarted, found.kept, found.is_safe) == (True, 1_500, True)


def test_queue_as_distributions_ship_it_is_called_lossy(broker_with: StartBroker) -> None:
    """mosquitto as it comes keeps about a thousand messages, acknowledges all, and says nothing."""
    found = queue_check.measure(broker_with("allow_anonymous true"), credentials=None)

    assert found.acknowledged == 3_000
    assert 1_000 <= found.kept < 1_200
    assert not found.is_safe


def test_broker_without_persistence_forgets_the_session_at_a_restart(
    broker: servers.Broker,
) -> None:
    """The queue looked safe; the restart that an update brings shows that it is not."""
    conf = broker.folder / "conf"
    conf.write_text(conf.read_text().replace("persistence true", "persistence false"))

    def restart() -> None:
        broker.stop()
        broker.start()

    restart()
    address = settings.broker(broker.url)
    before = queue_check.measure(address, credentials=None, messages=50)
    after = queue_check.measure(address, credentials=None, messages=50, restart=restart)

    assert before.is_safe
    assert (after.session_kept, after.kept, after.is_safe) == (False, 0, False)


def test_account_that_shares_its_client_id_is_refused(broker_with: StartBroker) -> None:
    """Where the broker names sessions after accounts, the check would steal one."""
    address = broker_with("allow_anonymous true", "use_username_as_clientid true")
    subscriber = Client(CallbackAPIVersion.VERSION2, client_id="x", clean_session=False)
    subscriber.username_pw_set("app", "pw")
    subscriber.connect(address.host, address.port)
    subscriber.loop_start()
    servers.wait_until(subscriber.is_connected, "the subscriber")
    subscriber.disconnect()
    subscriber.loop_stop()

    with pytest.raises(queue_check.BrokerFault, match="another client id"):
        queue_check.measure(address, credentials="app:pw", messages=10)


def test_nothing_is_left_at_the_broker(broker: servers.Broker) -> None:
    """The sessions of two checks are gone: the broker counts no client that is away."""
    address = settings.broker(broker.url)
    queue_check.measure(address, credentials=None, messages=20)
    queue_check.measure(address, credentials=None, messages=20)
    log = (broker.folder / "log").read_text()
    names = {word for line in log.splitlines() for word in line.split() if "vaxsite-doctor" in word}

    assert names
    stored = broker.folder / "mosquitto.db"
    broker.stop()
    kept = stored.read_bytes() if stored.exists() else b""
    assert b"vaxsite-doctor" not in kept
    broker.start()
