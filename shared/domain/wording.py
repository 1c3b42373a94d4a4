"""Texts from outside, made fit for a line of a log or an answer."""

_SHOWN_CHARACTERS = 300


def one_line(text: str, most: int = _SHOWN_CHARACTERS) -> str:
    """At most so many characters, what cannot be printed escaped: nobody outside starts a line of our log."""
    shown = text if len(text) <= most else f"{text[:most]}..."
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown)
