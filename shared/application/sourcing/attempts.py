"""What is kept of an attempt: by round, what was planned and what was reserved."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pydantic import AwareDatetime

from shared.domain.orders import Value
from shared.domain.sourcing import Plans
from shared.domain.stock import Reservation
from shared.optimization import PassSummary, PlanLine

_NOTHING = Decimal(0)


class Piece(Value):
    """Units of an order line that one source is to ship. `reservation` is None where stock is never counted."""

    key: str  # names it among all pieces; also the reservation's key
    line_id: str
    source: str
    strategy: str
    quantity: Decimal
    planned_at: AwareDatetime
    reservation: Reservation | None = None

    @property
    def reservation_id(self) -> str:
        return self.reservation.reservation_id if self.reservation else ""


def piece_key(attempt: str, number: int, line_id: str, source: str) -> str:
    """The same for the same piece, whoever asks for it and however often."""
    return hashlib.sha256("\n".join((attempt, str(number), line_id, source)).encode()).hexdigest()[:40]


class RoundPlan(Value):
    """What the `number`th round of an attempt planned for one order, and everything that explains it.

    `passes` and `fingerprint` are those of the whole run, in which other orders may have taken part.
    """

    attempt: str
    number: int
    at: AwareDatetime
    strategy: str
    mode: str
    simulation: bool
    fingerprint: str
    lines: tuple[PlanLine, ...]
    passes: tuple[PassSummary, ...]
    pieces: tuple[Piece, ...]

    def line(self, line_id: str) -> PlanLine | None:
        return next((line for line in self.lines if line.line_id == line_id), None)


class Refused(Value):
    """A piece the inventory service did not keep: stock has moved since it was asked."""

    piece: Piece
    why: str


class RoundResult(Value):
    """What became of a round's pieces; `given_back` were reserved, but are of no use without the refused ones."""

    kept: tuple[Piece, ...]
    given_back: tuple[Piece, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True)
class Round:
    """`result` is None until its pieces are reserved."""

    plan: RoundPlan
    result: RoundResult | None = None


class Attempts:
    """The attempts of orders, on `Plans`."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    def begin(self, order_id: str, attempt: str) -> None:
        self._plans.begin(order_id, attempt)

    def end(self, order_id: str, attempt: str) -> None:
        self._plans.end(order_id, attempt)

    def open(self, order_id: str | None = None) -> list[tuple[str, str]]:
        """(order id, attempt) of those that are not over, of one order or all."""
        return self._plans.open(order_id)

    def keep_plan(self, order_id: str, plan: RoundPlan) -> RoundPlan:
        text = self._plans.keep(order_id, plan.attempt, f"{plan.number}.plan", plan.model_dump_json())
        return RoundPlan.model_validate_json(text)

    def keep_result(self, order_id: str, plan: RoundPlan, result: RoundResult) -> RoundResult:
        text = self._plans.keep(order_id, plan.attempt, f"{plan.number}.result", result.model_dump_json())
        return RoundResult.model_validate_json(text)

    def rounds(self, order_id: str) -> dict[str, list[Round]]:
        """By attempt, oldest first; each one's rounds in order."""
        results: dict[tuple[str, int], RoundResult] = {}
        plans: list[RoundPlan] = []
        for document in self._plans.of(order_id):
            number, _, kind = document.part.partition(".")
            if kind == "plan":
                plans.append(RoundPlan.model_validate_json(document.text))
            else:
                results[document.attempt, int(number)] = RoundResult.model_validate_json(document.text)
        found: dict[str, list[Round]] = {}
        for plan in sorted(plans, key=lambda plan: (plan.at, plan.attempt, plan.number)):
            found.setdefault(plan.attempt, []).append(Round(plan, results.get((plan.attempt, plan.number))))
        return found


def kept_pieces(rounds: Iterable[Round]) -> tuple[Piece, ...]:
    return tuple(piece for each in rounds if each.result for piece in each.result.kept)


def units(pieces: Iterable[Piece]) -> dict[str, Decimal]:
    """By line id."""
    found: dict[str, Decimal] = {}
    for piece in pieces:
        found[piece.line_id] = found.get(piece.line_id, _NOTHING) + piece.quantity
    return found
