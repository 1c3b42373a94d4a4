"""What can be set about the stand-in, and which of it can be switched while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, with_config

from sandbox.systems.kit import Refused, config_from_json

SWITCHES = (
    "api_token",
    "duplicate_policy",
    "lookup_lag_ms",
    "skus",
    "unknown_skus",
    "cancellation",
    "rate_limit_calls",
    "tells_retry_after",
    "webhook_signing",
    "status_words",
    "event_quantities",
    "event_shipment_lines",
)


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class Webhook:
    """A named webhook of the owner; every event is POSTed to `url`.

    The secret goes along in `secret_header`, and the HMAC-SHA256 of the raw body in `signature_header` unless
    `signature_encoding` is null.
    """

    name: Annotated[str, Field(min_length=1)]
    url: Annotated[str, Field(pattern="^https?://.")]
    secret: Annotated[str, Field(min_length=1)]
    secret_header: str = "X-Webhook-Secret"
    signature_header: str = "X-Webhook-Signature"
    signature_encoding: Literal["hex", "base64"] | None = "hex"


@dataclass(frozen=True)
class Config:
    """One owner, its token, its warehouses and its products, and how the vague parts of the contract behave.

    `skus`: the products set up for the owner, null for any. `unknown_skus`: an order with another one is refused with
    422, or taken with 201 and rejected right after. `lookup_lag_ms`: how long lists do not show a new order yet.
    `cancellation`: done when asked for (200), or only noted (202) and left to the control routes.
    `rate_limit_calls` are answered in any `rate_limit_seconds`; `tells_retry_after`: a 429 says when to come again.
    `retry_time_scale` multiplies the waits between webhook attempts (24 hours in all at 1). Events held by the fault
    `reorder` go out after `reorder_wait_seconds` at the latest.
    `status_words` replaces status words on the wire, such as `{"cancelled": "Canceled"}`; `event_quantities` and
    `event_shipment_lines` make events sloppy, never the orders themselves.
    """

    api_token: str = "sandbox-flexe-token"
    auth_header: str = "Authorization"
    auth_scheme: str = "Bearer"
    owner_id: str = "own_7741"
    orders_path: Annotated[str, Field(pattern=r"^(/[\w.-]+)+$")] = "/v1/outbound_orders"
    warehouses: Annotated[tuple[str, ...], Field(min_length=1)] = ("wh_12", "wh_31")
    skus: tuple[str, ...] | None = None
    unknown_skus: Literal["refuse_422", "reject_later"] = "refuse_422"
    duplicate_policy: Literal["replay_200", "conflict_409", "unprocessable_422", "accept_duplicate"] = "conflict_409"
    lookup_lag_ms: Annotated[int, Field(ge=0)] = 0
    cancellation: Literal["at_once", "on_request"] = "at_once"
    rate_limit_calls: Annotated[int, Field(ge=0)] = 1_000_000
    rate_limit_seconds: Annotated[float, Field(gt=0)] = 60.0
    tells_retry_after: bool = True
    webhooks: tuple[Webhook, ...] = ()
    webhook_signing: Literal["right", "none", "wrong"] = "right"
    webhook_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    retry_time_scale: Annotated[float, Field(ge=0)] = 1.0
    reorder_wait_seconds: Annotated[float, Field(gt=0)] = 1.0
    status_words: Mapping[str, str] = field(default_factory=dict)
    event_quantities: Literal["number", "text"] = "number"
    event_shipment_lines: bool = True

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """From a JSON object of these fields; a `ValueError` names each unknown key or wrong value."""
        return config_from_json(cls, raw)


class LiveConfig:
    """The configuration as it is `now`: as it was given, until a switch is thrown."""

    def __init__(self, given: Config) -> None:
        self._given = given
        self.now = given

    def switches(self) -> dict[str, Any]:
        return {name: getattr(self.now, name) for name in SWITCHES}

    def throw(self, wish: Mapping[str, Any]) -> None:
        """Change these switches; `Refused` 400 names what is no switch or a wrong value."""
        if unknown := sorted(wish.keys() - set(SWITCHES)):
            raise Refused(400, f"no switch: {', '.join(unknown)}; switches: {', '.join(SWITCHES)}")
        try:
            self.now = Config.from_json({**vars(self.now), **wish})
        except ValidationError as error:
            raise Refused.for_shape(error) from error

    def reset(self) -> None:
        self.now = self._given
