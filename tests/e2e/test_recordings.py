"""What running orders are replayed from in the tests is what orders live through today."""

import pytest

from tests.e2e.town import Town
from tests.replay.record import played
from tests.replay.recordings import HISTORIES, Recording
from tests.replay.replaying import orchestrators


@pytest.mark.parametrize("course", ["complete", "given_back_by_flexe"])
def test_an_order_of_today_lives_through_what_is_recorded(town: Town, course: str):
    lived = played(course, town, orchestrators())

    recorded = Recording.load(HISTORIES / lived.orchestrator / f"{course}.json")
    assert lived.life == recorded.life
