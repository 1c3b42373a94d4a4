"""A new release while orders are under way: they finish as they have begun, new orders go the new way."""

from pathlib import Path

import httpx

from shared.domain.identity import instance_id_for
from shared.running_flows import running_on
from tests.e2e.followed import ALL_STEPS, COMPLETED, PICKED, TELL_SHIPPED, Followed, once
from tests.e2e.town import Town, copy_code

LOOK_AGAIN = "Second Look"
NEW_STEPS = [*ALL_STEPS[:3], LOOK_AGAIN, *ALL_STEPS[3:]]
OLD, NEW = "bigcommerce_finops_finops", "bigcommerce_finops_finops_v2"
TRIGGER = f"""

@bp.orchestration_trigger(context_name="context")
def {NEW}(context: df.DurableOrchestrationContext):
    return (yield from OrderFlow(context).run(flows.{NEW}))
"""


def test_an_order_finishes_on_the_version_it_has_started_on_and_a_new_one_takes_the_next(own_town: Town, own_app: Path):
    town, app = own_town, own_app
    before = town.place().reaches("Fulfillment in Process / Sent To Fulfillment")

    town.sandbox.stop_app()
    _release_a_second_version(app)
    town.sandbox.start_app()
    after = town.place().reaches("Fulfillment in Process / Sent To Fulfillment")
    running = running_on(town.sandbox.app_url)
    for order in (before, after):
        _goes_on(town, order)

    town.falls_quiet()
    assert running == {OLD: 1, NEW: 1}
    assert running_on(town.sandbox.app_url) == {}
    assert [_orchestrator(town, order) for order in (before, after)] == [OLD, NEW]
    assert before.steps() == [(step, 1, True) for step in ALL_STEPS]
    assert after.steps() == [(step, 1, True) for step in NEW_STEPS]
    assert [order.received() for order in (before, after)] == [once()] * 2
    assert before.errors() == after.errors() == []


def _release_a_second_version(app: Path) -> None:
    """As docs/changing-flows.md has it: a file, a trigger and a line; the new flow has one more step, in the middle."""
    copy_code(app)
    flows = app / "shared" / "flows"
    first = (flows / f"{OLD}.py").read_text(encoding="utf-8")
    looking = f'    yield from flow._step("{LOOK_AGAIN}", "assign_by_policy", {{"policies": []}})\n'
    picked = "    yield from flow.until(ORDER_PICKED)\n"
    second = first.replace(f"def {OLD}(", f"def {NEW}(").replace(picked, picked + looking)
    assert second.count(NEW) == second.count(LOOK_AGAIN) == 1
    (flows / f"{NEW}.py").write_text(second, encoding="utf-8")
    scenarios = flows / "__init__.py"
    exported = scenarios.read_text(encoding="utf-8") + f"\nfrom shared.flows.{NEW} import {NEW}\n"
    scenarios.write_text(exported, encoding="utf-8")
    triggers = app / "functions" / "orchestrations.py"
    none_newer, newer = "NEWEST: dict[str, str] = {}", f'NEWEST: dict[str, str] = {{"{OLD}": "{NEW}"}}'
    text = triggers.read_text(encoding="utf-8")
    assert none_newer in text
    triggers.write_text(text.replace(none_newer, newer) + TRIGGER, encoding="utf-8")


def _goes_on(town: Town, order: Followed) -> None:
    order.reaches("Fulfillment in Process / Sent To Fulfillment").office.pick(order.number)
    order.reaches(PICKED)
    if _orchestrator(town, order) == NEW:
        order.succeeds(LOOK_AGAIN)
    order.office.pack(order.number)
    order.succeeds(TELL_SHIPPED).is_invoiced().reaches(COMPLETED)


def _orchestrator(town: Town, order: Followed) -> str:
    """What the task hub says that it runs on."""
    instance = f"instances/{instance_id_for(order.order_id)}"
    return httpx.get(f"{town.sandbox.app_url}/runtime/webhooks/durabletask/{instance}", trust_env=False).json()["name"]
