"""Who may call, and with what."""

from tests.e2e.followed import SENT
from tests.e2e.people import Caller
from tests.e2e.town import Town


def _forged(caller: Caller, body: bytes) -> dict[str, dict[str, str]]:
    """Headers of callbacks that are not to be believed, by what is wrong with them."""
    genuine = caller.headers(body)
    secret = next(name for name in genuine if not name.startswith("webhook-"))
    return {
        "no headers at all": {},
        "unsigned": {secret: genuine[secret]},
        "without our header": {name: value for name, value in genuine.items() if name != secret},
        "with a wrong header": genuine | {secret: "guessed"},
        "signed for another body": caller.headers(body + b" "),
        "signed with another key": genuine | {"webhook-signature": "v1," + "A" * 43 + "="},
        "signed an hour ago": caller.headers(body, age_seconds=3600),
        "signed just too long ago": caller.headers(body, age_seconds=310),
        "signed in the future": caller.headers(body, age_seconds=-3600),
    }


def test_a_callback_that_cannot_be_believed_is_refused_and_starts_nothing(town: Town):
    town.shop.callbacks("store/order/created", lose=1)
    order = town.place()
    body = town.caller.callback(order.external_id)

    answers = {wrong: town.caller.posts(body, headers) for wrong, headers in _forged(town.caller, body).items()}
    town.falls_quiet()

    assert answers == dict.fromkeys(answers, 401)
    assert order.position() == "unknown"
    assert town.caller.posts(body) == 202  # so it was not for another reason that they were refused
    order.hears("New Order")


def test_a_genuine_callback_that_makes_no_sense_is_told_so(town: Town):
    order = "20000"
    odd = [b"", b"{", b"[]", b"null", b'"text"', town.caller.callback(order, data={"type": "order", "id": "x"})]

    answers = [town.caller.posts(body) for body in odd]

    assert answers == [400] * len(odd)


def test_a_genuine_callback_that_is_not_for_us_is_accepted_and_ignored(town: Town):
    town.shop.callbacks("store/order/created", lose=1)
    order = town.place()
    foreign = {"producer": "stores/someoneelse"}
    strange = [{"scope": "store/cart/created"}, {"scope": "store/order/imagined"}, {"scope": "store/product/updated"}]

    answers = [town.caller.posts(town.caller.callback(order.external_id, **change)) for change in [foreign, *strange]]
    town.falls_quiet()

    assert answers == [204] * 4
    assert order.position() == "unknown"


def test_dataverse_messages_need_the_key_and_must_make_sense(town: Town):
    key = {"code": town.sandbox.credentials.dataverse_webhook_key}
    table = {"PrimaryEntityName": "account", "MessageName": "Update", "PrimaryEntityId": "x"}

    def answer(query: dict[str, str], **body: object) -> int:
        return town.operator.asks("POST", "webhooks/dataverse", params=query, **body).status_code

    assert answer({}, json=table) == 401
    assert answer({"code": "guessed"}, json=table) == 401
    assert answer(key, content=b"{") == 400
    assert answer(key, json={"PrimaryEntityName": "salesorder"}) == 400
    assert answer(key, json=table | {"PrimaryEntityName": "salesorder"}) == 400
    assert answer(key, json=table) == 204


def test_no_secret_of_a_callback_is_in_the_app_s_log(town: Town):
    key = town.sandbox.credentials.dataverse_webhook_key
    order = town.place().reaches(SENT).is_picked()
    town.operator.asks("POST", "webhooks/dataverse", params={"code": f"{key}-forged"}, content=b"{}")
    town.operator.asks("POST", "webhooks/dataverse", params={"code": key}, content=b"{")

    log = (town.sandbox.run_folder / "app.log").read_text(encoding="utf-8")

    known = town.sandbox.credentials
    assert "dataverse call refused" in log
    assert order.order_id in log
    for secret in (
        key,
        known.client_secret,
        *known.webhook_headers.values(),
        known.flexe_webhook_secret,
        known.sap_webhook_secret,
    ):
        assert secret not in log
