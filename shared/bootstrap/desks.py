"""Where the configuration is changed; each desk built once, when it is first asked for."""

from collections.abc import Callable
from functools import cached_property, partial

from shared.application.configuration_desk import ConfigurationDesk
from shared.application.draft_desk import DraftDesk
from shared.application.flow_desk import FlowDesk
from shared.application.mapping_desk import MappingDesk
from shared.application.provider_desk import ProviderDesk
from shared.bootstrap.clients import now
from shared.bootstrap.needs import lacking
from shared.bootstrap.reach import Reach
from shared.bootstrap.storage import Storage
from shared.settings import Settings


class Desks:
    """`settings` are those of the app as they were given, for any version of the configuration."""

    def __init__(self, settings: Settings, storage: Storage, published: Callable[[], None]) -> None:
        self._given = settings
        self._storage = storage
        self._published = published

    @cached_property
    def configuration_desk(self) -> ConfigurationDesk:
        return ConfigurationDesk(self._storage.versions, now, partial(lacking, self._given), self._published)

    @cached_property
    def draft_desk(self) -> DraftDesk:
        return DraftDesk(self._storage.draft, self.configuration_desk, now)

    @cached_property
    def flow_desk(self) -> FlowDesk:
        return FlowDesk(self.configuration_desk)

    @cached_property
    def mapping_desk(self) -> MappingDesk:
        return MappingDesk(self.configuration_desk)

    @cached_property
    def provider_desk(self) -> ProviderDesk:
        return ProviderDesk(self.configuration_desk, Reach(self._given))
