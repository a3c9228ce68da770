"""An app served from a fixture: really by HTTP, and gone with its block."""

from __future__ import annotations

import logging
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from conformance.asgi import serving
from conformance.problem import TargetProblem, UsageProblem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request


def tiny_app(seen: list[str]) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        seen.append("up")
        yield
        seen.append("down")

    async def hello(_: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    return Starlette(routes=[Route("/hello", hello)], lifespan=lifespan)


def test_the_app_answers_for_as_long_as_the_block_lasts() -> None:
    seen: list[str] = []

    with serving(tiny_app(seen)) as url:
        assert httpx.get(f"{url}/hello").text == "hello"
        assert seen == ["up"]

    assert seen == ["up", "down"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/hello")


def test_several_apps_run_side_by_side() -> None:
    with serving(tiny_app([])) as one, serving(tiny_app([])) as other:
        assert one != other
        assert httpx.get(f"{one}/hello").text == httpx.get(f"{other}/hello").text


def test_signals_and_logging_stay_as_they_are() -> None:
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "")
    before = [(logging.getLogger(name).level, list(logging.getLogger(name).handlers))
              for name in names]  # fmt: skip
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    with serving(tiny_app([])):
        assert handlers == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]

    after = [(logging.getLogger(name).level, list(logging.getLogger(name).handlers))
             for name in names]  # fmt: skip
    assert before == after


def test_an_app_that_cannot_start_is_named_as_the_targets_problem() -> None:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if sys.modules:  # always: what follows only makes it a generator
            raise OSError("no database")
        yield

    with pytest.raises(TargetProblem, match="did not start"), serving(Starlette(lifespan=lifespan)):
        pytest.fail("it runs")


def test_without_uvicorn_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    with pytest.raises(UsageProblem, match="pip install"), serving(tiny_app([])):
        pytest.fail("it runs")
