"""The sections of an encoded message, taken apart without decoding what is in them (AMQP 1.0, parts 1.2 and 3.2)."""

from collections.abc import Iterator

HEADER, DATA = 0x70, 0x75
_SECTIONS = range(0x70, 0x79)
_DESCRIPTOR = b"\x00\x53"  # described, by a small ulong that follows
_FIXED_WIDTHS = {0x40: 0, 0x50: 1, 0x60: 2, 0x70: 4, 0x80: 8, 0x90: 16}
_SIZE_WIDTHS = {0xA0: 1, 0xB0: 4, 0xC0: 1, 0xD0: 4, 0xE0: 1, 0xF0: 4}


class NotAMessage(ValueError):
    """The bytes are no AMQP message."""


def sections(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Code, whole bytes and bytes of the value of each section; raises NotAMessage."""
    at = 0
    while at < len(content):
        if content[at : at + 2] != _DESCRIPTOR or len(content) < at + 4 or content[at + 2] not in _SECTIONS:
            raise NotAMessage(f"there is no section at byte {at}")
        start, end = _value(content, at + 3)
        if end > len(content):
            raise NotAMessage("the last section is cut off")
        yield content[at + 2], content[at:end], content[start:end]
        at = end


def batched(content: bytes) -> list[bytes]:
    """The messages of a batch, which are the data sections of one message; else the message itself alone."""
    bodies = [value for code, _, value in sections(content) if code == DATA]
    return bodies if bodies and all(map(_is_message, bodies)) else [content]


def _is_message(value: bytes) -> bool:
    try:
        return bool(list(sections(value)))
    except NotAMessage:
        return False


def _value(content: bytes, at: int) -> tuple[int, int]:
    """Where the value whose constructor is at a byte starts and ends; sizes and counts are no part of binaries."""
    kind = content[at] & 0xF0
    if kind in _FIXED_WIDTHS:
        return at + 1, at + 1 + _FIXED_WIDTHS[kind]
    if kind not in _SIZE_WIDTHS:
        raise NotAMessage(f"byte {at} starts no value")
    width = _SIZE_WIDTHS[kind]
    start = at + 1 + width
    return start, start + int.from_bytes(content[at + 1 : start], "big")
