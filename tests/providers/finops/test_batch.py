import pytest
from requests.structures import CaseInsensitiveDict

from shared.domain.errors import TransientProviderError
from shared.providers.answers import Answer, retry_after
from shared.providers.finops.batch import UPDATE_ONLY, Write, read_batch, unless_changed, write_batch

WRITES = [
    Write("salesorderdetails", "aa", {"msdyn_isreadytosync": True}, UPDATE_ONLY),
    Write("salesorderdetails", "bb", {"shipto_name": "Zoë"}, unless_changed('W/"12"')),
]
DONE = "HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n"
BUSY = 'HTTP/1.1 429 Too Many Requests\r\nretry-after: 9\r\nContent-Type: application/json\r\n\r\n{"error": {}}'


def answer(*parts: str, boundary: str = "batchresponse_1", end: bool = True) -> Answer:
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    body = "".join(f"--{boundary}\r\n{head}{part}\r\n" for part in parts) + (f"--{boundary}--\r\n" if end else "")
    headers = CaseInsensitiveDict({"content-type": f'multipart/mixed; boundary="{boundary}"'})
    return Answer("Dataverse", "POST /$batch", 200, headers, body.encode())


def test_the_batch_is_written_to_the_letter():
    content_type, body = write_batch(WRITES, "/api/data/v9.2")

    boundary = content_type.removeprefix('multipart/mixed; boundary="').removesuffix('"')
    assert body.decode() == (
        f"--{boundary}\r\n"
        "Content-Type: application/http\r\n"
        "Content-Transfer-Encoding: binary\r\n"
        "\r\n"
        "PATCH /api/data/v9.2/salesorderdetails(aa) HTTP/1.1\r\n"
        "Content-Type: application/json; type=entry\r\n"
        "If-Match: *\r\n"
        "\r\n"
        '{"msdyn_isreadytosync": true}\r\n'
        f"--{boundary}\r\n"
        "Content-Type: application/http\r\n"
        "Content-Transfer-Encoding: binary\r\n"
        "\r\n"
        "PATCH /api/data/v9.2/salesorderdetails(bb) HTTP/1.1\r\n"
        "Content-Type: application/json; type=entry\r\n"
        'If-Match: W/"12"\r\n'
        "\r\n"
        '{"shipto_name": "Zo\\u00eb"}\r\n'
        f"--{boundary}--\r\n"
    )


def test_each_write_has_its_own_answer():
    done, busy = read_batch(answer(DONE, BUSY), WRITES)

    assert (done.status, done.body) == (204, b"")
    assert (busy.status, busy.headers["Retry-After"], busy.body.strip()) == (429, "9", b'{"error": {}}')
    assert busy.call == "PATCH /salesorderdetails(bb) in $batch"


def test_a_wait_in_no_readable_letters_is_none():
    (part,) = read_batch(answer("HTTP/1.1 429 Too Many Requests\r\nRetry-After: später\r\n\r\n"), WRITES[:1])

    assert retry_after(part.headers) is None


def test_words_in_any_script_survive():
    said = 'HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{"error": "Größe 東京"}'

    (part,) = read_batch(answer(said), WRITES[:1])

    assert part.text.strip() == '{"error": "Größe 東京"}'


def test_answers_within_a_changeset_are_found_too():
    inner = answer(DONE, BUSY, boundary="changesetresponse_2").body.decode()
    body = f'--b\r\nContent-Type: multipart/mixed; boundary="changesetresponse_2"\r\n\r\n{inner}\r\n--b--\r\n'
    whole = Answer("Dataverse", "POST /$batch", 200, {"Content-Type": "multipart/mixed; boundary=b"}, body.encode())

    assert [part.status for part in read_batch(whole, WRITES)] == [204, 429]


@pytest.mark.parametrize(
    "broken",
    [
        answer(DONE),
        answer(DONE, DONE, DONE),
        answer(DONE, "no http at all"),
        answer(DONE, ""),
        Answer("Dataverse", "POST /$batch", 200, {}, b""),
        Answer("Dataverse", "POST /$batch", 200, {"Content-Type": "text/html"}, b"<html>"),
    ],
)
def test_an_answer_that_leaves_something_open_is_worth_another_look(broken):
    with pytest.raises(TransientProviderError, match=r"Dataverse answered 200 to POST /\$batch with"):
        read_batch(broken, WRITES)
