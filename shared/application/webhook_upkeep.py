"""Looking after the registrations by which outside systems tell us of changes: some systems switch them off."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

from shared.domain.actions import Provider
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.webhooks import MayNotRegister, Registrar
from shared.providers.bigcommerce.client import BigCommerceClient
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.bigcommerce.hooks import BigCommerceHooks
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.webhook_steps import DataverseSteps

NO_ADDRESS = "ORDERS__PUBLIC_URL is not set: no system can be told where this app is"


def registrars(
    address: str | None,
    bigcommerce: tuple[BigCommerceClient, BigCommerceConnection],
    dataverse: tuple[DataverseClient, DataverseConnection],
) -> Mapping[Provider, Registrar]:
    """Of the systems that can be told by their API whom to call; none where the app does not know its own address."""
    if address is None:
        return {}
    return {
        Provider.BIGCOMMERCE: BigCommerceHooks(*bigcommerce, address),
        Provider.FINOPS: DataverseSteps(*dataverse, address),
    }


@dataclass(frozen=True)
class Upkeep:
    """`left`: what was left to people, and why."""

    created: int
    corrected: int
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class WebhookUpkeep:
    """`registrars` is empty where the app does not know its own address."""

    registrars: Mapping[Provider, Registrar]

    def run(self, resting: Container[Provider] = ()) -> Upkeep:
        """Restore what is missing or wrong, in every system but the `resting`.

        One that refuses or does not answer keeps no other from being looked after; its problem is raised at the end.
        """
        found, left, problems = [], [] if self.registrars else [NO_ADDRESS], []
        for provider, registrar in self.registrars.items():
            if provider in resting:
                continue
            try:
                found += registrar.restore()
            except MayNotRegister as barred:
                left.append(str(barred))
            except (RejectedByProvider, TransientProviderError) as problem:
                problems.append(problem)
        if problems:
            raise problems[0]
        created = sum(not each.exists for each in found)
        return Upkeep(created, sum(not each.in_place for each in found) - created, tuple(left))
