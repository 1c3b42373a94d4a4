"""What carries the messages is a setting; Service Bus is opened as the Functions host opens it."""

import os

import pytest

from shared.message_transport import ServiceBusNamespace, Transport
from shared.settings import HostSettings, SettingsError, load_settings
from tests.unit.test_settings import SAMPLE

KEY = "hunter2-do-not-tell="
CONNECTION = f"Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=app;SharedAccessKey={KEY};UseDevelopmentEmulator=true;"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The sample's settings, and Service Bus."""
    for name in [*os.environ]:
        if name.upper().startswith(("MESSAGING__", "SERVICEBUSCONNECTION")):
            monkeypatch.delenv(name)
    for name, value in SAMPLE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MESSAGING__TRANSPORT", "servicebus")
    return monkeypatch


def loaded() -> HostSettings:
    return load_settings()[1]


def complaint() -> str:
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    return str(refusal.value)


@pytest.mark.parametrize("unset", [None, "", "storage"])
def test_storage_queues_carry_the_messages_unless_told_otherwise(environment: pytest.MonkeyPatch, unset: str | None):
    environment.delenv("MESSAGING__TRANSPORT")
    if unset is not None:
        environment.setenv("MESSAGING__TRANSPORT", unset)
    environment.setenv("ServiceBusConnection", CONNECTION)

    assert (loaded().transport, loaded().service_bus) == (Transport.STORAGE, None)


def test_a_connection_string_opens_service_bus_before_all_others(environment: pytest.MonkeyPatch):
    environment.setenv("ServiceBusConnection", CONNECTION)
    environment.setenv("ServiceBusConnection__fullyQualifiedNamespace", "orders.servicebus.windows.net")

    assert (loaded().transport, loaded().service_bus) == (Transport.SERVICE_BUS, ServiceBusNamespace(CONNECTION))
    assert loaded().service_bus.has_keys  # pyright: ignore[reportOptionalMemberAccess]


def test_so_does_a_namespace_with_an_identity(environment: pytest.MonkeyPatch):
    environment.setenv("ServiceBusConnection__fullyQualifiedNamespace", "orders.servicebus.windows.net")
    environment.setenv("ServiceBusConnection__clientId", "id-orders")

    assert loaded().service_bus == ServiceBusNamespace("orders.servicebus.windows.net", "id-orders")
    assert not loaded().service_bus.has_keys  # pyright: ignore[reportOptionalMemberAccess]


def test_service_bus_without_a_connection_stops_the_app():
    assert complaint() == "setting ServiceBusConnection is missing"


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("MESSAGING__TRANSPORT", "pigeons", "setting MESSAGING__TRANSPORT is malformed: "),
        (
            "ServiceBusConnection__fullyQualifiedNamespace",
            "sb://orders",
            "setting ServiceBusConnection__fullyQualifiedNamespace is malformed: ",
        ),
        (
            "ServiceBusConnection",
            f"Endpoint=sb://orders;SharedAccessKey={KEY}",
            "setting ServiceBusConnection is malformed: Value error, a connection string has sharedaccesskeyname, too",
        ),
        ("ServiceBusConnection", KEY, "setting ServiceBusConnection is malformed: "),
        (
            "ServiceBusConnection",
            f"{CONNECTION}EntityPath=order-intake",
            "setting ServiceBusConnection is malformed: Value error, it must open the whole namespace: ",
        ),
    ],
)
def test_a_malformed_setting_is_named_without_its_key(
    environment: pytest.MonkeyPatch, name: str, value: str, line: str
):
    environment.setenv(name, value)

    assert complaint().startswith(line)
    assert KEY not in complaint()
    assert "; " not in complaint()


def test_the_key_shows_nowhere(environment: pytest.MonkeyPatch):
    environment.setenv("ServiceBusConnection", CONNECTION)

    assert KEY not in repr(loaded()) + repr(loaded().service_bus)
