"""The services by which people look at the configuration and change it."""

from collections.abc import Callable
from functools import cached_property, partial

from shared.application.configuration_desk import ConfigurationDesk
from shared.application.draft_desk import DraftDesk
from shared.application.flow_desk import FlowDesk
from shared.application.mapping_desk import MappingDesk
from shared.bootstrap.clients import now
from shared.bootstrap.needs import missing_settings
from shared.bootstrap.storage import Storage
from shared.settings import Settings


class Configuring:
    """Each built once, when it is first asked for. `published` is called when a new version has been made current."""

    def __init__(self, settings: Settings, storage: Storage, published: Callable[[], None]) -> None:
        self._settings = settings
        self._storage = storage
        self._published = published

    @cached_property
    def configuration_desk(self) -> ConfigurationDesk:
        lacking = partial(missing_settings, self._settings)
        return ConfigurationDesk(self._storage.versions, now, lacking, self._published)

    @cached_property
    def draft_desk(self) -> DraftDesk:
        return DraftDesk(self._storage.draft, self.configuration_desk, now)

    @cached_property
    def flow_desk(self) -> FlowDesk:
        return FlowDesk(self.configuration_desk)

    @cached_property
    def mapping_desk(self) -> MappingDesk:
        return MappingDesk(self.configuration_desk)
