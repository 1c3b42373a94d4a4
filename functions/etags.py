"""ETags that are revision numbers: which revision of a thing the caller has seen."""

import re
from collections.abc import Mapping

from functions.problems import VersionRequired
from shared.application.mistakes import ANY_REVISION, InvalidRequest
from shared.domain.orders import Problem

_NONE_OF_OURS = 0
_ETAG = re.compile(r'(W/)?"[!#-~]*"')
_REVISION = re.compile(r'"([0-9]{1,9})"')


def etag(revision: int) -> dict[str, str]:
    return {"ETag": f'"{revision}"'}


def seen_revision(headers: Mapping[str, str]) -> int | None:
    """What If-Match says: a revision or ANY_REVISION; None when it is not there.

    Raises InvalidRequest for what is no ETag.
    """
    given = headers.get("if-match")
    if given is None:
        return None
    if given == "*":
        return ANY_REVISION
    if not _ETAG.fullmatch(given):
        raise InvalidRequest(Problem(field="If-Match", value=given, problem="is neither one ETag nor *"))
    revision = _REVISION.fullmatch(given)
    return int(revision[1]) if revision else _NONE_OF_OURS


def required_revision(headers: Mapping[str, str]) -> int:
    """As `seen_revision`. Raises VersionRequired too."""
    revision = seen_revision(headers)
    if revision is None:
        raise VersionRequired("If-Match must carry the ETag of what was read, or *")
    return revision
