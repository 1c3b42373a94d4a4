"""Sourcing: which warehouse ships which order line, the units kept for it, and the lines that wait for stock.

An order is sourced in attempts: the step of its flow is one, every look of the backorder job another. An attempt has up
to three rounds. In each, what is planned is kept before units are reserved, and what was reserved is kept before
anything follows from it: whoever takes up an attempt after a crash asks for the same units under the same keys.

| module | holds |
| --- | --- |
| attempts | the kept documents of an attempt: plans, pieces, reservations |
| wanted | order lines as the optimizer's input |
| planning | a plan for many orders on the stock of this moment |
| settling | the rounds of attempts: plan, reserve, plan again what was refused |
| hand_over | an order with its lines given to sources: split lines, fulfillment orders |
| leftovers | units that were reserved and not used, given back |
| outcomes | what an attempt means for the flow: events, step result, holds |
| optimization, batches, backorders | who starts attempts: the provider action, the batch timer, the backorder job |
| releasing, deadlines, unfinished | what the backorder job does: release lines, cancel them, end what others began |
| telling, put_off | what flows must hear of a run, and what it leaves to the next one |
"""

from shared.application.sourcing.assembly import Sourcing
from shared.application.sourcing.backorders import BackorderRun
from shared.application.sourcing.batches import BatchRun
from shared.application.sourcing.telling import Answered, News

__all__ = ["Answered", "BackorderRun", "BatchRun", "News", "Sourcing"]
