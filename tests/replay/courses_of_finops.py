"""The courses of orders that are born in F&O."""

from collections.abc import Mapping

from tests.e2e.followed import (
    CANCELED,
    COMPLETED,
    FLEXE_SENDING,
    INVOICING,
    PACKED,
    SENT,
    STATUS_SENDING,
    VALIDATED,
    Followed,
)
from tests.e2e.shelves import Shelves
from tests.e2e.town import F_AND_O_SHIPS, FLEXE_SHIPS_SAP_INVOICES, Town


def watched(town: Town, _: Shelves) -> Followed:
    order = _confirmed(town, F_AND_O_SHIPS).reaches(VALIDATED)
    order.is_picked()
    town.falls_quiet()
    town.office.pack(order.number)
    order.reaches(PACKED)
    town.falls_quiet()
    town.office.invoice(order.number)
    return order.reaches(COMPLETED)


def watched_and_canceled(town: Town, _: Shelves) -> Followed:
    order = _confirmed(town, F_AND_O_SHIPS).reaches(VALIDATED)
    town.office.cancel(order.number)
    return order.reaches(CANCELED)


def born_in_finops_by_flexe(town: Town, _: Shelves) -> Followed:
    order = _confirmed(town).reaches(SENT)
    town.falls_quiet()
    order.is_shipped_by_flexe().succeeds(STATUS_SENDING)
    town.falls_quiet()
    town.office.invoice(order.number)
    return order.reaches(COMPLETED)


def canceled_in_finops(town: Town, _: Shelves) -> Followed:
    """F&O cancels what Flexe has."""
    order = _confirmed(town).reaches(SENT)
    town.falls_quiet()
    town.office.cancel(order.number)
    return order.reaches(CANCELED)


def invoiced_in_sap(town: Town, _: Shelves) -> Followed:
    order = _confirmed(town, FLEXE_SHIPS_SAP_INVOICES).succeeds(FLEXE_SENDING).reaches(SENT)
    town.falls_quiet()
    order.is_shipped_by_flexe().succeeds(INVOICING)
    town.falls_quiet()
    town.accounting.invoice(order.in_sap())
    return order.reaches(COMPLETED)


def invoiced_in_sap_in_parts(town: Town, _: Shelves) -> Followed:
    order = _confirmed(town, FLEXE_SHIPS_SAP_INVOICES).succeeds(FLEXE_SENDING).reaches(SENT)
    town.falls_quiet()
    order.is_shipped_by_flexe().succeeds(INVOICING)
    town.falls_quiet()
    town.accounting.invoice_in_documents(order.in_sap(), {"10": 4})
    order.hears("Order Lines Invoiced")
    town.falls_quiet()
    town.accounting.invoice(order.in_sap())
    return order.reaches(COMPLETED)


def _confirmed(town: Town, place: Mapping[str, str] | None = None) -> Followed:
    order = town.enter() if place is None else town.enter(place)
    order.reaches("New / New")
    town.falls_quiet()
    return order.is_confirmed()
