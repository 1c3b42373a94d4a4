"""What must not be repeated of a call: outside systems like to quote the request that they refuse."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, SecretStr

MASK = "[secret]"
_FEWEST_CHARACTERS = 6  # anything shorter is no secret, and part of many words
# What every call may say. A header that is not known to be harmless is taken for a secret.
_HARMLESS_HEADERS = frozenset(
    {
        *("accept", "api-version", "content-type", "if-match", "if-none-match", "odata-maxversion", "odata-version"),
        *("prefer", "user-agent"),
    }
)
# Fields of bodies: sign-in forms, and registrations of our webhooks, which name the secret to be sent to them.
_SECRET_FIELDS = frozenset({"authvalue", "client_assertion", "client_secret", "headers", "password"})


def secrets_of(headers: Mapping[str, str], *bodies: Any) -> frozenset[str]:
    """All that is secret in a call, in every form that its receiver may know it by."""
    plain = [part for name, value in headers.items() if name.lower() not in _HARMLESS_HEADERS for part in _parts(value)]
    plain += [value for body in bodies for value in _secret_values(body)]
    return frozenset(form for each in plain for form in _forms(each) if len(form) >= _FEWEST_CHARACTERS)


def secrets_in(settings: BaseModel) -> frozenset[str]:
    """All that is secret in the settings of a connection, likewise."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    plain = (value.get_secret_value() for value in values if isinstance(value, SecretStr))
    return frozenset(form for each in plain for form in _forms(each) if len(form) >= _FEWEST_CHARACTERS)


def discreet(text: str, secrets: Iterable[str]) -> str:
    """The text with a mask in the place of each secret."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def _parts(value: str) -> Iterator[str]:
    """`Bearer abc` is quoted as a whole or without its scheme; of `Basic dTpw` what it stands for, too."""
    yield value
    scheme, _, credentials = value.partition(" ")
    if not credentials:
        return
    yield credentials
    if scheme.lower() == "basic":
        yield from _basic(credentials)


def _basic(credentials: str) -> Iterator[str]:
    try:
        user_and_password = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    yield user_and_password
    yield user_and_password.partition(":")[2]


def _secret_values(body: Any) -> Iterator[str]:
    if not isinstance(body, Mapping):
        return
    for name, value in body.items():
        if name in _SECRET_FIELDS:
            yield from (str(each) for each in (value.values() if isinstance(value, Mapping) else [value]))


def _forms(secret: str) -> tuple[str, ...]:
    encoded = secret.encode("utf-8", "surrogatepass")
    return (
        secret,
        quote(encoded, safe=""),
        base64.b64encode(encoded).decode(),
        base64.urlsafe_b64encode(encoded).decode(),
    )
