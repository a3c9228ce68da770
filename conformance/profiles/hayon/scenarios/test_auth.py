"""Bearer keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conformance import expect
from conformance.case import requirement
from conformance.profiles.hayon.given import nothing_given
from conformance.verdict import Blocked

if TYPE_CHECKING:
    from conformance.examination import Examination
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Given

_KINDS = ["no header", "empty", "no key", "another scheme", "garbage", "longer", "shorter"]
# The first lines of stack traces, by their usual shapes.
_INTERNALS = re.compile(
    r"Traceback \(most recent|^\s+at \S+ \(?\S+:\d+|goroutine \d+ \["
    r"|node_modules/|\.py\", line \d+",
    re.MULTILINE,
)


def _headers(kind: str, token: str) -> dict[str, str]:
    values = {
        "empty": "",
        "no key": "Bearer",
        "another scheme": f"Basic {token}",
        "garbage": "Bearer conformance-no-such-key",
        "longer": f"Bearer {token}x",
        "shorter": f"Bearer {token[:-1]}",
    }
    return {} if kind == "no header" else {"Authorization": values[kind]}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("no header", marks=requirement("HY-AUTH-01")),
        pytest.param("empty", marks=requirement("HY-AUTH-01")),
        pytest.param("no key", marks=requirement("HY-AUTH-02")),
        pytest.param("garbage", marks=requirement("HY-AUTH-02")),
        pytest.param("another scheme", marks=requirement("HY-AUTH-03")),
        pytest.param("longer", marks=requirement("HY-AUTH-04")),
        pytest.param("shorter", marks=requirement("HY-AUTH-04")),
    ],
)
def test_without_a_valid_key_no_upload_is_given(
    api: Api, given: Given, conformance_case: Examination, kind: str
) -> None:
    given.working()
    headers = _headers(kind, conformance_case.target.token)

    exchange = api.create_media_upload("image/png", caller=None, headers=headers)

    nothing_given(exchange)


@requirement("HY-AUTH-05")
@pytest.mark.parametrize("kind", _KINDS)
def test_without_a_valid_key_the_answer_is_a_json_401(
    api: Api, given: Given, conformance_case: Examination, kind: str
) -> None:
    given.working()
    headers = _headers(kind, conformance_case.target.token)

    exchange = api.create_media_upload("image/png", caller=None, headers=headers)

    expect.status(exchange, [401])
    expect.error_envelope(exchange)


@requirement("HY-AUTH-06")
@pytest.mark.parametrize(
    "body",
    [b"{", b"{}", b'{"contentType": "text/plain"}'],
    ids=["cut short", "no content type", "another type"],
)
def test_an_error_reveals_no_internals(
    api: Api, given: Given, conformance_case: Examination, body: bytes
) -> None:
    given.working()

    exchange = api.create_media_upload(body=body)

    if exchange.succeeded:
        raise Blocked(limit="there was no error: the cases of refusals tell")
    text = exchange.response.body.decode("utf-8", "replace") if exchange.response else ""
    trace = _INTERNALS.search(text.replace("\\n", "\n"))
    expect.that(trace is None, "no stack trace", lambda: f"it holds {trace}", exchange)
    leaks = conformance_case.redactor.finds(text)
    expect.that(not leaks, "no secret in the error", "it holds one", exchange)
