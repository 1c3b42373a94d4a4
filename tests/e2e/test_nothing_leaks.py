"""What the app writes down of its work: no secret anywhere, and no person but in the order book.

Everybody misbehaves: outside systems quote the requests they refuse, callers send their secrets to the wrong place.
"""

import base64
import dataclasses
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from azure.data.tables import TableServiceClient

from tests.e2e.followed import FLEXE_SENDING, INVOICING, SENDING, SENT, TELL_SHIPPED, Followed, held_at
from tests.e2e.town import FLEXE_CHANNEL, FLEXE_SHIPS_SAP_INVOICES, REDELIVERY_ATTEMPTS, Town, running_town

API = "/api/data/v9.2"
PERSON = {
    "first_name": "Quintessa",
    "last_name": "Oberholtzer",
    "company": "Larkspur Trading",
    "street_1": "77 Larkspur Hollow",
    "street_2": "Gatehouse Nine",
    "phone": "5035550199",
    "email": "quintessa@oberholtzer.example",
}
NAME = f"{PERSON['first_name']} {PERSON['last_name']}"
# Where persons may be: the order itself, which the app exists to keep, and where it is to go.
MAY_KNOW_PERSONS = {"Orders"}
# Of `Credentials`, what is no secret: names and ids, which are on every page of the systems' own portals.
NO_SECRETS = {
    *("store_hash", "webhook_header_name", "tenant", "client_id", "flexe_owner", "flexe_webhook_name", "sap_client"),
    *("sap_user", "inventory_environment", "inventory_client_id"),
}


