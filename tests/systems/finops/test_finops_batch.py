"""`$batch`: several operations in one request, changesets as transactions."""

import json
import re
import time
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.systems.finops.conftest import API, Organization

CRLF = "\r\n"


def operation(method: str, path: str, body: Any = None, content_id: int | None = None) -> str:
    """One operation of a batch, without its boundary."""
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {content_id}"] if content_id else []
    lines += ["", f"{method} {path if path.startswith('$') else API + path} HTTP/1.1", "Content-Type: application/json"]
    return CRLF.join([*lines, "", json.dumps(body) if body is not None else ""])


def changeset(*operations: str) -> str:
    return CRLF.join(
        ["Content-Type: multipart/mixed; boundary=cs", "", *(f"--cs{CRLF}{text}" for text in operations), "--cs--"]
    )


def send(finops: Organization, *items: str, prefer: str = "") -> requests.Response:
    body = "".join(f"--b{CRLF}{item}{CRLF}" for item in items) + f"--b--{CRLF}"
    return send_raw(finops, body, prefer=prefer)


def send_raw(finops: Organization, body: str, *, prefer: str = "") -> requests.Response:
    headers = {"Content-Type": 'multipart/mixed; boundary="b"', "Prefer": prefer}
    return finops.http.post(f"{finops.url}{API}$batch", data=body.encode(), headers=headers, timeout=10)


def statuses(answer: requests.Response) -> list[int]:
    return [int(status) for status in re.findall(r"HTTP/1\.1 (\d+)", answer.text)]


def order_and_lines(finops: Organization, count: int) -> str:
    header = operation("PATCH", f"salesorders({uuid4()})", finops.order_body("BC-1"), 1)
    line = finops.line_body()
    return changeset(
        header,
        *(
            operation(
                "POST",
                "salesorderdetails",
                {**line, "sequencenumber": n, "salesorderid@odata.bind": "$1"},
                content_id=n + 1,
            )
            for n in range(1, count + 1)
        ),
    )


def test_an_order_and_its_lines_are_written_in_one_changeset(finops: Organization) -> None:
    answer = send(finops, order_and_lines(finops, 2))

    assert answer.status_code == 200
    assert re.match(r'multipart/mixed; boundary="batchresponse_[0-9a-f-]{36}"', answer.headers["Content-Type"])
    assert "changesetresponse_" in answer.text
    assert statuses(answer) == [204, 204, 204]
    assert [line["sequence"] for line in finops.control("GET", "/orders/BC-1").json()["lines"]] == [1, 2]


def test_an_order_of_251_lines_costs_well_under_a_second_of_computing(finops: Organization) -> None:
    batch = order_and_lines(finops, 251)
    # The server is a thread of this process; the clock on the wall would also count the other tests of a busy machine.
    started = time.process_time()

    answer = send(finops, batch)

    assert statuses(answer) == [204] * 252
    assert time.process_time() - started < 1
    assert len(finops.effects("finops_line_created")) == 251


def test_a_failed_changeset_leaves_nothing_and_answers_once(finops: Organization) -> None:
    good = operation("POST", "salesorders", finops.order_body("BC-1"), 1)
    bad = operation("POST", "salesorders", finops.order_body("BC-2", colour="red"), 2)

    answer = send(finops, changeset(good, bad), operation("GET", "salesorders?$select=name"))

    assert answer.status_code == 400
    assert statuses(answer) == [400]
    assert finops.read("salesorders?$select=name")["value"] == []
    assert finops.control("GET", "/orders").json()["orders"] == []
    assert finops.control("GET", "/effects").json()["effects"] == []


def test_a_batch_goes_on_after_an_error_when_asked(finops: Organization) -> None:
    order_id = finops.place()
    missing, present = (operation("GET", f"salesorders({row})?$select=name") for row in (uuid4(), order_id))

    stopped = send(finops, missing, present)
    continued = send(finops, missing, present, prefer="odata.continue-on-error")

    assert (stopped.status_code, statuses(stopped)) == (404, [404])
    assert (continued.status_code, statuses(continued)) == (200, [404, 200])


def test_plain_operations_before_a_failure_stay_committed(finops: Organization) -> None:
    kept = operation("POST", "salesorders", finops.order_body("BC-1"))

    answer = send(finops, kept, operation("DELETE", f"salesorders({uuid4()})"))

    assert statuses(answer) == [204, 404]
    assert len(finops.read("salesorders?$select=name")["value"]) == 1


def test_a_content_id_may_stand_in_the_address(finops: Organization) -> None:
    order = operation("POST", "salesorders", finops.order_body("BC-1"), 1)
    line = operation("POST", "$1/order_details", finops.line_body(), 2)

    answer = send(finops, changeset(order, line))

    assert statuses(answer) == [204, 204]
    assert len(finops.read("salesorderdetails?$select=quantity")["value"]) == 1


@pytest.mark.parametrize(
    ("operations", "named"),
    [
        ([operation("GET", "salesorders", content_id=1)], "GET"),
        ([operation("POST", "salesorders", {})], "Content-ID"),
        ([operation("POST", "salesorders", {}, 1), operation("POST", "salesorders", {}, 1)], "Content-ID"),
        ([operation("POST", "salesorderdetails", {"salesorderid@odata.bind": "$9"}, 1)], "$9"),
    ],
)
def test_a_malformed_changeset_is_refused(finops: Organization, operations: list[str], named: str) -> None:
    answer = send(finops, changeset(*operations))

    assert answer.status_code == 400
    assert named in answer.text


def test_line_ends_must_be_crlf_and_the_end_marked(finops: Organization) -> None:
    item = operation("GET", "WhoAmI")
    whole = f"--b{CRLF}{item}{CRLF}--b--{CRLF}"

    bare_newlines, no_end = send_raw(finops, whole.replace(CRLF, "\n")), send_raw(finops, f"--b{CRLF}{item}{CRLF}")

    assert [statuses(send_raw(finops, whole)), bare_newlines.status_code, no_end.status_code] == [[200], 400, 400]


def test_a_batch_holds_a_thousand_operations(finops: Organization) -> None:
    item = operation("GET", "WhoAmI")

    assert statuses(send(finops, *[item] * 1000)) == [200] * 1000
    assert send(finops, *[item] * 1001).status_code == 400
