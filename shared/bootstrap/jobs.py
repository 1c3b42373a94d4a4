"""What each background job does, by its name."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from shared.application.background_jobs import SCHEDULES, Done, Job
from shared.application.flexe_sweep import FlexeSweep
from shared.application.pullers import BigCommercePuller, DataverseSweep
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
    works: Mapping[str, tuple[Provider, Callable[[], Done]]] = {
        "pull_bigcommerce_orders": (Provider.BIGCOMMERCE, lambda: _queued(services.bigcommerce_puller)),
        "pull_dataverse_changes": (Provider.FINOPS, lambda: _queued(services.dataverse_sweep)),
        "pull_flexe_orders": (Provider.FLEXE, lambda: _queued(services.flexe_sweep)),
        "pull_sap_billing_documents": (Provider.SAP, lambda: Done({"documents_queued": services.sap_sweep.run()})),
        "run_optimization_batches": (Provider.OPTIMIZATION, lambda: _batches(services)),
        "release_backorders": (Provider.OPTIMIZATION, lambda: _backorders(services)),
    }
    return {name: _work(services, provider, work) for name, (provider, work) in works.items()} | {
        "keep_webhooks": _upkeep(services),
        "report_metrics": lambda: Done(services.readings.take()),
    }


def _work(services: "Services", provider: Provider, work: Callable[[], Done]) -> Callable[[], Done] | None:
    """Of a provider that is not active it rests, and its log says so: what is missed is made up for afterwards."""
    if not services.speaks_to(provider):
        return None
    why = services.why_idle(provider)
    return (lambda: Done({}, f"{why}: the job rests")) if why else work


def _queued(puller: BigCommercePuller | DataverseSweep | FlexeSweep) -> Done:
    return Done({"orders_queued": puller.run()})


def _batches(services: "Services") -> Done:
    run = services.sourcing.batches.run()
    return Done({"orders_answered": len(run.answered)}, "; ".join(run.put_off), answered=run.answered)


def _backorders(services: "Services") -> Done:
    run = services.sourcing.backorders.run(now())
    counts = {"lines_released": run.released, "lines_canceled": run.canceled, "lines_waiting": run.waiting}
    left = ("another run is at work",) if run.busy else run.put_off
    return Done(counts, "; ".join(left), seen=run.seen)


def _upkeep(services: "Services") -> Callable[[], Done] | None:
    """The job of several providers rests when all of them do."""
    asked = [each for each in (Provider.BIGCOMMERCE, Provider.FINOPS) if services.speaks_to(each)]
    idle = {each: why for each in asked if (why := services.why_idle(each))}
    if not asked:
        return None
    if len(idle) == len(asked):
        reasons = "; ".join(dict.fromkeys(idle.values()))
        return lambda: Done({}, f"{reasons}: the job rests")
    return lambda: _kept(services, idle)


def _kept(services: "Services", idle: Mapping[Provider, str]) -> Done:
    kept = services.webhook_upkeep.run(idle)
    left = (*(f"{why}: its webhooks are left alone" for why in idle.values()), *kept.left)
    return Done({"webhooks_created": kept.created, "webhooks_corrected": kept.corrected}, "; ".join(left))
