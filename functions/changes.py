"""What requests that make a new version of the configuration have in common, and how they are answered."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.application.configuration_desk import Published
from shared.configuration.versions import Signature


class Why(BaseModel):
    """Who wants the change and why, for the history."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(default="operations API", min_length=1, max_length=100)
    note: str = Field(default="", max_length=500)

    @property
    def signature(self) -> Signature:
        return Signature(self.by, self.note)


def told(done: Published) -> dict[str, Any]:
    return {
        "version": done.header.model_dump(),
        "is_new": done.is_new,
        "differences": [str(difference) for difference in done.differences],
        "findings": [finding.model_dump() for finding in done.findings],
    }
