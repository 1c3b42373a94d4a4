"""The demo's result as JSON, for machines."""

from collections.abc import Sequence
from typing import Any

from sandbox.demo.scenario import Outcome, Result


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """`ok` only if every step of every scenario happened; times are ISO 8601 in UTC, durations in seconds."""
    return {"ok": all(result.ok for result in results), "scenarios": [_scenario(result) for result in results]}


def _scenario(result: Result) -> dict[str, Any]:
    return {
        "name": result.scenario,
        "ok": result.ok,
        "order_id": result.order_id,
        "external_id": result.external_id,
        "number": result.number,
        "state": result.state,
        "state_reason": result.state_reason,
        "steps": [_step(outcome) for outcome in result.outcomes],
        "effects": result.effects,
        "seconds": round(result.seconds, 3),
    }


def _step(outcome: Outcome) -> dict[str, Any]:
    step: dict[str, Any] = {
        "name": outcome.step,
        "ok": outcome.ok,
        "at": outcome.at.isoformat() if outcome.at else None,
        "seconds": round(outcome.seconds, 3),
        "evidence": outcome.evidence,
    }
    if outcome.problem:
        step["problem"] = outcome.problem
    return step
