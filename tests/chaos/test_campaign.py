"""A fixed part of the campaign (`make chaos`): orders of all scenarios at once, each with faults of its own."""

from collections.abc import Iterator

import pytest

from sandbox.demo.scenarios import SCENARIOS
from tests.chaos.campaign import Campaign, running_campaign
from tests.chaos.planning import sample

_SEED = 20261126
_ORDERS, _FAULTS, _KILLED = 24, 3, 8


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with running_campaign(tmp_path_factory.mktemp("chaos")) as running:
        running.record(list(SCENARIOS))
        yield running


@pytest.mark.timeout(400)
def test_orders_that_meet_faults_of_every_kind_end_well_with_each_effect_once(campaign: Campaign):
    wave = sample(campaign.crossed, _SEED, orders=_ORDERS, faults=_FAULTS, kills=_KILLED)

    results = campaign.play_wave(wave)

    assert [each.explained() for each in results if not each.ok] == []
    assert campaign.wire.failures == []
    assert campaign.disasters.kills > 0
    assert sum(campaign.wire.injected.values()) > _ORDERS
