"""Ids that follow from what they name, so that the same order can never exist, run or act twice."""

from uuid import UUID, uuid5

FINOPS = "finops"
FLEXE = "flexe"
SAP = "sap"
_NAMESPACE = UUID("5b0c8e0e-6b3f-5a53-9a55-0c7f6f0f1a01")


def order_id_for(source: str, external_id: str) -> str:
    """Our id of the order that `source` calls `external_id`; also its row id in Dataverse.

    An order born in F&O has its row already, by which it is known from the start.
    """
    if source == FINOPS:
        return external_id
    return str(uuid5(_NAMESPACE, f"{source}:{external_id}"))


def line_id_for(order_id: str, external_line_id: str) -> str:
    """Our id of one order line; also its row id in Dataverse."""
    return str(uuid5(UUID(order_id), external_line_id))


def instance_id_for(order_id: str) -> str:
    """The one orchestration instance an order may have."""
    return f"order-{order_id}"


def action_id_for(order_id: str, step: str, generation: int) -> str:
    """Names one request to a provider; a reprocessed step asks again under the next generation."""
    return f"{order_id}.{step}.{generation}"
