"""The connection breaks after the other side has done the work: each effect still happens once."""

from tests.e2e.followed import all_complete, once
from tests.e2e.town import Town


def test_calls_whose_answers_were_lost_have_one_effect_each(town: Town):
    by_parcel, by_status = town.order(), town.order()
    orders = [town.follow(by_parcel), town.follow(by_status)]
    town.shop.fails(f"POST /v2/orders/{orders[0].external_id}/shipments", drop="after")
    town.shop.fails(f"PUT /v2/orders/{orders[1].external_id}", drop="after", times=2)
    town.office.fails("POST /api/data/v9.2/$batch", drop="after", times=4)
    for order in orders:
        town.office.fails(f"PATCH /api/data/v9.2/salesorders({order.order_id})", drop="after", times=2)
    for written in (by_parcel, by_status):
        town.shop.place(written)

    all_complete(*orders)

    town.falls_quiet()
    assert [*town.shop.armed(), *town.office.armed()] == []  # every one of them was met
    # The parcel had moved the store's order to shipped by the time it was looked at again.
    assert orders[0].received() == once(status_writes=(10,))
    assert orders[1].received() == once()
    for order in orders:
        assert len(town.office.order(order.number)["lines"]) == 2
        assert order.errors() == []
