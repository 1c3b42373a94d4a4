"""Which hooks of the store are created, corrected and left alone."""

from typing import Any

import pytest

from shared.providers.bigcommerce.hooks import ORDER_SCOPES, Finding, decide

HERE = "https://orders.example.com/api/webhooks/bigcommerce"
HEADERS = {"X-Webhook-Key": "s3cret"}
CREATED, STATUS_UPDATED = ORDER_SCOPES


def a_hook(scope: str = CREATED, **differs: Any) -> dict[str, Any]:
    usual = {"id": 7, "scope": scope, "destination": HERE, "headers": dict(HEADERS), "is_active": True}
    return usual | differs


def of_created(*hooks: dict[str, Any], headers: dict[str, str] = HEADERS) -> Finding:
    """What is to be done about the hook for new orders."""
    finding, _ = decide(hooks, HERE, headers)
    return finding


def test_a_store_without_hooks_gets_one_for_each_event_with_the_secret_header():
    found = decide([], HERE, HEADERS)

    wanted = {"destination": HERE, "is_active": True, "headers": HEADERS}
    assert [(each.hook_id, each.changes) for each in found] == [
        (None, {"scope": scope, **wanted}) for scope in ORDER_SCOPES
    ]


def test_hooks_that_are_as_they_should_be_are_left_alone():
    found = decide([a_hook(CREATED), a_hook(STATUS_UPDATED, id=8)], HERE, HEADERS)

    assert [(each.hook_id, each.changes) for each in found] == [(7, {}), (8, {})]


@pytest.mark.parametrize(
    ("differs", "correction"),
    [
        ({"is_active": False}, {"is_active": True}),
        ({"destination": "https://old.example.com/api/webhooks/bigcommerce"}, {"destination": HERE}),
        ({"headers": None}, {"headers": HEADERS}),
        ({"headers": {"x-webhook-key": "old"}}, {"headers": HEADERS}),
        ({"headers": {"Via": "gateway"}}, {"headers": {"Via": "gateway", **HEADERS}}),
    ],
)
def test_of_a_hook_that_differs_only_what_differs_is_corrected(differs: dict[str, Any], correction: dict[str, Any]):
    finding = of_created(a_hook(**differs))

    assert (finding.hook_id, finding.changes) == (7, correction)


@pytest.mark.parametrize("headers", [{"x-webhook-key": "s3cret"}, {**HEADERS, "Via": "gateway"}])
def test_the_name_of_the_header_has_no_case_and_others_beside_it_do_no_harm(headers: dict[str, str]):
    assert of_created(a_hook(headers=headers)).changes == {}


def test_an_app_without_a_header_secret_asks_for_no_header():
    assert "headers" not in of_created(headers={}).changes
    assert of_created(a_hook(headers={"Via": "gateway"}), headers={}).changes == {}


@pytest.mark.parametrize(
    "others",
    [
        {"destination": "https://crm.example.com/hooks", "is_active": False},
        {"scope": "store/order/*", "is_active": False},
        {"scope": "store/customer/created"},
    ],
)
def test_hooks_of_others_are_never_touched(others: dict[str, Any]):
    finding = of_created(a_hook(**others))

    assert finding.hook_id is None


def test_of_two_hooks_of_our_path_the_one_that_leads_here_counts_and_the_other_stays():
    elsewhere = a_hook(id=6, destination="https://staging.example.com/api/webhooks/bigcommerce")

    finding = of_created(elsewhere, a_hook(is_active=False))

    assert (finding.hook_id, finding.changes) == (7, {"is_active": True})


def test_what_is_said_of_a_correction_holds_no_secret():
    registration = of_created(a_hook(headers={"X-Webhook-Key": "old"})).registration

    assert (registration.name, registration.wrong) == (CREATED, ("headers",))
