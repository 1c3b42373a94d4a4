"""What flows that send lines to F&O do about those it refused."""

from shared.domain.actions import Provider
from shared.domain.events import LINE_RESEND_REQUESTED
from shared.flows.order_flow import OrderFlow, Steps


def send_lines_again_when_asked(flow: OrderFlow) -> None:
    """From now on, whenever a person wants a line sent again, whatever the flow waits for then."""

    def send_again(again: str) -> Steps[None]:
        yield from flow.send(Provider.FINOPS, "send_lines_again", step=f"Send lines again{again}")

    flow.whenever(LINE_RESEND_REQUESTED, send_again)
