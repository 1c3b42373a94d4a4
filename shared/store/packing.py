"""Long texts of much the same words, compressed to fit into rows."""

import base64
import zlib

from shared.store.rows import document, text_of
from shared.store.transaction import Row


def packed(text: str) -> dict[str, str]:
    """The properties of a row. Raises RowsTooLarge."""
    return document(base64.b64encode(zlib.compress(text.encode())).decode("ascii"))


def unpacked(row: Row) -> str:
    return zlib.decompress(base64.b64decode(text_of(row))).decode()
