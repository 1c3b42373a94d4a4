"""What the demo shows: tables that fill in on a terminal, plain lines elsewhere."""

from collections.abc import Sequence
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sandbox.demo.scenario import Outcome, Result, Scenario


class Show:
    """Hears of each step, from any thread, and shows it at once."""

    def __init__(self, scenarios: Sequence[Scenario], console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._scenarios = {scenario.name: scenario for scenario in scenarios}
        self._outcomes: dict[str, dict[int, Outcome]] = {scenario.name: {} for scenario in scenarios}
        self._live = Live(self, console=self._console, refresh_per_second=12) if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def __rich__(self) -> Group:
        return Group(*(self._table(scenario) for scenario in self._scenarios.values()))

    def say(self, what: str) -> None:
        self._console.print(what)

    def tell(self, scenario: str, number: int, outcome: Outcome) -> None:
        self._outcomes[scenario][number] = outcome
        if not self._live:
            self._console.print(_line(number, outcome, scenario if len(self._scenarios) > 1 else ""), soft_wrap=True)

    def received(self, results: Sequence[Result]) -> None:
        """The final table: what each outside system has received for each order."""
        table = Table("scenario", "system", "received", title="What the outside systems have received")
        for result in results:
            for number, (system, counts) in enumerate(result.effects.items()):
                table.add_row("" if number else result.scenario, system, _counts(counts))
        self._console.print(table)

    def verdict(self, results: Sequence[Result]) -> None:
        for result in results:
            self._console.print(_verdict(result), soft_wrap=True)

    def _table(self, scenario: Scenario) -> Table:
        table = Table("", "step", "seconds", "evidence", title=scenario.title, title_justify="left")
        outcomes = self._outcomes[scenario.name]
        for number, step in enumerate(scenario.steps):
            outcome = outcomes.get(number)
            if outcome is None:
                current = number == len(outcomes) and all(each.ok for each in outcomes.values())
                table.add_row("…" if current else "", Text(step.name, "" if current else "dim"), "", "")
            else:
                table.add_row(_mark(outcome), step.name, f"{outcome.seconds:.2f}", outcome.evidence or outcome.problem)
        return table


def _mark(outcome: Outcome) -> Text:
    return Text("ok", "green") if outcome.ok else Text("FAILED", "bold red")


def _line(number: int, outcome: Outcome, scenario: str) -> Text:
    prefix = f"{scenario}: " if scenario else ""
    what = outcome.evidence or outcome.problem
    return Text.assemble(
        f"{prefix}{number + 1:>2}  ", _mark(outcome), f"  {outcome.seconds:5.2f} s  {outcome.step}  ({what})"
    )


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in counts.items())


def _value(value: Any) -> str:
    return " then ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _verdict(result: Result) -> Text:
    if result.missing:
        name, problem = result.missing.step, result.missing.problem
        return Text(f"{result.scenario}: did not happen: {name}: {problem}", "bold red")
    return Text(
        f"{result.scenario}: order {result.external_id} is {result.state} / {result.state_reason} "
        f"after {result.seconds:.1f} s, all {len(result.outcomes)} steps happened",
        "bold green",
    )
