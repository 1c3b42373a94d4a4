"""Filter and execution policies: rules as data, evaluated by pure functions that also say why."""

from shared.policies.evaluation import Decision, RowRefusal, RuleOutcome, evaluate, run_policies
from shared.policies.fields import ASSIGNABLE, Subject, UnknownField
from shared.policies.rules import Assigned, Group, Policy, Row, Rule

__all__ = [
    "ASSIGNABLE",
    "Assigned",
    "Decision",
    "Group",
    "Policy",
    "Row",
    "RowRefusal",
    "Rule",
    "RuleOutcome",
    "Subject",
    "UnknownField",
    "evaluate",
    "run_policies",
]
