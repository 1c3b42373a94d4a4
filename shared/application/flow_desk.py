"""Which flows run: a flow that is published takes orders, one that is not takes no new ones."""

from dataclasses import dataclass
from typing import Any

from shared.application.configuration_desk import ConfigurationDesk, Published
from shared.configuration import Configuration
from shared.configuration.editing import with_entry
from shared.configuration.loading import Written
from shared.configuration.versions import Signature
from shared.domain.errors import OrderProblem

_FILE = "flows.yaml"


class UnknownFlow(OrderProblem):
    """There is no flow of this name."""


@dataclass(frozen=True)
class FlowDesk:
    desk: ConfigurationDesk

    def set_published(self, name: str, published: bool, signature: Signature) -> Published:
        """As a new version; once more changes nothing. Orders under way go on either way.

        Raises UnknownFlow, NotEditable, and InvalidRequest when the app cannot run it.
        """

        def edit(written: Written) -> str:
            flows = written.configuration.flows
            if name not in flows:
                raise UnknownFlow(f"there is no flow {name!r}; there are {', '.join(sorted(flows))}")
            text = written.files[_FILE]
            return text if flows[name].published == published else with_entry(text, [name, "published"], published)

        return self.desk.change(_FILE, edit, signature)


def flow_views(configuration: Configuration) -> list[dict[str, Any]]:
    return [flow.model_dump(mode="json") for flow in configuration.flows.values()]
