"""A person looks at a message that was given up, edits it, sends it again once, or throws it away."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import azure.functions as func
import pytest

from shared.application.dead_letter_desk import DeadLetterDesk
from shared.application.dead_letters import DeadLetters
from shared.domain.actions import Provider
from shared.domain.errors import TransientProviderError
from shared.domain.ports import ErrorEntry, Queues
from shared.domain.records import Change
from shared.domain.results import StepResult
from shared.domain.sources import IntakeMessage
from shared.messaging.names import INTAKE_QUEUE, actions_queue
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import VALIDATED, RecordingQueues, sending, taken_in
from tests.functions.conftest import Serve
from tests.functions.requests import a_request, assert_problem, assert_refused, json_of


class FailingQueues:
    def send(self, queue: str, *_: object, **__: object) -> None:
        raise TransientProviderError(f"{queue} is out of reach")


@pytest.fixture
def desk(dead_letters: DeadLetters, queues: RecordingQueues, errors: TableErrorPages, book: TableOrderBook):
    def desk(queues: Queues = queues, later: timedelta = timedelta()) -> DeadLetterDesk:
        return DeadLetterDesk(dead_letters.store, queues, errors, book, lambda: datetime.now(UTC) + later)

    return desk


@pytest.fixture(autouse=True)
def _served(serve: Serve, desk) -> None:
    serve(dead_letter_desk=desk())


def a_body() -> str:
    return IntakeMessage(source="bigcommerce", external_id=str(uuid4())).model_dump_json()


def kept(dead_letters: DeadLetters, body: str | None = None, queue: str = INTAKE_QUEUE) -> str:
    return dead_letters.keep(queue, body or a_body(), "the shop is down")


def about(letter_id: str, method: str = "GET", body: str = "", **headers: str) -> func.HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return a_request(method=method, route={"letter_id": letter_id}, body=body.encode(), headers=named)


def shown(call, letter_id: str) -> dict[str, Any]:
    return json_of(call("show_dead_letter", about(letter_id)))


def test_what_was_given_up_is_listed_by_queue(call, dead_letters: DeadLetters):
    intake, action = kept(dead_letters), kept(dead_letters, "?", actions_queue(Provider.SAP))

    def listed(**params: str) -> list[str]:
        letters = json_of(call("list_dead_letters", a_request(params=params)))["dead_letters"]
        return [letter["letter_id"] for letter in letters if letter["letter_id"] in (intake, action)]

    assert set(listed()) == {intake, action}
    assert listed(queue="provider-actions-sap") == [action]


def test_a_queue_that_does_not_exist_is_refused(call):
    response = call("list_dead_letters", a_request(params={"queue": "complaints"}))

    assert json_of(response)["errors"][0]["value"] == "complaints"
    assert response.status_code == 400


def test_a_letter_is_shown_with_its_message_and_what_is_wrong_with_it(call, dead_letters: DeadLetters):
    letter_id = kept(dead_letters, '{"source": "bigcommerce"}')

    response = call("show_dead_letter", about(letter_id))

    letter = json_of(response)
    assert letter["body"] == '{"source": "bigcommerce"}'
    assert letter["problems"] == [{"field": "external_id", "value": None, "problem": "Field required"}]
    assert response.headers["ETag"] == f'"{letter["revision"]}"'


@pytest.mark.parametrize(
    ("function", "method"),
    [
        ("show_dead_letter", "GET"),
        ("edit_dead_letter", "PUT"),
        ("delete_dead_letter", "DELETE"),
        ("replay_dead_letter", "POST"),
    ],
)
def test_an_unknown_letter_is_not_found(call, function: str, method: str):
    response = call(function, about("order-intake.0/?", method, "{}", if_match="*"))

    assert_problem(response, 404, "unknown dead letter", "no dead letter order-intake.0/?")


def test_a_message_is_mended_and_sent_again(call, dead_letters: DeadLetters, queues: RecordingQueues):
    letter_id, mended = kept(dead_letters, '{"source": "bigcommerce"}'), a_body()
    etag = call("show_dead_letter", about(letter_id)).headers["ETag"]

    edited = call("edit_dead_letter", about(letter_id, "PUT", mended, if_match=etag))
    replayed = call("replay_dead_letter", about(letter_id, "POST"))

    assert (edited.status_code, json_of(edited)["problems"]) == (200, [])
    assert (replayed.status_code, json_of(replayed)["status"]) == (202, "replayed")
    # As one that was tried before: what it has done then is told now.
    [(queue, sent, delay)] = queues.sent
    assert (queue, delay) == (INTAKE_QUEUE, None)
    assert IntakeMessage.model_validate_json(sent) == IntakeMessage.model_validate_json(mended).tried()


def test_what_another_has_changed_meanwhile_is_not_edited_over(call, dead_letters: DeadLetters):
    letter_id, mine, theirs = kept(dead_letters), a_body(), a_body()
    call("edit_dead_letter", about(letter_id, "PUT", theirs, if_match='"1"'))

    edited = call("edit_dead_letter", about(letter_id, "PUT", mine, if_match='"1"'))
    deleted = call("delete_dead_letter", about(letter_id, "DELETE", if_match='"1"'))

    assert_problem(edited, 412, "stale version", f"{letter_id} is at revision 2 by now")
    assert deleted.status_code == 412
    assert shown(call, letter_id)["body"] == theirs


def test_an_edit_must_say_which_version_it_is_of(call, dead_letters: DeadLetters):
    letter_id = kept(dead_letters)

    without = call("edit_dead_letter", about(letter_id, "PUT", a_body()))
    invented = call("edit_dead_letter", about(letter_id, "PUT", a_body(), if_match='W/"1"'))
    unquoted = call("edit_dead_letter", about(letter_id, "PUT", a_body(), if_match="1"))

    assert (without.status_code, json_of(without)["title"]) == (428, "version required")
    assert invented.status_code == 412
    assert_refused(unquoted, ("If-Match", "1", "is neither one ETag nor *"))


@pytest.mark.parametrize(
    ("queue", "body", "mistake"),
    [
        (INTAKE_QUEUE, '{"source": "bigcommerce"}', ("external_id", None, "Field required")),
        (
            actions_queue(Provider.SAP),
            sending("1").model_dump_json(),
            ("provider", "finops", "is not sap, whose queue provider-actions-sap is"),
        ),
        (INTAKE_QUEUE, '"' + "x" * 50_000, ("body", None, "is more than the 49152 bytes a queue takes")),
    ],
)
def test_what_is_no_message_of_the_queue_is_refused_by_field(
    call, dead_letters: DeadLetters, queue: str, body: str, mistake: tuple[str, str | None, str]
):
    letter_id = kept(dead_letters, f"? {uuid4()}", queue)

    response = call("edit_dead_letter", about(letter_id, "PUT", body, if_match="*"))

    assert_refused(response, mistake)
    assert shown(call, letter_id)["revision"] == 1


def test_a_body_that_is_no_text_is_refused(call, dead_letters: DeadLetters):
    letter_id = kept(dead_letters)
    request = a_request(method="PUT", route={"letter_id": letter_id}, body=b"\xff", headers={"If-Match": "*"})

    response = call("edit_dead_letter", request)

    assert json_of(response)["errors"][0]["field"] == "body"


def test_however_often_replay_is_clicked_the_message_is_sent_once(
    call, dead_letters: DeadLetters, queues: RecordingQueues
):
    letter_id = kept(dead_letters)

    responses = [call("replay_dead_letter", about(letter_id, "POST")) for _ in range(3)]

    assert [json_of(response)["status"] for response in responses] == ["replayed"] * 3
    assert len(queues.sent) == 1


def test_a_message_that_is_given_up_once_more_can_be_replayed_once_more(
    call, dead_letters: DeadLetters, queues: RecordingQueues
):
    body = a_body()
    letter_id = kept(dead_letters, body)
    call("replay_dead_letter", about(letter_id, "POST"))
    assert kept(dead_letters, body) == letter_id

    replayed = call("replay_dead_letter", about(letter_id, "POST"))

    assert (json_of(replayed)["times"], len(queues.sent)) == (2, 2)


def test_a_replay_that_died_before_it_was_sent_is_made_up_for(
    serve: Serve, call, desk, dead_letters: DeadLetters, queues: RecordingQueues
):
    letter_id = kept(dead_letters)
    serve(dead_letter_desk=desk(FailingQueues()))
    failed = call("replay_dead_letter", about(letter_id, "POST"))
    serve(dead_letter_desk=desk())

    soon = call("replay_dead_letter", about(letter_id, "POST"))
    serve(dead_letter_desk=desk(later=timedelta(minutes=5)))
    later = call("replay_dead_letter", about(letter_id, "POST"))

    assert [failed.status_code, soon.status_code, later.status_code] == [503, 202, 202]
    assert (json_of(soon)["status"], json_of(later)["status"]) == ("replaying", "replayed")
    assert len(queues.sent) == 1


def test_a_message_that_cannot_be_read_is_not_sent_again_before_it_is_edited(
    call, dead_letters: DeadLetters, queues: RecordingQueues
):
    letter_id = kept(dead_letters, '{"source": "bigcommerce", "external_id": 1}')

    response = call("replay_dead_letter", about(letter_id, "POST"))

    detail = f"edit {letter_id} first: external_id = '1': Input should be a valid string"
    assert_problem(response, 409, "not in this state", detail)
    assert queues.sent == []


def test_an_action_that_its_flow_has_the_answer_of_is_reprocessed_instead(
    call, dead_letters: DeadLetters, queues: RecordingQueues, book: TableOrderBook
):
    order_id = taken_in(book, *VALIDATED).order.order_id
    action = sending(order_id)
    book.change(order_id, lambda _: Change(step=StepResult.failed(action.step, "gave up")))
    letter_id = kept(dead_letters, action.model_dump_json(), actions_queue(Provider.FINOPS))

    response = call("replay_dead_letter", about(letter_id, "POST"))

    detail = f"'{action.step}' has its answer already: reprocess order {order_id} instead"
    assert_problem(response, 409, "not in this state", detail)
    assert queues.sent == []


def test_what_is_back_on_its_queue_is_not_edited(call, dead_letters: DeadLetters):
    letter_id = kept(dead_letters)
    call("replay_dead_letter", about(letter_id, "POST"))

    response = call("edit_dead_letter", about(letter_id, "PUT", a_body(), if_match="*"))

    assert response.status_code == 409


def test_the_error_that_led_to_a_letter_ends_when_it_is_replayed(
    call, dead_letters: DeadLetters, errors: TableErrorPages
):
    letter_id = kept(dead_letters)
    details = {"dead_letter": letter_id}
    errors.report(ErrorEntry(kind="inbound", key=letter_id, order_id=None, message="gave up", details=details))

    call("replay_dead_letter", about(letter_id, "POST"))

    error = errors.entry("inbound", letter_id)
    assert error
    assert error.status == "resolved"


def test_an_edit_outlives_the_message_being_given_up_again(call, dead_letters: DeadLetters):
    original, mended = a_body(), a_body()
    letter_id = kept(dead_letters, original)
    call("edit_dead_letter", about(letter_id, "PUT", mended, if_match="*"))

    kept(dead_letters, original)

    letter = shown(call, letter_id)
    assert (letter["body"], letter["times"]) == (mended, 2)


@pytest.mark.parametrize("headers", [{}, {"if_match": '"1"'}])
def test_a_letter_is_thrown_away(call, dead_letters: DeadLetters, headers: dict[str, str]):
    letter_id = kept(dead_letters)

    response = call("delete_dead_letter", about(letter_id, "DELETE", **headers))

    assert (response.status_code, response.get_body()) == (204, b"")
    assert call("show_dead_letter", about(letter_id)).status_code == 404


def test_a_letter_keeps_every_character(call, dead_letters: DeadLetters):
    body = json.dumps({"source": f"é 😀 {uuid4()}"}, ensure_ascii=False)

    assert shown(call, kept(dead_letters, body))["body"] == body
