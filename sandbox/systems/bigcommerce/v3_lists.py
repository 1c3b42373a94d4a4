"""The envelope of a V3 list."""

from math import ceil
from typing import Any

from sandbox.systems.bigcommerce.api_input import Page


def v3_list(rows: list[dict[str, Any]], page: Page) -> dict[str, Any]:
    """`{"data": the page's rows, "meta": {"pagination": ...}}`."""
    data = page.cut(rows)
    pages = max(1, ceil(len(rows) / page.limit))
    links = {"current": _link(page, page.number)}
    if page.number < pages:
        links["next"] = _link(page, page.number + 1)
    if page.number > 1:
        links["previous"] = _link(page, page.number - 1)
    counts = {"total": len(rows), "count": len(data), "per_page": page.limit}
    place = {"current_page": page.number, "total_pages": pages, "links": links}
    return {"data": data, "meta": {"pagination": counts | place}}


def _link(page: Page, number: int) -> str:
    return f"?page={number}&limit={page.limit}"
