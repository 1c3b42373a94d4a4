"""The best way to fill an order's lines from a given set of its sources."""

from shared.optimization.competition import Competition
from shared.optimization.desk import Desk
from shared.optimization.drawing import draw_line
from shared.optimization.jobs import OrderPlan, bits


def fill(desk: Desk, chosen: int) -> OrderPlan:
    """The best plan that ships from `chosen` positions only, and from those that ship the order already."""
    desk.effort -= 1
    job = desk.job
    positions = bits(chosen | job.before)
    draws = [
        draw_line(row, want, positions, job.may_split(want), job.limits.whole_lines)
        for want, row in zip(job.wants, desk.rows, strict=True)
    ]
    parts = [part for number, draw in enumerate(draws) for part in desk.parts(number, draw)]
    return desk.plan(parts) if desk.has(parts) else Competition(desk, positions).best()
