"""What can be set about the stand-in store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from sandbox.systems.kit import config_from_json


@dataclass(frozen=True)
class Config:
    """One store and its API account; `other_accounts` of the same store are client ids by their tokens.

    `retry_time_scale` multiplies the documented waits between callback attempts (48 hours in all at 1).
    `rate_limit_quota` calls are answered in each window of `rate_limit_window_ms`.
    """

    store_hash: str = "q7xk2demo"
    store_id: str = "1000456789"
    access_token: str = "sandbox-access-token"
    client_id: str = "sandbox-client-id"
    client_secret: str = "sandbox-client-secret"
    other_accounts: Mapping[str, str] = field(default_factory=dict)
    retry_time_scale: float = 1.0
    callback_timeout_seconds: float = 10.0
    rate_limit_quota: int = 1_000_000
    rate_limit_window_ms: int = 30_000

    def account(self, token: str | None) -> str | None:
        """The client id that a token belongs to."""
        return {**self.other_accounts, self.access_token: self.client_id}.get(token or "")

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """From a JSON object of these fields; a `ValueError` names each unknown key or wrong value."""
        return config_from_json(cls, raw)
