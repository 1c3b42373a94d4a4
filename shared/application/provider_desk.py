"""Where a person installs providers, sets their parameters, tests, activates, deactivates and deletes them.

Every change is a new version of the configuration; what is so already changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.application.configuration_desk import ConfigurationDesk, Published
from shared.application.mistakes import NoSettings
from shared.configuration import Configuration
from shared.configuration.editing import with_entry, without_entry
from shared.configuration.loading import Written, written_as
from shared.configuration.providers import EVERYTHING_WRITTEN, FILE
from shared.configuration.strict_yaml import read_yaml
from shared.configuration.versions import Signature
from shared.domain.actions import Provider
from shared.domain.errors import OrderProblem, RejectedByProvider, TransientProviderError
from shared.domain.orders import Problem
from shared.providers.catalog import Connection

_REASONS = (NoSettings, RejectedByProvider, TransientProviderError)


class UnknownProvider(OrderProblem):
    """The catalog has no provider of this name."""


class NotInstalled(OrderProblem):
    """The provider has no instance that this could be done with."""


class ConnectionFailed(OrderProblem):
    """The provider cannot be reached as it is set up."""


class ProviderInUse(OrderProblem):
    """Flows have a part for it; `problems` has one entry for each of them."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{each.field} {each.problem}" for each in problems))
        self.problems = problems


class ProviderReach(Protocol):
    """What the app's settings say of providers; parameters take the place of settings of the same name."""

    def prefix(self, provider: Provider) -> str:
        """What the names of its settings begin with."""
        ...

    def missing(self, provider: Provider) -> tuple[str, ...]:
        """The settings that it cannot do without and that are not there, by name."""
        ...

    def connection(self, provider: Provider, parameters: Mapping[str, Any]) -> Connection | None:
        """None where it has no settings."""
        ...

    def test(self, provider: Provider, parameters: Mapping[str, Any]) -> None:
        """One cheap read with its credentials. Raises NoSettings, RejectedByProvider, TransientProviderError."""
        ...


@dataclass(frozen=True)
class ProviderDesk:
    """Every method raises UnknownProvider, those that change something also InvalidRequest and NotEditable."""

    desk: ConfigurationDesk
    reach: ProviderReach

    def test(self, name: str) -> str | None:
        """Why it cannot be reached as it is set up (by its settings alone if not installed); None when it can."""
        provider, versions = provider_named(name), self.desk.versions
        return self._fault(provider, written_as(versions.read(versions.current()).files).configuration)

    def install(self, name: str, parameters: Mapping[str, Any], signature: Signature) -> Published:
        """Give it these parameters and no others. A new instance is not active."""
        provider_named(name)

        def edit(written: Written) -> str:
            text = _text(written)
            there, given = read_yaml(text).get(name), {"parameters": dict(parameters)} if parameters else {}
            if there is None:
                return with_entry(text, [name], {"active": False, **given})
            if there.get("parameters", {}) == parameters:
                return text
            return with_entry(text, [name, "parameters"], dict(parameters))

        return self._changed(edit, signature)

    def activate(self, name: str, signature: Signature) -> Published:
        """Test its connection first, unless it is active already. Raises NotInstalled, ConnectionFailed."""
        provider = provider_named(name)

        def edit(written: Written) -> str:
            if _active(written.configuration, provider):
                return _text(written)
            if why := self._fault(provider, written.configuration):
                raise ConnectionFailed(f"provider {provider} stays inactive: {why}")
            return with_entry(_text(written), [name, "active"], True)

        return self._changed(edit, signature)

    def deactivate(self, name: str, signature: Signature) -> Published:
        """Ask it for nothing from now on. Raises NotInstalled."""
        provider = provider_named(name)

        def edit(written: Written) -> str:
            if not _active(written.configuration, provider):
                return _text(written)
            return with_entry(_text(written), [name, "active"], False)

        return self._changed(edit, signature)

    def delete(self, name: str, signature: Signature) -> Published:
        """With its parameters; the settings stay. Raises ProviderInUse while any flow has a part for it."""
        provider = provider_named(name)

        def edit(written: Written) -> str:
            if provider not in written.configuration.providers:
                return _text(written)
            if flows := written.configuration.flows_with(provider):
                raise ProviderInUse(*(_use(provider, flow.name, flow.published) for flow in flows))
            return without_entry(_text(written), [name])

        return self._changed(edit, signature)

    def _changed(self, edit: Callable[[Written], str], signature: Signature) -> Published:
        return self.desk.change(FILE, edit, signature)

    def _fault(self, provider: Provider, configuration: Configuration) -> str | None:
        instance = configuration.providers.get(provider)
        try:
            self.reach.test(provider, instance.parameters if instance else {})
        except _REASONS as reason:
            return str(reason)
        return None


def provider_named(name: str) -> Provider:
    """Raises UnknownProvider."""
    if name not in list(Provider):
        raise UnknownProvider(f"there is no provider {name!r}; there are {', '.join(Provider)}")
    return Provider(name)


def _text(written: Written) -> str:
    return written.files.get(FILE, EVERYTHING_WRITTEN)


def _active(configuration: Configuration, provider: Provider) -> bool:
    instance = configuration.providers.get(provider)
    if instance is None:
        raise NotInstalled(f"provider {provider} is not installed: install it first")
    return instance.active


def _use(provider: Provider, flow: str, published: bool) -> Problem:
    state = "published" if published else "unpublished"
    return Problem(field=f"flows.yaml: {flow}", value=state, problem=f"uses provider {provider}")
