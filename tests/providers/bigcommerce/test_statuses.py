import pytest

from shared.providers.bigcommerce.statuses import READINESS, OrderStatus, label, moves_forward


def test_every_status_of_the_store_has_a_meaning():
    assert set(READINESS) == set(OrderStatus)
    assert [int(status) for status in OrderStatus] == list(range(15))


@pytest.mark.parametrize(
    ("target", "forward_from"),
    [
        (OrderStatus.SHIPPED, {0, 1, 3, 7, 8, 9, 11, 12}),
        (OrderStatus.COMPLETED, {0, 1, 2, 3, 7, 8, 9, 11, 12}),
    ],
)
def test_a_status_is_written_only_over_an_earlier_one(target: OrderStatus, forward_from: set[int]):
    assert {status for status in [*range(20), -1, None] if moves_forward(status, target)} == forward_from


def test_a_status_is_named_for_people():
    assert (label(5), label(11), label(99)) == ("5 (Cancelled)", "11 (Awaiting Fulfillment)", "99 (unknown status)")
