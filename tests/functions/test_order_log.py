"""Every record that is logged while working on an order says which, as a field; and each of ours is one line."""

import json
import logging
from types import SimpleNamespace

import pytest

from shared.application.flexe_events import FlexeEvents
from shared.application.inboxes import DataverseInbox
from shared.application.provider_events import ProviderEvent
from shared.domain.actions import Provider
from shared.domain.errors import TransientProviderError
from shared.message_transport import Transport
from shared.telemetry import log_fields
from tests.application.samples import (
    VALIDATED,
    RecordingQueues,
    an_order,
    message_about,
    raising,
    sending,
    taken_in,
)
from tests.functions.requests import a_message, a_request
from tests.functions.world import World
from tests.providers.finops.samples import connection
from tests.providers.finops.test_messages import context


@pytest.fixture(autouse=True)
def fields(caplog: pytest.LogCaptureFixture):
    before = logging.getLogRecordFactory()
    log_fields.install()
    log_fields.install()
    with caplog.at_level(logging.INFO):
        yield
    logging.setLogRecordFactory(before)


def the_record(caplog: pytest.LogCaptureFixture, words: str) -> dict[str, object]:
    (record,) = (each for each in caplog.records if words in each.getMessage())
    return {name: value for name, value in vars(record).items() if name in log_fields.FIELDS}


async def test_a_record_of_intake_names_the_order_as_we_and_as_its_source_call_it(
    world: World, caplog: pytest.LogCaptureFixture
):
    order = world.shop.fails(an_order(), TransientProviderError("busy"))

    await world.call("order_intake", a_message(message_about(order)), world.client)

    assert the_record(caplog, "intake met a passing fault") == {
        "order_id": order.order_id,
        "source": "bigcommerce",
        "external_id": order.external_id,
        "queue": "order-intake",
    }


async def test_a_record_of_an_action_names_order_provider_and_step(world: World, caplog: pytest.LogCaptureFixture):
    action = sending(taken_in(world.book, *VALIDATED).order.order_id)
    world.performing(raising(TransientProviderError("busy")))

    await world.call("run_finops_action", a_message(action), world.client)

    assert the_record(caplog, "met a passing fault") == {
        "order_id": action.order_id,
        "provider": "finops",
        "step": action.step,
        "queue": "provider-actions-finops",
    }


async def test_the_fields_of_one_order_are_not_left_to_the_next_record(world: World, caplog: pytest.LogCaptureFixture):
    order = world.shop.fails(an_order(), TransientProviderError("busy"))
    await world.call("order_intake", a_message(message_about(order)), world.client)

    logging.getLogger("shared").info("something else")

    assert the_record(caplog, "something else") == {}


def test_a_call_that_is_ignored_names_who_called(world: World, caplog: pytest.LogCaptureFixture):
    class Ignoring:
        def receive(self, *_: object) -> str:
            return "another store"

    world.serve(bigcommerce_inbox=Ignoring())

    world.call("bigcommerce_webhook", a_request(method="POST", body=b"{}"))

    assert the_record(caplog, "call ignored") == {"source": "bigcommerce"}


FORGED = "x\nERROR forged\r\x1b[2J\u2028"


def lines_with(caplog: pytest.LogCaptureFixture, words: str) -> list[str]:
    return [each.getMessage() for each in caplog.records if words in each.getMessage()]


@pytest.mark.parametrize("transport", [Transport.SERVICE_BUS])
async def test_a_table_that_a_notification_names_starts_no_line_of_the_log(
    world: World, caplog: pytest.LogCaptureFixture
):
    notification = context(FORGED)
    world.serve(dataverse_inbox=DataverseInbox(connection(), RecordingQueues()))

    await world.call("dataverse_notifications", a_message(json.dumps(notification).encode()))

    (line,) = lines_with(caplog, "dataverse notification ignored")
    assert line.isprintable()


def test_an_id_of_flexe_starts_no_line_of_the_log(world: World, caplog: pytest.LogCaptureFixture):
    events = FlexeEvents(world.book, world.errors, SimpleNamespace(), {})  # pyright: ignore[reportArgumentType]

    events.handle(ProviderEvent(provider=Provider.FLEXE, document=FORGED, reference="nobody's"), redelivered=False)

    (line,) = lines_with(caplog, "is not one of ours")
    assert line.isprintable()


def test_a_line_of_the_log_is_as_long_as_it_was_meant(caplog: pytest.LogCaptureFixture):
    logging.getLogger("shared.x").info("said %s", "ä" * 10_000)

    assert lines_with(caplog, "said") == [f"said {'ä' * 10_000}"]


def test_the_trace_of_an_exception_keeps_its_lines(caplog: pytest.LogCaptureFixture):
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("functions.x").exception("failed:\n%s", "why")

    assert "failed:\\nwhy\nTraceback (most recent call last):\n" in caplog.text


def test_what_libraries_log_stays_as_it_is(caplog: pytest.LogCaptureFixture):
    logging.getLogger("sharedlib").info("two\nlines")

    assert lines_with(caplog, "two") == ["two\nlines"]
