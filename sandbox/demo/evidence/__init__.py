"""What proves a step: the app's own timeline together with what the outside systems have received.

Each function answers with the proof in words, or None while there is none. Event and step names are the app's. One
module for each party; named here is what tests of the whole set count too.
"""

from sandbox.demo.evidence.finops import received_by_dataverse, received_by_finops, rows_of
from sandbox.demo.evidence.store import COMPLETED, SHIPPED, received_by_bigcommerce

__all__ = [
    "COMPLETED",
    "SHIPPED",
    "received_by_bigcommerce",
    "received_by_dataverse",
    "received_by_finops",
    "rows_of",
]
