"""Dual-write maps: their filters parsed, evaluated, explained and linted. Nothing here talks to Dataverse."""

from shared.dual_write.explanation import ClauseFinding, FilterExplanation, explain, passes, skip_explainer
from shared.dual_write.filters import MalformedFilter, parse_filter
from shared.dual_write.lint import Finding, lint
from shared.dual_write.maps import ColumnMapping, DualWriteMap, SetBy

__all__ = [
    "ClauseFinding",
    "ColumnMapping",
    "DualWriteMap",
    "FilterExplanation",
    "Finding",
    "MalformedFilter",
    "SetBy",
    "explain",
    "lint",
    "parse_filter",
    "passes",
    "skip_explainer",
]
