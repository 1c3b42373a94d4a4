"""Who gets in, and what cannot be had."""

import time
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from hmac import HMAC
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest
from azure.servicebus import ServiceBusClient
from azure.servicebus.exceptions import (
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusError,
)

from tests.systems.service_bus.conftest import PLAIN, SESSIONS, UNIQUE, Bus


def _endpoint(bus: Bus) -> str:
    return bus.connection_string.split(";")[0].removeprefix("Endpoint=")


def _signed(bus: Bus, resource: str, lifetime: timedelta, key: str = "sandbox-service-bus-key") -> str:
    """A connection string with a signature for a resource in the place of the key."""
    expiry = int(time.time() + lifetime.total_seconds())
    text = f"{quote_plus(resource)}\n{expiry}".encode()
    signature = b64encode(HMAC(key.encode(), text, sha256).digest())
    fields = {"sr": resource, "sig": signature, "se": expiry, "skn": "RootManageSharedAccessKey"}
    token = f"SharedAccessSignature {urlencode(fields)}"
    return f"Endpoint={_endpoint(bus)};SharedAccessSignature={token};UseDevelopmentEmulator=true"


def _open_sender(connection_string: str, queue: str = PLAIN) -> None:
    with (
        ServiceBusClient.from_connection_string(connection_string, retry_total=0) as client,
        client.get_queue_sender(queue),
    ):
        pass


def test_a_wrong_key_is_refused(bus: Bus):
    with pytest.raises(ServiceBusAuthenticationError):
        _open_sender(bus.connection_string.replace("SharedAccessKey=sandbox", "SharedAccessKey=wrong"))


def test_a_signature_for_the_namespace_opens_every_queue(bus: Bus):
    _open_sender(_signed(bus, _endpoint(bus), timedelta(minutes=5)))


def test_an_expired_signature_is_refused(bus: Bus):
    with pytest.raises(ServiceBusAuthenticationError):
        _open_sender(_signed(bus, _endpoint(bus), timedelta(minutes=-5)))


def test_a_signature_opens_the_queue_it_is_for_and_no_other(bus: Bus):
    for_plain = _signed(bus, f"{_endpoint(bus)}/{PLAIN}", timedelta(minutes=5))
    _open_sender(for_plain)

    with pytest.raises(ServiceBusAuthenticationError):
        _open_sender(for_plain, UNIQUE)


def test_a_signature_made_with_another_key_is_refused(bus: Bus):
    with pytest.raises(ServiceBusAuthenticationError):
        _open_sender(_signed(bus, _endpoint(bus), timedelta(minutes=5), key="another"))


def test_an_unknown_queue_can_be_neither_sent_to_nor_received_from(bus: Bus):
    with pytest.raises(MessagingEntityNotFoundError, match="'nowhere'"):
        bus.client.get_queue_sender("nowhere").__enter__()
    with pytest.raises(MessagingEntityNotFoundError, match="'nowhere'"):
        bus.client.get_queue_receiver("nowhere").__enter__()


def test_a_queue_s_name_is_found_in_any_case(bus: Bus):
    bus.feed("one", queue="PLAIN")

    assert bus.take(PLAIN) == ["one"]


def test_a_queue_with_sessions_is_received_from_in_sessions_only(bus: Bus):
    with pytest.raises(ServiceBusError, match="only in sessions"):
        bus.client.get_queue_receiver(SESSIONS).__enter__()
    with pytest.raises(ServiceBusError, match="only without a session"):
        bus.client.get_queue_receiver(PLAIN, session_id="a").__enter__()


def test_the_connection_string_is_the_emulator_s_with_the_port_it_listens_on(bus: Bus):
    address = urlsplit(_endpoint(bus))

    assert address.hostname == "127.0.0.1"
    assert address.port == bus.control("GET", "/connection")["port"]
    assert "UseDevelopmentEmulator=true" in bus.connection_string
