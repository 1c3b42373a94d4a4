"""The BigCommerce calls, over real HTTP against the stand-in store."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import SecretStr

from sandbox.systems.bigcommerce import samples
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.answers import Answer, RefusedCall
from shared.providers.bigcommerce import errors
from shared.providers.bigcommerce.client import BigCommerceClient
from tests.providers.bigcommerce.conftest import Store

HTML = "<html><head><title>503 Service\n Unavailable</title></head><body>Try later</body></html>"


def test_an_order_is_read_with_its_lines_and_addresses(store: Store, client: BigCommerceClient):
    store.place()

    order, products = client.order("10427"), client.products("10427")
    addresses = client.shipping_addresses("10427")

    assert (order["id"], order["status_id"]) == (10427, 11)
    assert [line["sku"] for line in products] == ["BAG-CNV-OLV", "KTL-EN-1L"]
    assert [address["city"] for address in addresses] == ["Portland"]


@pytest.mark.parametrize(("count", "calls"), [(51, 1), (249, 1), (250, 2), (251, 2)])
def test_no_line_of_a_long_order_is_left_out(store: Store, client: BigCommerceClient, count: int, calls: int):
    store.place(samples.long_order(7, count))

    products = client.products("7")

    assert [line["id"] for line in products] == [samples.line_id(7, place) for place in range(1, count + 1)]
    assert len(store.calls) == calls


@pytest.mark.parametrize("nothing", [{"status": 204}, {"status": 200, "body": []}])
def test_an_empty_list_comes_in_two_ways(store: Store, client: BigCommerceClient, nothing: dict[str, Any]):
    store.place()
    store.arm("GET /v2/orders/{id}/shipping_addresses", **nothing)

    assert client.shipping_addresses("10427") == []


def test_an_order_without_shipments_has_none(store: Store, client: BigCommerceClient):
    store.place()

    assert client.shipments("10427") == []


def test_an_unknown_order_is_a_refusal_that_says_so(client: BigCommerceClient):
    with pytest.raises(RefusedCall, match=r"BigCommerce answered 404 to GET /v2/orders/999: .*not found") as refusal:
        client.order("999")

    assert refusal.value.status == 404


def test_a_wrong_token_is_a_refusal(store: Store):
    with store.session(access_token=SecretStr("wrong")) as http, pytest.raises(RefusedCall) as refusal:
        BigCommerceClient(http).order("1")

    assert refusal.value.status in {401, 403}
    assert "wrong" not in str(refusal.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-Rate-Limit-Time-Reset-Ms": "1500"}, 1.5),
        ({"X-Retry-After": "7"}, 7),
        ({"X-Rate-Limit-Time-Reset-Ms": "9000", "X-Retry-After": "7"}, 9),
        ({"X-Rate-Limit-Time-Reset-Ms": "1500", "X-Retry-After": "7"}, 7),
        ({"Retry-After": "11"}, 11),
        ({"X-Rate-Limit-Time-Reset-Ms": "soon", "X-Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_the_longest_wait_named_is_kept(headers: dict[str, str], seconds: float | None):
    assert errors.wait(headers) == seconds


def test_a_used_up_quota_is_a_passing_fault_with_its_wait(store: Store, client: BigCommerceClient):
    store.place()
    store.arm("GET /v2/orders/{id}", status=429, headers={"X-Rate-Limit-Time-Reset-Ms": "2500", "X-Retry-After": "1"})

    with pytest.raises(TransientProviderError) as fault:
        client.order("10427")

    assert fault.value.retry_after == 2.5


@pytest.mark.parametrize("status", [423, 429, 500, 502, 503, 504])
def test_a_busy_store_is_a_passing_fault_and_works_afterwards(store: Store, client: BigCommerceClient, status: int):
    store.place()
    store.arm("GET /v2/orders/{id}", status=status)

    with pytest.raises(TransientProviderError):
        client.order("10427")

    assert client.order("10427")["id"] == 10427


def test_a_single_dropped_connection_is_not_even_noticed(store: Store, client: BigCommerceClient):
    store.place()
    store.arm("GET /v2/orders/{id}", drop="before")

    assert client.order("10427")["id"] == 10427


@pytest.mark.parametrize("body", ["<html>one moment</html>", {"id": 1}, [1]])
def test_a_list_of_another_shape_is_worth_another_try(store: Store, client: BigCommerceClient, body: Any):
    store.place()
    store.arm("GET /v2/orders/{id}/products", status=200, body=body)

    with pytest.raises(TransientProviderError):
        client.products("10427")


def test_an_order_of_another_shape_is_worth_another_try(store: Store, client: BigCommerceClient):
    store.arm("GET /v2/orders/{id}", status=200, body=[])

    with pytest.raises(TransientProviderError, match="another shape"):
        client.order("10427")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'[{"status": 404, "message": "The order was not found"}]', "The order was not found"),
        (b'{"status": 401, "title": "Unauthorized", "type": "/docs"}', "Unauthorized"),
        (b'{"title": "Invalid", "errors": {"scope": "is unknown"}}', "Invalid (scope: is unknown)"),
        (b'{"message": "Slow down"}', "Slow down"),
        (b'{"title": "Gateway", "errors": {}}', "Gateway"),
        (b"plain words", "plain words"),
        (HTML.encode(), "503 Service\n Unavailable"),
        (b"<html>no title</html>", ""),
        (b"", ""),
        (b"[]", ""),
        (b"[7]", ""),
        (b"null", ""),
        (b'[{"status": 400}]', ""),
    ],
)
def test_an_error_is_read_in_whichever_shape_it_comes(body: bytes, message: str):
    assert errors.read_fault(Answer("BigCommerce", "GET /", 400, {}, body)).message == message


def test_a_shipment_is_posted_by_line_id(store: Store, client: BigCommerceClient):
    store.place()
    line = samples.line_id(10427, 1)

    made = client.create_shipment(
        "10427",
        {
            "order_address_id": samples.address_id(10427),
            "tracking_number": "1Z1",
            "items": [{"order_product_id": line, "quantity": 1}],
        },
    )

    assert made["tracking_number"] == "1Z1"
    assert [shipment["id"] for shipment in client.shipments("10427")] == [made["id"]]


def test_a_refused_shipment_says_why(store: Store, client: BigCommerceClient):
    store.place()

    with pytest.raises(RejectedByProvider, match=r"400 to POST /v2/orders/10427/shipments: .*items"):
        client.create_shipment("10427", {"order_address_id": samples.address_id(10427), "items": []})


def test_a_status_is_written_alone(store: Store, client: BigCommerceClient):
    store.place()

    client.update_status("10427", 2)

    assert store.statuses_written == [2]
    assert store.order()["order"]["status_id"] == 2


def placed_at(moment: datetime, number: int) -> dict[str, Any]:
    parts = samples.order(number, lines=[("KTL-EN-1L", 1)])
    parts["order"]["date_modified"] = format_datetime(moment)
    return parts


def test_orders_are_found_by_when_they_were_modified(store: Store, client: BigCommerceClient):
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for number, minutes in ((1, 0), (2, 20), (3, 10)):
        store.place(placed_at(noon + timedelta(minutes=minutes), number))

    found = client.orders_modified_since(noon + timedelta(minutes=5))

    assert [order["id"] for order in found] == [3, 2]


def test_an_order_changed_between_two_pages_hides_no_other(
    store: Store, client: BigCommerceClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("shared.providers.bigcommerce.client.PAGE_SIZE", 5)
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for number in range(1, 13):
        store.place(placed_at(noon + timedelta(minutes=number), number))

    found: list[int] = []
    for order in client.orders_modified_since(noon):
        found.append(order["id"])
        if len(found) == 5:
            store.set_status(2, number=1)

    assert set(found) == set(range(1, 13))


def test_more_orders_of_one_second_than_a_page_holds_are_all_found(
    store: Store, client: BigCommerceClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("shared.providers.bigcommerce.client.PAGE_SIZE", 5)
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for number in range(1, 13):
        store.place(placed_at(noon, number))

    found = {order["id"] for order in client.orders_modified_since(noon - timedelta(minutes=1))}

    assert found == set(range(1, 13))


def test_a_connection_is_tested_by_one_read_that_wants_the_right_token(store: Store, client: BigCommerceClient):
    client.check_connection()
    with store.session(access_token=SecretStr("wrong")) as http, pytest.raises(RejectedByProvider, match="401"):
        BigCommerceClient(http).check_connection()

    assert store.calls == ["GET /v2/orders", "GET /v2/orders"]
