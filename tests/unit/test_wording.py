"""Words of others in our log: one line each, whatever they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.wording import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("store/order/created", "store/order/created"),
        ("Zoë 注文", "Zoë 注文"),
        ("a\nWARNING forged", "a\\nWARNING forged"),
        ("\x1b[2J", "\\x1b[2J"),
        ("half \ud800", "half \\ud800"),
        ("\u2028", "\\u2028"),
    ],
)
def test_what_cannot_be_printed_is_written_out(text: str, line: str):
    assert one_line(text) == line


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=400))
def test_any_text_is_a_line_that_can_be_written(text: str):
    line = one_line(text, most=100)

    assert line.isprintable()
    line.encode()


def test_a_long_text_is_cut():
    assert one_line("x" * 1000, most=10) == "x" * 10 + "..."
