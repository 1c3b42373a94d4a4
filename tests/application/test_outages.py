"""The order desk sees that a provider is down, and not for longer than it is."""

import pytest

from shared.application.outages import Outages
from shared.domain.errors import TransientProviderError
from shared.domain.ports import ErrorPages
from shared.store.errors import TableErrorPages


def lines(errors: TableErrorPages, status: str) -> list[str]:
    return [entry.message for entry in errors.entries("provider_action", status) if entry.key.startswith("outage.")]


def test_an_outage_is_one_line_on_the_error_pages_however_many_notice_it(errors: TableErrorPages):
    outages = Outages(lambda: errors)

    outages.began("Flexe", "Flexe answered 503")
    outages.began("Flexe", "Flexe answered 503")

    [line] = lines(errors, "active")
    assert line == "Flexe does not answer; its work waits and goes on by itself when it does: Flexe answered 503"


def test_the_line_is_history_once_the_provider_answers(errors: TableErrorPages):
    outages = Outages(lambda: errors)
    outages.began("Flexe", "Flexe answered 503")

    outages.ended("Flexe")

    assert lines(errors, "active") == []
    assert len(lines(errors, "resolved")) == 1


def test_an_outage_of_the_store_as_well_stops_nobody(caplog: pytest.LogCaptureFixture):
    def pages() -> ErrorPages:
        raise TransientProviderError("table storage does not answer")

    Outages(pages).began("Flexe", "Flexe answered 503")
    Outages(pages).ended("Flexe")

    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
