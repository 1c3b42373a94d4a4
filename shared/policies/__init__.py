"""Filter and execution policies: rules as data, evaluated by pure functions that also say why."""

from shared.policies.evaluation import Decision, RowRefusal, RuleOutcome, evaluate, run_policies
from shared.policies.fields import ASSIGNABLE, Subject, UnknownField
from shared.policies.lint import PolicyFinding, lint_policy, overlap, takes_nothing
from shared.policies.rules import Assigned, Group, Policy, Row, Rule

__all__ = [
    "ASSIGNABLE",
    "Assigned",
    "Decision",
    "Group",
    "Policy",
    "PolicyFinding",
    "Row",
    "RowRefusal",
    "Rule",
    "RuleOutcome",
    "Subject",
    "UnknownField",
    "evaluate",
    "lint_policy",
    "overlap",
    "run_policies",
    "takes_nothing",
]
