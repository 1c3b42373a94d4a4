"""One system that refuses, or is down, keeps no other's webhooks from being restored."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from shared.application.webhook_upkeep import NO_ADDRESS, Upkeep, WebhookUpkeep
from shared.domain.actions import Provider
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.webhooks import MayNotRegister, Registration

FOUND = (
    Registration("new orders", exists=False),
    Registration("status", exists=True, wrong=("is_active", "headers")),
    Registration("refunds", exists=True),
)


@dataclass
class System:
    """Holds registrations, or meets `fault`; counts how often it was restored."""

    fault: Exception | None = None
    restored: list[Sequence[Registration]] = field(default_factory=list)

    def look(self) -> Sequence[Registration]:
        return FOUND

    def restore(self) -> Sequence[Registration]:
        if self.fault:
            raise self.fault
        self.restored.append(FOUND)
        return FOUND


def test_what_was_missing_is_created_and_what_was_wrong_corrected():
    upkeep = WebhookUpkeep({Provider.BIGCOMMERCE: System(), Provider.FINOPS: System()})

    assert upkeep.run() == Upkeep(created=2, corrected=2)


def test_what_rests_is_left_alone():
    store, dataverse = System(), System()

    WebhookUpkeep({Provider.BIGCOMMERCE: store, Provider.FINOPS: dataverse}).run({Provider.FINOPS})

    assert (len(store.restored), len(dataverse.restored)) == (1, 0)


@pytest.mark.parametrize("fault", [RejectedByProvider("no more hooks"), TransientProviderError("busy")])
def test_a_system_that_cannot_be_told_is_a_failure_once_the_others_are_told(fault: Exception):
    dataverse = System()
    upkeep = WebhookUpkeep({Provider.BIGCOMMERCE: System(fault), Provider.FINOPS: dataverse})

    with pytest.raises(type(fault), match=str(fault)):
        upkeep.run()

    assert len(dataverse.restored) == 1


def test_a_system_that_only_people_may_tell_is_left_to_them():
    barred = System(MayNotRegister("Dataverse lets only its administrators do this"))

    done = WebhookUpkeep({Provider.BIGCOMMERCE: System(), Provider.FINOPS: barred}).run()

    assert done == Upkeep(1, 1, ("Dataverse lets only its administrators do this",))


def test_an_app_that_does_not_know_its_address_tells_nobody():
    assert WebhookUpkeep({}).run() == Upkeep(0, 0, (NO_ADDRESS,))
