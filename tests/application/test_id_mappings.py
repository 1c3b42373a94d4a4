"""A name that nobody has mapped holds its order; once it is mapped, the order is reprocessed and goes on."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from sandbox.systems.bigcommerce import samples as store_samples
from shared.application.cancellation import Cancellation
from shared.application.intake import OrderIntake, StillWrong
from shared.application.policy_steps import PolicySteps
from shared.application.provider_actions import ProviderActions
from shared.application.reprocessing import Reprocessing
from shared.application.step_keeping import StepKeeping, StepRequest
from shared.configuration import Configuration, SourceSetup
from shared.configuration.in_force import only
from shared.domain.actions import Provider
from shared.domain.events import ORDER_SHIPPED, STEP_FAILED
from shared.domain.identity import order_id_for
from shared.domain.mappings import IdMappings
from shared.domain.orders import FulfillmentSource, Order, Shipment
from shared.domain.sources import IntakeMessage
from shared.messaging.names import INTAKE_QUEUE
from shared.providers.bigcommerce.client import BigCommerceClient
from shared.providers.bigcommerce.source import BigCommerceOrders
from shared.providers.sap.actions import SendToInvoice
from shared.store.claims import TableClaims
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import SENT, VALIDATED, RecordingQueues, an_order, errors_of, standing, taken_in
from tests.providers.bigcommerce.examples import a_connection as a_store
from tests.providers.sap import samples as sap_samples

CUSTOMER = "58"  # who places the sample orders of the store
BAG_AND_KETTLE = {"BAG-CNV-OLV": "P-BAG", "KTL-EN-1L": "P-KETTLE"}
Tables = dict[str, Any]
ALL_OF_THE_STORE: Tables = {"products": BAG_AND_KETTLE, "units": {"each": "ea"}, "accounts": {CUSTOMER: "US-1"}}
ALL_OF_SAP: Tables = {
    "products": {"P-BAG": "BAG-CNV-OLV", "P-KETTLE": "KTL-EN-1L"},
    "units": {"ea": "PC"},
    "accounts": {"US-007": "10100555"},
    "warehouses": {"61": "1010"},
}
UNKNOWN = FulfillmentSource(name="wh_99")
BOISE = SourceSetup(
    name="Flexe Boise", company="USMF", shipping_site="5", shipping_warehouse="53", flexe_warehouse="wh_99"
)


class Store(BigCommerceClient):
    """Shows one order of two lines, under any number."""

    def __init__(self) -> None:
        self._parts = store_samples.order()

    def order(self, order_id: str) -> dict[str, Any]:
        return {**self._parts["order"], "id": int(order_id)}

    def products(self, order_id: str) -> list[dict[str, Any]]:  # noqa: ARG002 - all are alike
        return self._parts["products"]

    def shipping_addresses(self, order_id: str) -> list[dict[str, Any]]:  # noqa: ARG002
        return self._parts["shipping_addresses"]


@dataclass
class App:
    """The app with a configuration that a test changes: each method is one run of it."""

    book: TableOrderBook
    errors: TableErrorPages
    claims: TableClaims
    configuration: Configuration
    queues: RecordingQueues = field(default_factory=RecordingQueues)
    store: Tables = field(default_factory=lambda: ALL_OF_THE_STORE)
    sap: Tables = field(default_factory=lambda: ALL_OF_SAP)

    def take(self, message: IntakeMessage) -> bool:
        """Whether a flow is to be started."""
        return self._intake.take(message).start is not None

    def reprocess(self, order_id: str) -> None:
        Reprocessing(self.book, self.errors, self.queues, self._intake.mend, configuration=0).again(
            order_id, "operator"
        )

    def take_queued(self) -> list[bool]:
        return [self.take(IntakeMessage.model_validate_json(text)) for text in self.queues.messages(INTAKE_QUEUE)]

    def send_to_invoice(self, order: Order, generation: int, sap: sap_samples.Sap) -> bool:
        mappings = IdMappings.model_validate({"system": "sap", **self.sap})
        perform = SendToInvoice(sap.client(), self.book, mappings, sap_samples.connection(sap.url))
        actions = ProviderActions(self._steps, self.claims, {(Provider.SAP, "send_to_invoice"): perform})
        return actions.run(sap_samples.a_request(order, generation)).success

    def assign(self, order: Order, generation: int) -> bool:
        policies = self.configuration.flow("bigcommerce_flexe_finops").assignment
        steps = PolicySteps(self._steps, only(self.configuration))
        return steps.assign(StepRequest(order.order_id, "Policy Assignment", generation), policies).success

    def told(self, order_id: str) -> list[str]:
        return [entry.message for entry in errors_of(self.errors, order_id)]

    @property
    def _steps(self) -> StepKeeping:
        return StepKeeping(self.book, self.errors)

    @property
    def _intake(self) -> OrderIntake:
        shipped = self.configuration.mappings_of("bigcommerce")
        codes = {"countries": shipped.countries, "currencies": shipped.currencies}
        mappings = IdMappings.model_validate({"system": "bigcommerce", **codes, **self.store})
        sources = {"bigcommerce": BigCommerceOrders(Store(), mappings, a_store())}
        return OrderIntake(
            self.book, self.errors, sources, only(self.configuration), Cancellation(self.book, self.errors)
        )


@pytest.fixture
def app(book: TableOrderBook, errors: TableErrorPages, claims: TableClaims, configuration: Configuration) -> App:
    return App(book, errors, claims, configuration)


def with_source(configuration: Configuration, source: SourceSetup) -> Configuration:
    fulfillment = configuration.fulfillment
    more = fulfillment.with_(sources={**fulfillment.sources, source.name: source})
    return configuration.with_(fulfillment=more)


def without(name: str, table: str, tables: Tables) -> Tables:
    rows = {key: row for key, row in tables[table].items() if key != name}
    return {**tables, table: rows or {"another": "X"}}


def a_number() -> str:
    """Of an order of the store that no other test has."""
    return str(uuid4().int % 10**9 + 1)


def shipped_from_61() -> Order:
    order_id = str(uuid4())
    order = sap_samples.an_order(order_id=order_id, number=order_id[:8], external_id=order_id)
    lines = tuple(line.with_(shipping_warehouse="61") for line in order.lines)
    return sap_samples.shipped_whole(order.with_(lines=lines))


def shipped_from(place: FulfillmentSource) -> Order:
    order = an_order(fulfillment_source=place, shipments=(Shipment(tracking_number="1Z", items=()),))
    return order.with_(lines=tuple(line.with_(fulfillment_source=place) for line in order.lines))


@pytest.mark.parametrize(
    ("table", "name", "told"),
    [
        ("products", "KTL-EN-1L", "products[1].sku = 'KTL-EN-1L': this product of bigcommerce has no name in F&O"),
        ("units", "each", "products[0].unit = 'each': this unit of bigcommerce has no name in F&O"),
        ("accounts", CUSTOMER, "customer_id = '58': this account of bigcommerce has no name in F&O"),
    ],
)
def test_an_order_of_the_store_with_a_name_that_is_not_mapped_is_held_until_it_is(
    app: App, table: str, name: str, told: str
):
    message = IntakeMessage(source="bigcommerce", external_id=a_number())
    order_id = order_id_for("bigcommerce", message.external_id)
    app.store = without(name, table, ALL_OF_THE_STORE)
    started = app.take(message)
    held, messages = standing(app.book, order_id), app.told(order_id)

    app.store = ALL_OF_THE_STORE
    app.reprocess(order_id)
    started_then = app.take_queued()

    assert (started, started_then) == (False, [True])
    assert held == ("On Hold", "Order Intake Failed")
    assert [told in each for each in messages] == [True]
    order = app.book.get(order_id).order
    assert [(line.product, line.unit) for line in order.lines] == [("P-BAG", "ea"), ("P-KETTLE", "ea")]
    assert order.customer_account == "US-1"
    assert app.told(order_id) == []


def test_an_order_held_before_it_was_assigned_gets_the_names_that_are_mapped_by_now(app: App):
    held = an_order(external_id=a_number(), customer_account="US-OLD")
    order_id = taken_in(app.book, *VALIDATED, STEP_FAILED, order=held).order.order_id

    app.reprocess(order_id)

    order = app.book.get(order_id).order
    assert ([line.product for line in order.lines], order.customer_account) == (["P-BAG", "P-KETTLE"], "US-1")
    assert standing(app.book, order_id)[0] == "In Progress"


def test_reprocessing_before_the_name_is_mapped_says_so_again(app: App):
    order_id = taken_in(app.book, *VALIDATED, STEP_FAILED, order=an_order(external_id=a_number())).order.order_id
    app.store = without("KTL-EN-1L", "products", ALL_OF_THE_STORE)

    with pytest.raises(StillWrong, match="KTL-EN-1L"):
        app.reprocess(order_id)

    assert standing(app.book, order_id)[0] == "On Hold"


@pytest.mark.parametrize(
    ("table", "name", "told"),
    [
        ("products", "P-KETTLE", "line 2: product 'P-KETTLE' has no name in sap; add it to sap.products"),
        ("units", "ea", "line 1, 2: unit 'ea' has no name in sap; add it to sap.units"),
        ("accounts", "US-007", "invoice customer: account 'US-007' has no name in sap; add it to sap.accounts"),
        ("warehouses", "61", "line 1, 2: warehouse '61' has no name in sap; add it to sap.warehouses"),
    ],
)
def test_an_order_with_a_name_sap_does_not_have_is_held_and_invoiced_once_it_is_mapped(
    app: App, table: str, name: str, told: str
):
    order = taken_in(app.book, *SENT, ORDER_SHIPPED, order=shipped_from_61()).order
    with sap_samples.sap_with() as sap:
        app.sap = without(name, table, ALL_OF_SAP)
        sent = app.send_to_invoice(order, 1, sap)
        held, messages, made = standing(app.book, order.order_id)[0], app.told(order.order_id), sap.created

        app.sap = ALL_OF_SAP
        app.reprocess(order.order_id)
        sent_then = app.send_to_invoice(order, 2, sap)

        assert (sent, made, held) == (False, [], "On Hold")
        assert [told in each for each in messages] == [True]
        assert (sent_then, len(sap.created)) == (True, 1)
    assert app.told(order.order_id) == []


def test_an_order_that_left_a_warehouse_nobody_has_mapped_is_held_and_assigned_once_somebody_has(app: App):
    order = taken_in(app.book, *SENT, ORDER_SHIPPED, order=shipped_from(UNKNOWN)).order
    assigned = app.assign(order, 1)
    held, messages = standing(app.book, order.order_id)[0], app.told(order.order_id)

    app.configuration = with_source(app.configuration, BOISE)
    app.reprocess(order.order_id)
    assigned_then = app.assign(order, 2)

    assert (assigned, held, assigned_then) == (False, "On Hold", True)
    assert [each.partition(";")[0] for each in messages] == [
        "fulfillment_source = 'wh_99': this warehouse of flexe has no name in F&O"
    ]
    now = app.book.get(order.order_id).order
    assert (now.company, now.invoice_customer, now.fulfillment_source) == ("USMF", "US-007", BOISE.in_finops)
    assert {(line.company, line.shipping_site, line.shipping_warehouse) for line in now.lines} == {("USMF", "5", "53")}
    assert app.told(order.order_id) == []
