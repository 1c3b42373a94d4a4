"""The `Prefer` request header."""

import re
from dataclasses import dataclass

from sandbox.systems.finops.errors import BadRequest

_PREFERENCE = re.compile(r'([\w.\-]+)(?:\s*=\s*(?:"([^"]*)"|([^",\s;]+)))?')
LARGEST_PAGE = 5000


@dataclass(frozen=True)
class Preferences:
    """What the caller prefers; `applied` are the preferences to confirm in `Preference-Applied`."""

    representation: bool = False
    annotations: bool = False
    page_size: int = LARGEST_PAGE
    track_changes: bool = False
    continue_on_error: bool = False
    applied: tuple[str, ...] = ()


def parse_preferences(header: str) -> Preferences:
    """Several preferences are joined by commas; unknown ones are ignored."""
    given = {name.lower(): quoted or bare for name, quoted, bare in _PREFERENCE.findall(header)}
    size = given.get("odata.maxpagesize", str(LARGEST_PAGE))
    if not size.isdecimal() or int(size) == 0:
        raise BadRequest(f"odata.maxpagesize must be a positive number, not '{size}'.")
    known = (
        "return",
        "odata.include-annotations",
        "odata.maxpagesize",
        "odata.track-changes",
        "odata.continue-on-error",
    )
    return Preferences(
        representation=given.get("return") == "representation",
        annotations=_wants_annotations(given.get("odata.include-annotations", "")),
        page_size=min(int(size), LARGEST_PAGE),
        track_changes="odata.track-changes" in given,
        continue_on_error=given.get("odata.continue-on-error", "false").lower() != "false",
        applied=tuple(f"{name}={given[name]}" if given[name] else name for name in known if name in given),
    )


def _wants_annotations(patterns: str) -> bool:
    return any(
        pattern.strip() in {"*", "OData.Community.*", "OData.Community.Display.V1.FormattedValue"}
        for pattern in patterns.split(",")
    )
