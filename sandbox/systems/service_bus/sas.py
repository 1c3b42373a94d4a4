"""Shared access signatures: which entity a token opens, and until when."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import parse_qsl, quote_plus, urlsplit

from sandbox.systems.service_bus.errors import unauthorized

SCHEME = "SharedAccessSignature "


class SharedAccessKey:
    """The one key of the namespace, which may send, listen and manage everywhere."""

    def __init__(self, name: str, key: str, clock: Callable[[], float]) -> None:
        self._name = name
        self._key = key.encode()
        self._clock = clock

    def expiry(self, token: str, audience: str) -> float:
        """Until when the token opens the audience; raises `Refusal` when it does not."""
        fields = dict(parse_qsl(token.removeprefix(SCHEME)))
        if not token.startswith(SCHEME) or not fields.keys() >= {"sr", "sig", "se"}:
            raise unauthorized("InvalidSignature: the token is no shared access signature.")
        if fields.get("skn") != self._name or not self._has_signed(fields):
            raise unauthorized("InvalidSignature: the token has an invalid signature.")
        if float(fields["se"]) <= self._clock():
            raise unauthorized("ExpiredToken: the token is expired.")
        if not covers(fields["sr"], audience):
            raise unauthorized(f"InvalidAudience: the token is not for '{audience}'.")
        return float(fields["se"])

    def _has_signed(self, fields: dict[str, str]) -> bool:
        signed = f"{quote_plus(fields['sr'])}\n{fields['se']}".encode()
        try:
            given = base64.b64decode(fields["sig"], validate=True)
            float(fields["se"])
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, hmac.new(self._key, signed, hashlib.sha256).digest())


def opens(audience: str, path: str) -> bool:
    """Whether a token for an audience lets a client use the entity at a path of this namespace."""
    parts = urlsplit(audience)
    return covers(audience, f"{parts.scheme}://{parts.netloc}/{path}")


def covers(resource: str, audience: str) -> bool:
    """Whether what is said of a resource holds for an audience: it is the same, or below it."""
    above, below = urlsplit(resource), urlsplit(audience)
    path = above.path.rstrip("/").lower()
    return above.netloc.lower() == below.netloc.lower() and f"{below.path.lower()}/".startswith(f"{path}/")
