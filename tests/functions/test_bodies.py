"""How much, how deep and what kind of text the app reads of a request."""

import gzip
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from functions.bodies import CALLBACK_BYTES, JSON_BYTES, TEXT_BYTES
from functions.query import Query, cursor_for
from shared.application.inboxes import DataverseInbox
from shared.domain.errors import Malformed
from tests.application.samples import RecordingQueues
from tests.functions.conftest import Serve
from tests.functions.requests import a_request, json_of
from tests.providers.finops.samples import connection

CALLBACKS = ("bigcommerce_webhook", "dataverse_webhook", "flexe_webhook", "sap_webhook")
DEEP = b"[" * 100_000
COMPRESSED = gzip.compress(b"{}", mtime=0)


class Unread:
    """Fails whoever hands it anything."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: pytest.fail(f"{name} was asked about a body that is not to be read")


DESKS = {"draft_desk": Unread(), "dead_letter_desk": Unread()}


@pytest.mark.parametrize("function", CALLBACKS)
def test_a_callback_that_is_too_large_is_refused_before_anybody_reads_it(serve: Serve, call, function: str):
    nobody = Unread()
    serve(speaks_to=lambda _: True, bigcommerce_inbox=nobody, dataverse_inbox=nobody, provider_inbox=lambda _: nobody)

    response = call(function, a_request(method="POST", body=b" " * (CALLBACK_BYTES + 1)))

    assert (response.status_code, response.get_body()) == (413, b"")


@pytest.mark.parametrize(
    ("function", "method", "most"),
    [
        ("put_id_mapping", "PUT", JSON_BYTES),
        ("install_provider", "PUT", JSON_BYTES),
        ("publish_draft", "POST", JSON_BYTES),
        ("resolve_error", "POST", JSON_BYTES),
        ("write_draft", "PUT", TEXT_BYTES),
        ("edit_dead_letter", "PUT", TEXT_BYTES),
    ],
)
def test_a_request_that_is_too_large_is_a_problem(serve: Serve, call, function: str, method: str, most: int):
    serve(**DESKS)
    route = {"name": "flexe", "letter_id": "x"}

    response = call(
        function, a_request(method=method, body=b" " * (most + 1), route=route, headers={"if-match": '"1"'})
    )

    assert (response.status_code, json_of(response)["title"]) == (413, "too large")


async def test_a_request_about_many_orders_may_not_be_too_large_either(serve: Serve, call, client):
    serve()

    response = await call("reprocess_orders", a_request(method="POST", body=b" " * (JSON_BYTES + 1)), client)

    assert response.status_code == 413


@pytest.mark.parametrize(
    "body",
    [DEEP, DEEP + b"]" * 100_000, b'{"by":' * 30_000, b'{"by": "\xff"}', b'{"by": "\\ud800"}', b"9" * 5000,
     b'{"by": NaN}', COMPRESSED, '{"by": "x"}'.encode("utf-16")],
    ids=range(9),
)  # fmt: skip
def test_what_is_no_plain_json_is_refused(serve: Serve, call, body: bytes):
    serve(**DESKS)

    response = call("publish_draft", a_request(method="POST", body=body, headers={"if-match": '"1"'}))

    assert response.status_code == 400


@pytest.mark.parametrize("body", [DEEP, b'{"PrimaryEntityName":' * 30_000, COMPRESSED, b'"\\ud800"'])
def test_a_callback_of_that_kind_is_told_it_makes_no_sense(serve: Serve, call, body: bytes):
    inbox = DataverseInbox(connection(), RecordingQueues())
    serve(dataverse_inbox=inbox)
    key = {"code": connection().webhook_key.get_secret_value()}

    response = call("dataverse_webhook", a_request(method="POST", body=body, params=key))

    assert response.status_code == 400
    assert response.get_body().decode().isprintable()


@pytest.mark.parametrize("function", CALLBACKS)
def test_what_a_callback_says_makes_no_lines_in_the_log_and_any_answer_can_be_sent(
    serve: Serve, call, caplog: pytest.LogCaptureFixture, function: str
):
    """One that is malformed, then one that is none of ours."""

    class Odd:
        said: Any = Malformed("odd \ud800\n text")

        def receive(self, *_: object) -> str:
            if isinstance(self.said, Exception):
                raise self.said
            return self.said

    odd = Odd()
    serve(speaks_to=lambda _: True, bigcommerce_inbox=odd, dataverse_inbox=odd, provider_inbox=lambda _: odd)
    caplog.set_level("INFO")

    malformed = call(function, a_request(method="POST", body=b"{}"))
    odd.said = "scope x\n2026 ERROR forged \x1b[2J \ud800"
    ignored = call(function, a_request(method="POST", body=b"{}"))

    assert (malformed.status_code, malformed.get_body()) == (400, b"odd \\ud800\\n text")
    assert ignored.status_code == 204
    (line,) = [record.getMessage() for record in caplog.records if "ignored" in record.getMessage()]
    assert line.isprintable()


@pytest.mark.parametrize("place", ["\ud800/x", ["/"] * 3, {"/": 1}, "x" * 2000 + "/", None])
def test_a_cursor_that_was_made_up_was_not_given_out(place: Any):
    query = Query({"cursor": cursor_for(place, "this list")})

    assert query.cursor("cursor", "this list") == ""


def test_a_cursor_of_nothing_but_depth_is_refused():
    query = Query({"cursor": urlsafe_b64encode(b"[" * 6000).decode()})

    assert query.cursor("cursor", "this list") == ""
