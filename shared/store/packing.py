"""Long texts of much the same words, compressed to fit into rows."""

import base64
import zlib

from shared.store.rows import document, text_of
from shared.store.transaction import Row, RowsTooLarge


def packed(text: str) -> dict[str, str]:
    """The properties of a row. Raises RowsTooLarge."""
    try:
        return document(base64.b64encode(zlib.compress(text.encode())).decode("ascii"))
    except RowsTooLarge:
        too_long = f"a text of {len(text)} characters does not fit into one row, compressed as it would be kept"
        raise RowsTooLarge(too_long) from None


def unpacked(row: Row) -> str:
    return zlib.decompress(base64.b64decode(text_of(row))).decode()
