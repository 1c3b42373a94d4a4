"""The scenarios: each a numbered list of steps, one file per scenario."""

from shared.flows.bigcommerce_finops_finops import bigcommerce_finops_finops
from shared.flows.finops_finops_finops import finops_finops_finops

__all__ = ["bigcommerce_finops_finops", "finops_finops_finops"]
