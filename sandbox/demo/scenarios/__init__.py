"""The scenarios the demo plays, by name."""

from sandbox.demo.scenario import Scenario
from sandbox.demo.scenarios.bigcommerce_finops_finops import BIGCOMMERCE_FINOPS_FINOPS
from sandbox.demo.scenarios.bigcommerce_flexe_finops import BIGCOMMERCE_FLEXE_FINOPS
from sandbox.demo.scenarios.bigcommerce_optimized_finops import BIGCOMMERCE_OPTIMIZED_FINOPS
from sandbox.demo.scenarios.finops_finops_finops import FINOPS_FINOPS_FINOPS
from sandbox.demo.scenarios.finops_flexe_finops import FINOPS_FLEXE_FINOPS
from sandbox.demo.scenarios.finops_flexe_sap import FINOPS_FLEXE_SAP

_ALL = (
    BIGCOMMERCE_FINOPS_FINOPS,
    BIGCOMMERCE_FLEXE_FINOPS,
    FINOPS_FLEXE_FINOPS,
    FINOPS_FINOPS_FINOPS,
    FINOPS_FLEXE_SAP,
    BIGCOMMERCE_OPTIMIZED_FINOPS,
)
SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
