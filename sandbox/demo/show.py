"""What the demo shows: on a terminal a picture that changes while it runs, elsewhere a line for each step."""

from collections.abc import Sequence
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from sandbox.demo.scenario import Outcome, Result, Scenario

_ROWS_AROUND_STEPS = 3  # of a table: its title, and room for evidence that takes two rows
_BAR_WIDTH = 16


class Show:
    """Hears of each step, from any thread, and shows it at once.

    While the scenarios run, the terminal has all their steps if there is room, else one row for each scenario; then
    the steps follow when all is over.
    """

    def __init__(self, scenarios: Sequence[Scenario], console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._progress = {scenario.name: _Progress(scenario) for scenario in scenarios}
        rows = sum(len(scenario.steps) + _ROWS_AROUND_STEPS for scenario in scenarios)
        self._has_room = rows < self._console.height
        self._live = Live(self, console=self._console, refresh_per_second=12) if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._live:
            return
        self._live.stop()
        if not self._has_room:
            self._console.print(self._all_steps())

    def __rich__(self) -> RenderableType:
        return self._all_steps() if self._has_room else self._overview()

    def say(self, what: str) -> None:
        self._console.print(what)

    def tell(self, scenario: str, number: int, outcome: Outcome) -> None:
        self._progress[scenario].outcomes[number] = outcome
        if not self._live:
            self._console.print(_line(number, outcome, scenario if len(self._progress) > 1 else ""), soft_wrap=True)

    def received(self, results: Sequence[Result]) -> None:
        """What each outside system has received for each order; systems that had nothing to do with it are left out."""
        table = _table("What the outside systems have received")
        for result in results:
            involved = {system: counts for system, counts in result.effects.items() if any(counts.values())}
            for number, (system, counts) in enumerate(involved.items()):
                table.add_row("" if number else result.scenario, system, _counts(counts))
        self._console.print(table)

    def verdict(self, results: Sequence[Result]) -> None:
        self._console.print()
        for result in results:
            self._console.print(_verdict(result), soft_wrap=True)

    def _all_steps(self) -> Group:
        return Group(*(progress.table() for progress in self._progress.values()))

    def _overview(self) -> Table:
        table = Table.grid("", "", "", Column(no_wrap=True, overflow="ellipsis", ratio=1), padding=(0, 2), expand=True)
        for progress in self._progress.values():
            table.add_row(*progress.row())
        return table


class _Progress:
    """How far one scenario has come."""

    def __init__(self, scenario: Scenario) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self._scenario = scenario

    def table(self) -> Table:
        """All steps, those to come dimmed."""
        table = _table(self._scenario.title)
        for number, step in enumerate(self._scenario.steps):
            outcome = self.outcomes.get(number)
            if outcome is None:
                current = number == self._current
                table.add_row("…" if current else "", "", Text(step.name, "" if current else "dim"), "")
            else:
                what = Text(outcome.evidence or outcome.problem, "dim" if outcome.ok else "bold red")
                table.add_row(_mark(outcome), f"{outcome.seconds:5.2f} s", step.name, what)
        return table

    def row(self) -> tuple[RenderableType, ...]:
        """One row: the scenario, how many of its steps have happened, and which one is waited for."""
        steps, done = len(self._scenario.steps), sum(outcome.ok for outcome in self.outcomes.values())
        bar = ProgressBar(steps, done, width=_BAR_WIDTH)
        return self._scenario.name, bar, f"{done:>2}/{steps}", self._at_present(done == steps)

    @property
    def _current(self) -> int | None:
        """The number of the step that is waited for; None after the last one and after one that failed."""
        going_on = all(outcome.ok for outcome in self.outcomes.values())
        return len(self.outcomes) if going_on and len(self.outcomes) < len(self._scenario.steps) else None

    def _at_present(self, complete: bool) -> Text:
        if complete:
            return Text("all steps happened", "green")
        if self._current is None:
            return Text(f"FAILED: {self._scenario.steps[len(self.outcomes) - 1].name}", "bold red")
        return Text(self._scenario.steps[self._current].name)


def _table(title: str) -> Table:
    return Table(box=None, show_header=False, title=Text(f"\n{title}", "bold"), title_justify="left", padding=(0, 1))


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
        f"{result.scenario}: order {result.number} is {result.state} / {result.state_reason} "
        f"after {result.seconds:.1f} s, all {len(result.outcomes)} steps happened",
        "bold green",
    )
