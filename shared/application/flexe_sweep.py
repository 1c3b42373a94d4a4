"""Asking Flexe for what its callbacks failed to tell: the flows must finish without any callback."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.application.flexe_inbox import look_at
from shared.domain.ports import Checkpoints, Clock, Queues
from shared.domain.watermarks import watermark
from shared.providers.flexe.client import FlexeClient
from shared.providers.flexe.connection import FlexeConnection

log = logging.getLogger(__name__)

_CHECKPOINT = "flexe outbound orders"


@dataclass(frozen=True)
class FlexeSweep:
    client: FlexeClient
    connection: FlexeConnection
    queues: Queues
    checkpoints: Checkpoints
    now: Clock

    def run(self) -> int:
        """Hand on every order that changed since the last pass, less an overlap; then remember how far this one came.

        A pass that breaks off is made again from its start. Answers how many were handed on.
        Raises RejectedByProvider and TransientProviderError.
        """
        now = self.now()
        stored = self.checkpoints.read(_CHECKPOINT)
        latest = datetime.fromisoformat(stored) if stored else now - timedelta(days=self.connection.first_sweep_days)
        since = latest - timedelta(seconds=self.connection.sweep_overlap_seconds)
        changed: dict[str, str] = {}
        for order in self.client.updated_since(since):
            changed[order.id] = order.external_id
            latest = max(latest, order.updated_at or latest)
        for outbound_order_id, external_order_id in changed.items():
            look_at(self.queues, outbound_order_id, external_order_id)
        self.checkpoints.write(_CHECKPOINT, watermark(latest, now))
        log.info("flexe: %d changed orders", len(changed))
        return len(changed)
