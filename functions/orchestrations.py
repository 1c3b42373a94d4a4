"""The orchestration triggers, one a scenario."""

import azure.durable_functions as df

from shared import flows
from shared.flows.order_flow import OrderFlow

bp = df.Blueprint()


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
