"""Asking the outside systems for what they may have failed to tell. A pass that breaks off is made again."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from shared.application.inboxes import BigCommerceInbox, DataverseInbox
from shared.domain.ports import Checkpoints, Clock
from shared.providers.bigcommerce.client import BigCommerceClient
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.bigcommerce.puller import pull_modified_orders
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.sweep import sweep

log = logging.getLogger(__name__)

_BIGCOMMERCE, _DATAVERSE = "bigcommerce orders", "dataverse salesorders"


@dataclass(frozen=True)
class BigCommercePuller:
    client: BigCommerceClient
    connection: BigCommerceConnection
    inbox: BigCommerceInbox
    checkpoints: Checkpoints
    now: Clock

    def run(self) -> int:
        """Hand on every order modified since the last pass; then remember how far this one came. How many were ours."""
        pull = pull_modified_orders(self.client, self.connection, self.checkpoints.read(_BIGCOMMERCE), self.now())
        ours = sum(self.inbox.look_at(order.external_id, order.status_id) is None for order in pull.orders)
        self.checkpoints.write(_BIGCOMMERCE, pull.watermark)
        log.info("bigcommerce: %d changed orders", len(pull.orders))
        return ours


@dataclass(frozen=True)
class DataverseSweep:
    client: DataverseClient
    connection: DataverseConnection
    inbox: DataverseInbox
    checkpoints: Checkpoints
    now: Clock

    def run(self) -> int:
        """Hand on every order row that changed since the last pass; then remember how far this one came. How many."""
        oldest = self.now() - timedelta(days=self.connection.resync_days)
        found = 0
        for page in sweep(self.client, self.checkpoints.read(_DATAVERSE), oldest):
            found += sum(self.inbox.look_at(change) for change in page.changes)
            if page.link:
                self.checkpoints.write(_DATAVERSE, page.link)
        log.info("dataverse: %d changed orders", found)
        return found
