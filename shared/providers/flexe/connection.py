"""How to reach Flexe, and the names in it that no public documentation tells (all assumed; reference: flexe.md)."""

from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    StringConstraints,
)

from shared.providers.addresses import ServiceUrl
from shared.providers.flexe.statuses import WORDS, Status, normal
from shared.providers.inbound import HeaderSecret


def _is_an_address(url: HttpUrl) -> HttpUrl:
    if url.query or url.fragment:
        raise ValueError("must be a plain address: paths and queries are added to it")
    return url


def _by_normal_word(words: Any) -> Any:
    if not isinstance(words, dict):
        return words
    normalized: dict[str, Any] = {}
    for word, status in words.items():
        key = normal(str(word))
        if not key.strip("_"):
            raise ValueError(f"{word!r} is no status word")
        if normalized.setdefault(key, status) != status:
            raise ValueError(f"{word!r} is given two meanings: {normalized[key]} and {status}")
    return normalized


HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
Text = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S(.*\S)?$")]
Path = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9_.~-]*)+$")]


class FlexeConnection(BaseModel):
    """One owner (Flexe's word for a shipper's account), and the webhook through which Flexe tells of its orders.

    Callbacks must carry `webhook_secret`; with a `webhook_signing_secret` also the HMAC-SHA256 of their raw body, in
    hex or base64. `status_words` adds to, or overrules, what Flexe's status words mean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    PARAMETERS: ClassVar = (
        *("owner_id", "webhook_name", "status_words", "service_level", "order_type", "lookup_lag_seconds"),
        *("sweep_overlap_seconds", "first_sweep_days", "page_size", "timeout_seconds"),
    )

    base_url: Annotated[ServiceUrl, AfterValidator(_is_an_address)]  # sandbox and production differ
    api_token: HeaderSecret
    auth_header: HeaderName = "Authorization"
    auth_scheme: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]*$")] = "Bearer"  # empty: the token alone
    owner_id: Text
    orders_path: Path = "/v1/outbound_orders"
    webhook_name: Text
    webhook_secret: HeaderSecret
    webhook_secret_header: HeaderName = "X-Webhook-Secret"  # noqa: S105 - a header's name
    webhook_signature_header: HeaderName = "X-Webhook-Signature"
    webhook_signing_secret: Annotated[SecretStr, Field(min_length=1)] | None = None
    status_words: Annotated[dict[str, Status], BeforeValidator(_by_normal_word)] = {}
    service_level: Text = "ground"
    order_type: Text = "ecommerce"
    timeout_seconds: PositiveFloat = 30
    lookup_lag_seconds: NonNegativeFloat = 10  # how long lists may not show an order that was just made
    sweep_overlap_seconds: NonNegativeInt = 300  # a change may show in the order list later than its own time
    first_sweep_days: PositiveInt = 3  # how far back the first sweep looks
    page_size: PositiveInt = 100

    @property
    def api(self) -> str:
        """The base address without a slash at its end; `orders_path` follows."""
        return str(self.base_url).rstrip("/")

    @property
    def credentials(self) -> dict[str, str]:
        """The header that carries the API token."""
        return {self.auth_header: f"{self.auth_scheme} {self.api_token.get_secret_value()}".lstrip()}

    def status(self, word: str) -> Status:
        """What a status word of Flexe means; UNKNOWN for one that nobody has told us of."""
        key = normal(word)
        return self.status_words.get(key) or WORDS.get(key, Status.UNKNOWN)
