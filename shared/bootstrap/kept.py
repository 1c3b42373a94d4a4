"""The stores that services share, by one version of the configuration; each built when it is first asked for."""

from datetime import timedelta
from functools import cached_property

from shared.application.step_keeping import StepKeeping
from shared.bootstrap.clients import now
from shared.domain.states import StateFramework
from shared.store.checkpoints import TableCheckpoints
from shared.store.claims import TableClaims
from shared.store.dead_letters import TableDeadLetters
from shared.store.errors import TableErrorPages
from shared.store.held_lines import TableHeldLines
from shared.store.order_book import TableOrderBook
from shared.store.order_list import TableOrderList
from shared.store.tables import Tables


class Kept:
    """`lease`: how long a claim of an action lasts."""

    def __init__(self, tables: Tables, states: StateFramework, lease: timedelta) -> None:
        self._tables = tables
        self._states = states
        self._lease = lease

    @cached_property
    def book(self) -> TableOrderBook:
        return TableOrderBook(self._tables, self._states, now)

    @cached_property
    def order_list(self) -> TableOrderList:
        return TableOrderList(self._tables, self.book, now)

    @cached_property
    def errors(self) -> TableErrorPages:
        return TableErrorPages(self._tables, now)

    @cached_property
    def steps(self) -> StepKeeping:
        return StepKeeping(self.book, self.errors)

    @cached_property
    def claims(self) -> TableClaims:
        return TableClaims(self._tables, now, self._lease)

    @cached_property
    def dead_letters(self) -> TableDeadLetters:
        return TableDeadLetters(self._tables)

    @cached_property
    def held_lines(self) -> TableHeldLines:
        return TableHeldLines(self._tables, now)

    @cached_property
    def checkpoints(self) -> TableCheckpoints:
        return TableCheckpoints(self._tables)
