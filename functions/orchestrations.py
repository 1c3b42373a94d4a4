"""The orchestration triggers, one a scenario, and for a while one for each version of it that orders still run on."""

import azure.durable_functions as df

from shared import flows
from shared.flows.order_flow import OrderFlow

bp = df.Blueprint()

# What new orders of a flow start on where it is not the orchestrator of the flow's own name. Orders under way stay on
# what they have started on: the task hub keeps its name (docs/changing-flows.md).
NEWEST: dict[str, str] = {}


def newest(flow: str) -> str:
    """The orchestrator that new orders of this flow start on."""
    return NEWEST.get(flow, flow)


@bp.orchestration_trigger(context_name="context")
def bigcommerce_finops_finops(context: df.DurableOrchestrationContext):
    return (yield from OrderFlow(context).run(flows.bigcommerce_finops_finops))


@bp.orchestration_trigger(context_name="context")
def finops_finops_finops(context: df.DurableOrchestrationContext):
    return (yield from OrderFlow(context).run(flows.finops_finops_finops))


@bp.orchestration_trigger(context_name="context")
def bigcommerce_flexe_finops(context: df.DurableOrchestrationContext):
    return (yield from OrderFlow(context).run(flows.bigcommerce_flexe_finops))


@bp.orchestration_trigger(context_name="context")
def bigcommerce_optimized_finops(context: df.DurableOrchestrationContext):
    return (yield from OrderFlow(context).run(flows.bigcommerce_optimized_finops))


@bp.orchestration_trigger(context_name="context")
def finops_flexe_finops(context: df.DurableOrchestrationContext):
    return (yield from OrderFlow(context).run(flows.finops_flexe_finops))


@bp.orchestration_trigger(context_name="context")
def finops_flexe_sap(context: df.DurableOrchestrationContext):
    return (yield from OrderFlow(context).run(flows.finops_flexe_sap))
