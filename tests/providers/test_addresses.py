"""Where settings may send this app, and that nothing but settings can."""

import typing
from typing import Any

import pytest
from pydantic import BaseModel, HttpUrl, SecretStr, TypeAdapter, ValidationError

from shared.providers.addresses import ApiPath, ServiceUrl
from shared.providers.catalog import CATALOG
from shared.settings import Settings

URL = TypeAdapter(ServiceUrl)
every_definition = pytest.mark.parametrize("definition", CATALOG.values(), ids=lambda each: each.provider.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/stores/q7",
        "https://sap.internal.example:44300",
        "https://10.0.0.7/",
        "https://[fd12:3456::1]/",
        "http://localhost:7071",
        "http://127.0.0.1:10000/x",
        "http://[::1]:8080",
    ],
)
def test_https_may_be_called_also_in_private_networks_and_this_machine_without(url: str):
    assert URL.validate_python(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://10.0.0.7",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "ftp://api.example.com",
        "https://user:password@api.example.com",
        "https://user@api.example.com",
        "https://169.254.169.254/metadata/identity/oauth2/token",
        "https://169.254.130.1/",
        "https://0xA9FEA9FE/",
        "https://2852039166/",
        "https://0251.0376.0251.0376/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[2002:a9fe:a9fe::1]/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://168.63.129.16/",
        "https://metadata.google.internal/",
        "https://METADATA.google.internal./",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://224.0.0.1/",
    ],
)
def test_no_address_may_be_in_the_clear_hold_a_password_or_be_the_platforms_own(url: str):
    with pytest.raises(ValidationError) as refusal:
        URL.validate_python(url)

    assert "password@" not in refusal.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    "path", ["@evil.example", ".evil.example", "/../x", "//evil.example", "/a?b", "/a#b", "/a/../b"]
)
def test_a_path_in_the_settings_leads_nowhere_else(path: str):
    with pytest.raises(ValidationError):
        TypeAdapter(ApiPath).validate_python(path)


def test_every_address_in_the_settings_is_checked():
    addresses = {name for name, kind in _fields(Settings) if kind is HttpUrl}

    unchecked = {name for name, info in _infos(Settings) if name in addresses and not _is_checked(info)}

    assert len(addresses) >= 8
    assert unchecked == set()


@every_definition
def test_an_operator_sets_no_address_credential_or_header_of_a_provider(definition):
    """Over HTTP only parameters can be set; whoever could move an address would have our credentials sent there."""
    fields = {name: definition.connection.model_fields[name] for name in definition.parameters}

    kinds = {name: set(_kinds(info.annotation)) for name, info in fields.items()}

    assert not [name for name, kind in kinds.items() if kind & {HttpUrl, SecretStr}]
    assert not [name for name in fields if any(word in name for word in ("url", "path", "header", "origin", "domain"))]


def _infos(model: type[BaseModel], prefix: str = "") -> typing.Iterator[tuple[str, Any]]:
    for name, info in model.model_fields.items():
        yield prefix + name, info
        for kind in _kinds(info.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _infos(kind, f"{prefix}{name}.")


def _fields(model: type[BaseModel]) -> typing.Iterator[tuple[str, Any]]:
    for name, info in _infos(model):
        yield from ((name, kind) for kind in _kinds(info.annotation))


def _kinds(annotation: Any) -> list[Any]:
    """What an annotation is made of: `Annotated[HttpUrl, ...] | None` is of HttpUrl and None."""
    inner = typing.get_args(annotation)
    return [kind for each in inner for kind in _kinds(each)] if inner else [annotation]


def _is_checked(info: Any) -> bool:
    """By experiment, whichever way the check is attached."""
    annotated: Any = typing.Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotated)
    try:
        adapter.validate_python("https://169.254.169.254/")
    except ValidationError:
        return True
    return False
