"""A WSGI app served from a fixture: really by HTTP, with many requests at the same time."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from conformance.problem import UsageProblem
from conformance.wsgi import serving_wsgi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def echo(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start_response("201 Created", [("Content-Type", "text/plain"), ("X-Type", "a, b")])
    said = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"])
    yield " ".join((*said, environ["HTTP_AUTHORIZATION"])).encode()
    yield b" " + body


def test_requests_and_answers_go_through_unchanged() -> None:
    with serving_wsgi(echo) as url:
        answer = httpx.post(
            f"{url}/media/a%2Fb?limit=2", content=b"x" * 100_000, headers={"Authorization": "t"}
        )

    assert answer.status_code == 201
    assert answer.headers["x-type"] == "a, b"
    assert answer.text == f"POST /media/a/b limit=2 t {'x' * 100_000}"
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_requests_run_at_the_same_time() -> None:
    together = threading.Barrier(12, timeout=20)

    def waiting(_: object, start_response: Callable[..., object]) -> Iterable[bytes]:
        together.wait()  # it lasts until all have come
        start_response("200 OK", [])
        return [b"done"]

    with serving_wsgi(waiting) as url, ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda _: httpx.get(url, timeout=30).text, range(12)))

    assert found == ["done"] * 12


def test_an_app_that_fails_gives_a_server_error() -> None:
    def broken(*_: object) -> Iterable[bytes]:
        raise ValueError("no database")

    with serving_wsgi(broken) as url:
        assert httpx.get(url).status_code == 500


def test_without_the_adapter_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "a2wsgi", None)

    with pytest.raises(UsageProblem, match=r"media-conformance\[wsgi\]"), serving_wsgi(echo):
        pytest.fail("it runs")
