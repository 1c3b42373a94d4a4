"""One token for all threads, fetched again in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.errors import TransientProviderError
from shared.providers.answers import Answer, ProviderFault, RefusedCall
from shared.providers.cached_token import CachedToken, Grant


class Source:
    """Gives out `token 1`, `token 2`..."""

    def __init__(self, lifetime_seconds: float) -> None:
        self.lifetime = timedelta(seconds=lifetime_seconds)
        self.granted = 0
        self.closed = False

    def grant(self) -> Grant:
        self.granted += 1
        return Grant(f"token {self.granted}", self.lifetime)

    def close(self) -> None:
        self.closed = True


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2024, 5, 3, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def an_answer(body: bytes = b"{}", status: int = 200) -> Answer:
    return Answer("Entra ID", "POST /token", status, {}, body)


def refused(status: int) -> RefusedCall:
    return RefusedCall("refused", status, ProviderFault())


@pytest.mark.parametrize(("lifetime", "kept_seconds"), [(3600, 3300), (600, 300), (60, 30)])
def test_a_token_is_kept_until_shortly_before_it_expires(lifetime: int, kept_seconds: int):
    clock, source = Clock(), Source(lifetime)
    token = CachedToken(source, clock)
    token.value()

    clock.now += timedelta(seconds=kept_seconds - 1)
    kept = token.value()
    clock.now += timedelta(seconds=1)
    renewed = token.value()

    assert (kept, renewed) == ("token 1", "token 2")


@pytest.mark.parametrize(("lifetime", "kept_days"), [(1e12, 1), (-1e12, 0)])
def test_a_lifetime_out_of_proportion_is_cut_to_a_day(lifetime: float, kept_days: int):
    clock, source = Clock(), Source(lifetime)
    token = CachedToken(source, clock)
    token.value()

    clock.now += timedelta(days=kept_days)
    renewed = token.value()

    assert (renewed, source.granted) == ("token 2", 2)


def test_threads_share_one_token():
    token = CachedToken(Source(3600), Clock())

    with ThreadPoolExecutor(8) as threads:
        values = {*threads.map(lambda _: token.value(), range(64))}

    assert values == {"token 1"}


def test_dropping_an_old_token_keeps_the_new_one():
    token = CachedToken(Source(3600), Clock())
    old = token.value()
    token.drop(old)
    new = token.value()

    token.drop(old)

    assert (old, new, token.value()) == ("token 1", "token 2", "token 2")


def test_a_call_is_made_again_with_a_new_token_when_the_first_is_refused():
    token, used = CachedToken(Source(3600), Clock()), []

    def call(value: str) -> Answer:
        used.append(value)
        if value == "token 1":
            raise refused(401)
        return an_answer(value.encode())

    assert token.send(call).text == "token 2"
    assert used == ["token 1", "token 2"]


def test_a_second_refusal_is_final():
    token, used = CachedToken(Source(3600), Clock()), []

    def call(value: str) -> Answer:
        used.append(value)
        raise refused(401)

    with pytest.raises(RefusedCall):
        token.send(call)

    assert used == ["token 1", "token 2"]


def test_another_refusal_is_none_of_the_tokens_business():
    source = Source(3600)
    token = CachedToken(source, Clock())

    def call(_: str) -> Answer:
        raise refused(403)

    with pytest.raises(RefusedCall):
        token.send(call)

    assert (source.granted, token.value()) == (1, "token 1")


def test_closing_closes_the_source():
    source = Source(3600)

    CachedToken(source, Clock()).close()

    assert source.closed


@pytest.mark.parametrize("lifetime", [b"3599", b'"3599"', b"3599.0"])
def test_a_lifetime_may_be_a_number_or_its_text(lifetime: bytes):
    granted = Grant.read(an_answer(b'{"access_token": "eyJ0", "expires_in": ' + lifetime + b"}"))

    assert granted == Grant("eyJ0", timedelta(seconds=3599))
    assert "eyJ0" not in repr(granted)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'{"access_token": "eyJ0"}',
        b'{"access_token": "eyJ0", "expires_in": "soon"}',
        b'{"access_token": "eyJ0", "expires_in": NaN}',
        b'{"access_token": "eyJ0", "expires_in": Infinity}',
    ],
)
def test_an_answer_without_a_token_is_worth_asking_again(body: bytes):
    with pytest.raises(TransientProviderError) as fault:
        Grant.read(an_answer(body))

    assert "eyJ0" not in str(fault.value)