@pytest.fixture(scope="module")
def loud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Logs all there is to log."""
    with running_town(tmp_path_factory.mktemp("app"), log_level="Debug") as town:
        yield town


def test_no_secret_and_no_person_is_written_where_it_does_not_belong(loud: Town):
    orders = [*_refused_everywhere(loud), _busy_with_words(loud)]
    _knock_with_secrets_in_hand(loud)
    loud.falls_quiet()
    answers = _what_operators_see(loud)
    loud.sandbox.stop_app()
    log = (loud.sandbox.run_folder / "app.log").read_text(encoding="utf-8")
    tables = dict(_tables(loud))

    written = {"log": log, "answers": answers, **tables}
    secrets = [(name, form) for name, secret in _secrets(loud).items() for form in _forms(name, secret)]
    leaked = {(place, name) for place, text in written.items() for name, form in secrets if form in text}
    exposed = {
        (place, line[:300])
        for place, text in written.items()
        if place not in MAY_KNOW_PERSONS
        for line in text.splitlines()
        if any(value.casefold() in line.casefold() for value in PERSON.values())
    }

    assert leaked == set()
    assert exposed == set()
    assert all(order.order_id in log for order in orders)  # so that it was the right log
    assert "DEBUG" in log
    assert PERSON["street_1"] in tables["Orders"]
    assert [name for name, text in tables.items() if name.startswith("OrderHub") and orders[0].order_id in text]


def _refused_everywhere(town: Town) -> list[Followed]:
    """Each system says no once, in words that hold all it was told; SAP is told of no person."""
    written = [_written(town), _written(town, channel_id=FLEXE_CHANNEL)]
    finops, flexe = map(town.follow, written)
    no_from_finops = _dataverse(_quoted(town, "dataverse"))
    town.office.fails(f"PATCH {API}/salesorders({finops.order_id})", status=400, body=no_from_finops)
    no_from_flexe = {"errors": [{"message": _quoted(town, "flexe"), "field": "ship_to"}]}
    town.warehouse.fails("POST /v1/outbound_orders", status=422, body=no_from_flexe)
    for order in written:
        town.shop.place(order)
    finops.reaches(held_at(SENDING))
    flexe.reaches(held_at(FLEXE_SENDING))
    town.office.mended()
    town.warehouse.mended()
    assert finops.operator.reprocess(finops.order_id) == [202]
    finops.reaches(SENT).is_picked()
    no_from_shop = {"title": _quoted(town, "access", "client_secret", "webhook_header")}
    town.shop.fails(f"POST /v2/orders/{finops.external_id}/shipments", status=401, body=no_from_shop)
    town.office.pack(finops.number)
    finops.reaches(held_at(TELL_SHIPPED))
    return [finops, flexe, _refused_by_sap(town)]


def _refused_by_sap(town: Town) -> Followed:
    order = town.enter(FLEXE_SHIPS_SAP_INVOICES)
    no = {"error": {"code": "V1/311", "message": {"lang": "en", "value": " ".join(_known(town, "sap"))}}}
    town.accounting.fails("POST /sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder", status=400, body=no)
    order.is_confirmed().reaches(SENT)
    town.warehouse.send_parcels(order.at_flexe())
    return order.reaches(held_at(INVOICING))


def _busy_with_words(town: Town) -> Followed:
    """Longer than it is tried: each attempt is a line in the log, the last one an error and a dead letter."""
    written = _written(town)
    order = town.follow(written)
    town.office.fails(
        f"PATCH {API}/salesorders({order.order_id})",
        times=REDELIVERY_ATTEMPTS,
        status=503,
        body=_dataverse(_quoted(town, "dataverse")),
    )
    town.shop.place(written)
    order.reaches(held_at(SENDING))
    return order


def _knock_with_secrets_in_hand(town: Town) -> None:
    """Genuine secrets, where they are not looked for or with what cannot be read."""
    given = town.sandbox.credentials
    ask = town.operator.asks
    body = town.caller.callback("20000", data={"type": "order", "id": NAME})
    assert town.caller.posts(body) == 400
    headers = {given.webhook_header_name: given.webhook_header_secret, "webhook-signature": given.client_secret}
    assert town.caller.posts(body, headers) == 401
    key = {"code": given.dataverse_webhook_key}
    assert ask("POST", "webhooks/dataverse", params=key, content=b"[" * 100_000).status_code == 400
    assert ask("POST", "webhooks/dataverse", params={"code": given.dataverse_secret}, content=b"{}").status_code == 401
    assert ask("GET", "orders", params={"number": "1", "code": given.access_token}).status_code == 200
    flexe = {"X-Webhook-Secret": given.flexe_webhook_secret}
    assert ask("POST", "webhooks/flexe", headers=flexe, json={"type": "\n" + NAME}).status_code == 400
    sap = {"X-Webhook-Secret": given.sap_webhook_secret}
    assert ask("POST", "webhooks/sap", headers=sap, json={"id": NAME}).status_code == 400
    wrong = {"parameters": {"api_token": given.flexe_token}}
    answer = ask("PUT", "providers/flexe", json=wrong)
    assert answer.status_code == 400
    assert given.flexe_token not in answer.text


def _written(town: Town, **wish: Any) -> dict[str, Any]:
    """An order of the person, not placed yet."""
    written = town.order(**wish)
    written["order"]["billing_address"] |= PERSON
    written["shipping_addresses"] = [address | PERSON for address in written["shipping_addresses"]]
    return written


def _quoted(town: Town, *known: str) -> str:
    """All that a system may know of us (secrets whose names begin so) and of an order, in one sentence.

    We tell nobody first and last names apart.
    """
    told = [NAME, *(value for field, value in PERSON.items() if not field.endswith("_name"))]
    secrets = _known(town, *known)
    return f"refused: {', '.join(told)} ({' '.join(secrets)})"


def _known(town: Town, *names: str) -> list[str]:
    return [form for name, secret in _secrets(town).items() if name.startswith(names) for form in _forms(name, secret)]


def _dataverse(said: str) -> dict[str, Any]:
    return {"error": {"code": "0x80040265", "message": said}}


def _secrets(town: Town) -> dict[str, str]:
    given = dataclasses.asdict(town.sandbox.credentials)
    account_key = town.sandbox.azurite.connection_string.partition("AccountKey=")[2].partition(";")[0]
    return {name: value for name, value in given.items() if name not in NO_SECRETS} | {"account_key": account_key}


def _forms(name: str, secret: str) -> set[str]:
    """As it is, in an address, in base64, and as the password of a Basic sign-in."""
    encoded = secret.encode()
    basic = {base64.b64encode(b"ORDERS_COMM_USER:" + encoded).decode()} if name == "sap_password" else set[str]()
    in_base64 = {base64.b64encode(encoded).decode(), base64.urlsafe_b64encode(encoded).decode()}
    return {secret, quote(secret, safe=""), quote_plus(secret), *in_base64, *basic}


def _what_operators_see(town: Town) -> str:
    """Beside the orders themselves: what lists of many hold."""
    ask = town.operator.asks
    paths = ("errors?status=all", "dead-letters", "jobs", "providers", "configuration", "health", "orders?state=open")
    pages = [ask("GET", path).text for path in paths]
    letters = json.loads(pages[1])["dead_letters"]
    return "\n".join([*pages, *(ask("GET", f"dead-letters/{letter['letter_id']}").text for letter in letters)])


def _tables(town: Town) -> Iterator[tuple[str, str]]:
    """Every row there is, those of the orchestrations' history among them, by table."""
    with TableServiceClient.from_connection_string(town.sandbox.azurite.connection_string) as service:
        for table in service.list_tables():
            rows = service.get_table_client(table.name).list_entities()
            yield table.name, "\n".join(json.dumps(dict(row), default=str, ensure_ascii=False) for row in rows)
