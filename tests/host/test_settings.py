"""host.json, local.settings.json and connection strings."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.host.service_bus_namespaces import connection_string
from sandbox.host.settings import (
    HostSettings,
    ServiceBusSettings,
    SettingsError,
    export_local_settings,
    host_settings,
    parse_connection_string,
    resolve_names,
)


def read(tmp_path: Path, **document: Any) -> HostSettings:
    (tmp_path / "host.json").write_text(json.dumps({"version": "2.0", **document}))
    return host_settings(tmp_path)


def test_what_host_json_leaves_out_is_as_in_the_real_host(tmp_path: Path):
    settings = read(tmp_path)

    assert settings.route_prefix == "api"
    assert settings.function_timeout == 1800
    assert (settings.queues.batch_size, settings.queues.new_batch_threshold) == (16, 8)
    assert (settings.queues.max_polling_interval, settings.queues.max_dequeue_count) == (60, 5)
    assert settings.queues.base64
    assert settings.service_bus == ServiceBusSettings(
        prefetch_count=0,
        max_auto_lock_renewal_duration=300,
        max_concurrent_calls=16,
        max_concurrent_sessions=8,
        session_idle_timeout=60,
    )
    assert settings.durable.hub_name == "TestHubName"
    assert settings.durable.connection_name == "AzureWebJobsStorage"


@pytest.mark.parametrize(
    ("extensions", "complaint"),
    [
        ({"queues": {"batchSize": 33}}, "batchSize"),
        ({"queues": {"messageEncoding": "zip"}}, "messageEncoding"),
        ({"queues": {"visibilityTimeout": "soon"}}, "time span"),
        ({"serviceBus": {"autoCompleteMessages": False}}, "autoCompleteMessages"),
        ({"serviceBus": {"maxConcurrentCallsPerSession": 2}}, "maxConcurrentCallsPerSession"),
        ({"durableTask": {"hubName": "1st"}}, "hubName"),
        ({"durableTask": {"hubName": "%NO_SUCH_SETTING%"}}, "NO_SUCH_SETTING"),
        ({"durableTask": {"storageProvider": {"type": "mssql"}}}, "mssql"),
    ],
)
def test_a_setting_the_host_cannot_honour_is_refused_by_name(tmp_path: Path, extensions: dict, complaint: str):
    with pytest.raises(SettingsError, match=complaint):
        read(tmp_path, extensions=extensions)


def test_a_missing_host_json_is_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"host\.json"):
        host_settings(tmp_path)


def test_the_real_environment_wins_over_local_settings(tmp_path: Path):
    values = {"SHOP": "from the file", "REGION": "north"}
    (tmp_path / "local.settings.json").write_text(json.dumps({"IsEncrypted": False, "Values": values}))
    environ = {"SHOP": "from the environment"}

    export_local_settings(tmp_path, environ)

    assert environ == {"SHOP": "from the environment", "REGION": "north"}


def test_names_between_percent_signs_are_app_settings():
    assert resolve_names("%SHOP%-orders-%N%", {"SHOP": "north", "N": "1"}) == "north-orders-1"


def test_development_storage_is_azurite_on_its_own_ports():
    account = parse_connection_string("UseDevelopmentStorage=true")

    assert account.table_endpoint == "http://127.0.0.1:10002/devstoreaccount1"
    assert account.queue_endpoint == "http://127.0.0.1:10001/devstoreaccount1"


def test_an_account_without_endpoints_is_in_the_cloud():
    account = parse_connection_string("AccountName=shop;AccountKey=a2V5PQ==;EndpointSuffix=core.windows.net")

    assert account.key == "a2V5PQ=="
    assert account.table_endpoint == "https://shop.table.core.windows.net"


def test_a_connection_string_without_a_key_is_refused():
    with pytest.raises(SettingsError, match="AccountKey"):
        parse_connection_string("AccountName=shop")


def test_a_namespace_is_opened_by_the_connection_string_its_setting_holds():
    assert connection_string("Bus", {"Bus": "Endpoint=sb://x"}) == "Endpoint=sb://x"


def test_a_namespace_that_wants_an_identity_is_refused_with_what_to_set_instead():
    with pytest.raises(SettingsError, match="set 'Bus' to a connection string"):
        connection_string("Bus", {"Bus__fullyQualifiedNamespace": "orders.servicebus.windows.net"})


def test_a_namespace_without_any_setting_is_refused_by_name():
    with pytest.raises(SettingsError, match="'Bus' is missing"):
        connection_string("Bus", {})
