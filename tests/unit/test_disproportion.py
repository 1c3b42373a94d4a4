"""Texts out of all proportion: a configuration or a filter that no machine could hold is refused by name."""

import time

import pytest
import yaml

from shared.configuration.loading import FILES, ConfigurationError, written_as
from shared.configuration.strict_yaml import read_yaml
from shared.dual_write.filters import MalformedFilter, parse_filter
from shared.providers.answers import Answer, page_title
from shared.providers.sap.errors import read_fault
from shared.telemetry.calls import route_of


def doubling(lines: int, width: int = 9) -> str:
    """Each line stands for `width` times the one before."""
    made = ["a0: &a0 [x, x]"]
    made += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, lines)]
    return "\n".join(made)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 51 + "]" * 51, "deeper than 50 levels"),
        ("{a: " * 100_000 + "}" * 100_000, "deeper than 50 levels"),
        ("- " * 60 + "x", "deeper than 50 levels"),
        (doubling(12), "more than 200000 values"),
        ("\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60))]), "deeper than 50 levels"),
        ("&a [*a]", "recursive"),
        ("9" * 5_000, "too many digits"),
    ],
)
def test_what_is_out_of_proportion_is_refused_where_it_becomes_so(text: str, why: str):
    began = time.monotonic()

    with pytest.raises(yaml.YAMLError, match=why) as refusal:
        read_yaml(text)

    assert "line" in str(refusal.value)
    assert time.monotonic() - began < 5


def test_what_people_write_is_in_proportion():
    assert read_yaml("a: &a {b: [1, 2]}\nc: *a\nd: [*a, *a]")["d"] == [{"b": [1, 2]}] * 2
    assert read_yaml("[" * 40 + "]" * 40)
    assert len(read_yaml("\n".join(f"- {n}" for n in range(20_000)))) == 20_000


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", ["[" * 5_000 + "]" * 5_000, doubling(12), "9" * 5_000, "\x00", "a: *b"])
def test_a_file_like_that_is_a_mistake_of_the_configuration(name: str, text: str):
    """So a draft of it can still be looked at, mended and dropped."""
    with pytest.raises(ConfigurationError) as refusal:
        written_as({name: text})

    assert [mistake for mistake in refusal.value.mistakes if mistake.startswith(f"{name}: ")]


@pytest.mark.parametrize(
    "text",
    [
        "not " * 2_000 + "a",
        " or ".join(["a eq 1"] * 1_000),
        "a" + "/b" * 3_000 + " eq 1",
        "a eq " + "-" * 3_000 + "1",
        "tolower(" * 1_500 + "a" + ")" * 1_500 + " eq 'x'",
        "a eq 1" + " add 1" * 2_000,
        "a eq '" + "x" * 30_000 + "'",
        "(" * 30_000,
    ],
    ids=range(8),
)
def test_a_filter_without_end_is_refused(text: str):
    with pytest.raises(MalformedFilter):
        parse_filter(text)


@pytest.mark.parametrize("opened", [b"<title>", b"<title ", b"<message>", b"<message ", b"<message></a", b"<code>"])
def test_a_page_of_beginnings_without_an_end_is_read_at_once(opened: bytes):
    """Every other thread of the process waits meanwhile."""
    page = Answer("SAP", "GET /", 503, {}, b"<message>no</message>" + opened * 100_000)
    began = time.monotonic()

    assert page_title(page.text) == ""
    assert read_fault(page).message == "no"

    assert time.monotonic() - began < 1


@pytest.mark.parametrize("path", ["/salesorders" + "(" * 1_000_000, f"/salesorders(Quill{'.' * 5_000})/lines"])
def test_a_path_of_brackets_is_shortened_at_once(path: str):
    began = time.monotonic()

    assert route_of(path) == "/salesorders(*)"

    assert time.monotonic() - began < 1


def test_a_filter_of_many_clauses_is_none_without_end():
    text = " and ".join(f"column{n} ne null" for n in range(90))

    assert parse_filter(text).holds({f"column{n}": 1 for n in range(90)})
