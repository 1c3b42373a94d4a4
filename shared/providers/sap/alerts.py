"""What a person should know of, though nothing has failed."""

from shared.domain.events import ALERT, BusinessEvent
from shared.domain.identity import SAP


def alert(cause: str, message: str) -> BusinessEvent:
    """`cause` tells it apart from the order's other alerts: the same one again is a copy."""
    return BusinessEvent(name=ALERT, cause=f"SAP {cause}", source=SAP, details={"message": message})
