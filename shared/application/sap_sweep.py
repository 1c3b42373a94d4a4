"""Asking SAP for the billing documents that no event told of. A pass that breaks off is made again."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.application.sap_inbox import SapInbox
from shared.domain.ports import Checkpoints, Clock, Queues
from shared.domain.watermarks import watermark
from shared.providers.sap.billing import matters
from shared.providers.sap.client import SapClient
from shared.providers.sap.connection import SapConnection

log = logging.getLogger(__name__)

_CHECKPOINT = "sap billing documents"


@dataclass(frozen=True)
class SapSweep:
    client: SapClient
    connection: SapConnection
    queues: Queues
    checkpoints: Checkpoints
    now: Clock

    def run(self) -> int:
        """Hand on every billing document that changed since the last pass, less an overlap; then remember how far this
        one came. Answers how many were handed on.
        """
        inbox, now = SapInbox(self.connection, self.queues), self.now()
        checkpoint = self.checkpoints.read(_CHECKPOINT)
        first = now - timedelta(days=self.connection.first_sweep_days)
        latest = datetime.fromisoformat(checkpoint) if checkpoint else first
        since = latest - timedelta(seconds=self.connection.sweep_overlap_seconds)
        handed_on: set[str] = set()
        for document in self.client.billing_documents_changed_since(since):
            latest = max(latest, document.changed_at or latest)
            if matters(document) and document.number not in handed_on:
                inbox.look_at(document.number)
                handed_on.add(document.number)
        self.checkpoints.write(_CHECKPOINT, watermark(latest, now))
        log.info("sap: %d changed billing documents", len(handed_on))
        return len(handed_on)
