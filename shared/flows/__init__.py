"""The scenarios: each a numbered list of steps, one file per scenario."""

from shared.flows.bigcommerce_finops_finops import bigcommerce_finops_finops
from shared.flows.bigcommerce_flexe_finops import bigcommerce_flexe_finops
from shared.flows.bigcommerce_optimized_finops import bigcommerce_optimized_finops
from shared.flows.finops_finops_finops import finops_finops_finops
from shared.flows.finops_flexe_finops import finops_flexe_finops
from shared.flows.finops_flexe_sap import finops_flexe_sap

__all__ = [
    "bigcommerce_finops_finops",
    "bigcommerce_flexe_finops",
    "bigcommerce_optimized_finops",
    "finops_finops_finops",
    "finops_flexe_finops",
    "finops_flexe_sap",
]
