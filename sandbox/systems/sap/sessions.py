"""CSRF tokens, each bound to a cookie session (reference: sap.md section 1)."""

import secrets
from dataclasses import dataclass
from time import monotonic

SESSION_COOKIE = "SAP_SESSIONID_S4H_100"


@dataclass(frozen=True)
class Session:
    id: str
    csrf_token: str
    ends_at: float


class Sessions:
    """The open sessions; each ends a fixed time after it began."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._open: dict[str, Session] = {}

    def of(self, session_id: str | None) -> Session | None:
        session = self._open.get(session_id or "")
        return session if session and session.ends_at > monotonic() else None

    def begin(self) -> Session:
        now = monotonic()
        self._open = {known: session for known, session in self._open.items() if session.ends_at > now}
        session = Session(secrets.token_urlsafe(24), secrets.token_urlsafe(16) + "==", now + self._seconds)
        self._open[session.id] = session
        return session

    def holds(self, session_id: str | None, csrf_token: str) -> bool:
        """Whether the token belongs to that very session."""
        session = self.of(session_id)
        return session is not None and secrets.compare_digest(session.csrf_token.encode(), csrf_token.encode())

    def end_all(self) -> None:
        self._open.clear()
