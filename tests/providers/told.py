"""Who is told of outages."""


class Told:
    """An `OutageLog` that keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def began(self, system: str, reason: str) -> None:
        self.heard.append(f"{system} began: {reason}")

    def ended(self, system: str) -> None:
        self.heard.append(f"{system} ended")
