"""Filter and execution policies: rules as data, evaluated by pure functions that also say why."""

from shared.policies.entities import ENTITIES, Entity, named
from shared.policies.evaluation import Decision, RowRefusal, RuleOutcome, evaluate, run_policies
from shared.policies.fields import UnknownField
from shared.policies.lint import PolicyFinding, lint_policy, overlap, takes_nothing
from shared.policies.rules import Assigned, Group, Policy, Row, Rule
from shared.policies.subjects import Subject

__all__ = [
    "ENTITIES",
    "Assigned",
    "Decision",
    "Entity",
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
    "named",
    "overlap",
    "run_policies",
    "takes_nothing",
]
