"""The scenarios the demo plays, by name."""

from sandbox.demo.scenario import Scenario
from sandbox.demo.scenarios.bigcommerce_finops_finops import BIGCOMMERCE_FINOPS_FINOPS
from sandbox.demo.scenarios.finops_finops_finops import FINOPS_FINOPS_FINOPS

_ALL = (BIGCOMMERCE_FINOPS_FINOPS, FINOPS_FINOPS_FINOPS)
SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
