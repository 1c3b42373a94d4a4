"""The scenarios the demo plays, by name."""

from sandbox.demo.scenario import Scenario
from sandbox.demo.scenarios.bigcommerce_finops_finops import BIGCOMMERCE_FINOPS_FINOPS

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in (BIGCOMMERCE_FINOPS_FINOPS,)}
