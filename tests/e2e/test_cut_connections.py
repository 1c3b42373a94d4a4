"""The connection breaks after the other side has done the work: each effect still happens once."""

from tests.e2e.followed import COMPLETED, SENT, once
from tests.e2e.town import Town


def test_calls_whose_answers_were_lost_have_one_effect_each(town: Town):
    written = town.order()
    number = written["order"]["id"]
    shipments, status = f"POST /v2/orders/{number}/shipments", f"PUT /v2/orders/{number}"
    batch = "POST /api/data/v9.2/$batch"
    for call in (shipments, status):
        town.shop.fails(call, drop="after")
    town.office.fails(batch, times=2, drop="after")
    row = f"PATCH /api/data/v9.2/salesorders({town.follow(written).order_id})"
    town.office.fails(row, times=2, drop="after")
    order = town.place(written)

    order.reaches(SENT).is_picked().is_packed()
    town.shop.fails(status, drop="after")
    order.is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert [*town.shop.armed(), *town.office.armed()] == []  # every one of them was met
    assert order.received() == once()
    assert len(town.office.order(order.number)["lines"]) == 2
    assert order.errors() == []
