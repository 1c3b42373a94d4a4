"""What each background job does, by its name."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from shared.application.background_jobs import SCHEDULES, Done, Job
from shared.bootstrap.clients import now
from shared.domain.actions import Provider
from shared.settings import HostSettings

if TYPE_CHECKING:
    from shared.bootstrap.services import Services


def background_jobs(services: "Services", host: HostSettings) -> dict[str, Job]:
    """Nothing is built before a job does its work."""
    works = _works(services)
    return {name: Job(getattr(host, setting.lower()), works[name]) for name, setting in SCHEDULES.items()}


def _works(services: "Services") -> Mapping[str, Callable[[], Done] | None]:
    def where(provider: Provider, work: Callable[[], Done]) -> Callable[[], Done] | None:
        return work if services.speaks_to(provider) else None

    return {
        "pull_bigcommerce_orders": lambda: Done({"orders_queued": services.bigcommerce_puller.run()}),
        "pull_dataverse_changes": lambda: Done({"orders_queued": services.dataverse_sweep.run()}),
        "pull_flexe_orders": where(Provider.FLEXE, lambda: Done({"orders_queued": services.flexe_sweep.run()})),
        "pull_sap_billing_documents": where(Provider.SAP, lambda: Done({"documents_queued": services.sap_sweep.run()})),
        "run_optimization_batches": where(Provider.OPTIMIZATION, lambda: _batches(services)),
        "release_backorders": where(Provider.OPTIMIZATION, lambda: _backorders(services)),
    }


def _batches(services: "Services") -> Done:
    run = services.sourcing.batches.run()
    return Done({"orders_answered": len(run.answered)}, "; ".join(run.put_off), answered=run.answered)


def _backorders(services: "Services") -> Done:
    run = services.sourcing.backorders.run(now())
    counts = {"lines_released": run.released, "lines_canceled": run.canceled, "lines_waiting": run.waiting}
    return Done(counts, "another run is at work" if run.busy else "", seen=run.seen)
