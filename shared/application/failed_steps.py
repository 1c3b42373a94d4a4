"""What every failed step does to its order."""

from shared.domain.events import STEP_FAILED, BusinessEvent
from shared.domain.results import StepResult


def failure(result: StepResult, generation: int) -> BusinessEvent:
    """The event that puts an order on hold because one of its steps failed."""
    return BusinessEvent(
        name=STEP_FAILED,
        cause=f"{result.step}.{generation}",
        source="orchestration",
        details={"step": result.step, "generation": generation, "message": result.message},
    )
