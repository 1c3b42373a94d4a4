"""What Dataverse computes when a row is stored: prices from the product, line amounts, order totals."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.systems.finops.schema import SALESORDER, SALESORDERDETAIL, TABLES, Table
from sandbox.systems.finops.store import Row, Store

_NO_AMOUNTS = (0.0, 0.0)


def save_row(store: Store, table: Table, values: Mapping[str, Any], submitted: Iterable[str]) -> Row:
    """Store the row with its computed columns; a line also changes its order's totals."""
    if table is SALESORDER:
        return store.put(table, {**values, **_order_total(values)}, submitted=submitted)
    if table is not SALESORDERDETAIL:
        return store.put(table, values, submitted=submitted)
    before = store.get(table, values[table.id_column])
    row = store.put(table, {**values, **_line_amounts(store, values)}, submitted=submitted)
    if before is not None and before["_salesorderid_value"] != row["_salesorderid_value"]:
        _roll_up(store, before["_salesorderid_value"], before, None)
        before = None
    _roll_up(store, row["_salesorderid_value"], before, row)
    return row


def delete_row(store: Store, table: Table, row: Row) -> None:
    """Remove the row; an order takes its lines with it, a line its share of the totals."""
    if table is SALESORDER:
        for line in store.find(SALESORDERDETAIL, {"_salesorderid_value": row["salesorderid"]}):
            store.delete(SALESORDERDETAIL, line["salesorderdetailid"])
    store.delete(table, row[table.id_column])
    if table is SALESORDERDETAIL:
        _roll_up(store, row["_salesorderid_value"], row, None)


def _line_amounts(store: Store, line: Mapping[str, Any]) -> dict[str, Any]:
    price = line["priceperunit"]
    if not line["ispriceoverridden"] and not line["isproductoverridden"]:
        product = store.get(TABLES["product"], line["_productid_value"])
        price = product["price"] if product else None
    base = round((price or 0) * (line["quantity"] or 0), 4)
    extended = round(base - (line["manualdiscountamount"] or 0) + (line["tax"] or 0), 4)
    return {"priceperunit": price, "baseamount": base, "extendedamount": extended}


def _order_total(order: Mapping[str, Any]) -> dict[str, Any]:
    total = (
        order["totallineitemamount"]
        - (order["discountamount"] or 0)
        + (order["freightamount"] or 0)
        + order["totaltax"]
    )
    return {"totalamount": round(total, 4)}


def _share(line: Row | None) -> tuple[float, float]:
    """A line's part of the order's item amount and tax."""
    if line is None:
        return _NO_AMOUNTS
    tax = line["tax"] or 0
    return line["extendedamount"] - tax, tax


def _roll_up(store: Store, order_id: str, before: Row | None, after: Row | None) -> None:
    old, new = _share(before), _share(after)
    order = store.get(SALESORDER, order_id)
    if order is None or old == new:
        return
    items = round(order["totallineitemamount"] + new[0] - old[0], 4)
    values = {**order, "totallineitemamount": items, "totaltax": round(order["totaltax"] + new[1] - old[1], 4)}
    # Dataverse computes totals inside the line's own transaction: a new version of the order, but no message.
    store.put(SALESORDER, {**values, **_order_total(values)}, submitted=(), silent=True)
