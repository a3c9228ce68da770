"""The gateway mutates the answers that its rows name, marks them and counts them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.servers.deviation import Server
from conformance.servers.mutated import MARK
from conformance.servers.mutation import deviation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Ask = Callable[..., Response]


@pytest.fixture
def gateway(tmp_path: Path) -> Callable[..., Ask]:
    """Return what puts rows before a server that answers with the status and `{"n": 1}`."""

    def behind(*rows: dict[str, Any]) -> Ask:
        told = {"strikes": str(tmp_path / "strikes"), "mutants": rows}
        (tmp_path / "rows.json").write_text(json.dumps(told))
        server = Server(None)
        deviation(str(tmp_path / "rows.json")).apply(server)

        def ask(status: int = 200, operation: str = "get", sent: bytes = b"") -> Response:
            async def original(_: Request) -> Response:
                return JSONResponse({"n": 1}, status, {"X-Own": "kept"})

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": sent, "more_body": False}

            scope = {
                "type": "http",
                "method": "GET",
                "headers": [],
                "path": "/",
                "query_string": b"",
                "server": ("localhost", 80),
                "scheme": "http",
            }

            async def run() -> Response:
                return await server.endpoint(operation, original)(Request(scope, receive))

            return asyncio.run(run())

        return ask

    return behind


def row(**more: Any) -> dict[str, Any]:
    """Return a row that makes `n` null."""
    usual = {"id": "m", "operation": "get", "part": "body", "pointer": "/n", "kind": "null"}
    return {**usual, **more}


def strikes(tmp_path: Path) -> Counter[str]:
    path = tmp_path / "strikes"
    return Counter(path.read_text().splitlines() if path.exists() else ())


def test_a_mutated_answer_is_marked_and_counted(
    gateway: Callable[..., Ask], tmp_path: Path
) -> None:
    answer = gateway(row())()

    assert answer.body == b'{"n": null}'
    assert answer.headers[MARK] == "m"
    assert answer.headers["x-own"] == "kept"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == "11"
    assert strikes(tmp_path) == {"m": 1}


def test_other_operations_and_refusals_are_left_alone(
    gateway: Callable[..., Ask], tmp_path: Path
) -> None:
    ask = gateway(row())

    assert ask(operation="delete").body == b'{"n":1}'
    assert ask(status=404).body == b'{"n":1}'
    assert not strikes(tmp_path)


def test_refusals_can_be_mutated_by_their_status(gateway: Callable[..., Ask]) -> None:
    ask = gateway(row(refusal=True, only={"in": "status", "is": 401}))

    assert ask(status=401).body == b'{"n": null}'
    assert ask(status=404).body == b'{"n":1}'
    assert ask().body == b'{"n":1}'


def test_answers_can_be_mutated_by_their_request(gateway: Callable[..., Ask]) -> None:
    ask = gateway(row(only={"in": "request", "at": "/type", "is": "a"}))

    assert ask(sent=b'{"type": "a"}').body == b'{"n": null}'
    assert ask(sent=b'{"type": "b"}').body == b'{"n":1}'
    assert ask(sent=b"no JSON").body == b'{"n":1}'


def test_once_among_many_strikes_every_so_many_answers(
    gateway: Callable[..., Ask], tmp_path: Path
) -> None:
    ask = gateway(row(every=3))

    assert [MARK in ask().headers for _ in range(7)] == [False, False, True] * 2 + [False]
    assert strikes(tmp_path) == {"m": 2}


def test_a_mutation_that_finds_nothing_counts_nothing(
    gateway: Callable[..., Ask], tmp_path: Path
) -> None:
    answer = gateway(row(pointer="/unknown"))()

    assert answer.body == b'{"n":1}'
    assert MARK not in answer.headers
    assert not strikes(tmp_path)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("absent", b""),
        ("near", b'{"n":1'),
        ("odd", b'\xef\xbb\xbf{"n":1}'),
        ("type", b'[{"n": 1}]'),
    ],
)
def test_the_whole_body_is_mutated(gateway: Callable[..., Ask], kind: str, body: bytes) -> None:
    assert gateway(row(pointer="", kind=kind))().body == body


def test_a_value_that_python_cannot_write_is_given_as_json(gateway: Callable[..., Ask]) -> None:
    assert gateway(row(kind="odd", raw="1e999"))().body == b'{"n": 1e999}'


def test_half_a_surrogate_pair_is_sent_as_an_escape(gateway: Callable[..., Ask]) -> None:
    assert gateway(row(kind="odd", to="\ud83d"))().body == b'{"n": "\\ud83d"}'


def test_a_status_is_mutated_and_the_body_stays(gateway: Callable[..., Ask]) -> None:
    answer = gateway(row(part="status", pointer="", kind="set", to=202))()

    assert (answer.status_code, answer.body) == (202, b'{"n":1}')


def test_a_status_without_a_body_has_none(gateway: Callable[..., Ask]) -> None:
    answer = gateway(row(part="status", pointer="", kind="set", to=204))()

    assert (answer.status_code, answer.body) == (204, b"")
    assert "content-type" not in answer.headers


def test_the_status_that_an_answer_has_already_is_no_strike(
    gateway: Callable[..., Ask], tmp_path: Path
) -> None:
    gateway(row(part="status", pointer="", kind="set", to=200))()

    assert not strikes(tmp_path)


@pytest.mark.parametrize(("kind", "found"), [("set", "text/plain"), ("absent", None)])
def test_a_header_is_mutated(gateway: Callable[..., Ask], kind: str, found: str | None) -> None:
    answer = gateway(row(part="header", pointer="content-type", kind=kind, to="text/plain"))()

    assert answer.headers.get("content-type") == found
    assert answer.body == b'{"n":1}'


def test_an_answer_has_one_mutation_only(gateway: Callable[..., Ask], tmp_path: Path) -> None:
    gateway(row(), row(id="n", kind="near"))()

    assert strikes(tmp_path) == {"m": 1}


def test_the_mutations_see_the_answers_before_they_were_mutated(
    gateway: Callable[..., Ask],
) -> None:
    ask = gateway(row(kind="near"))

    assert [ask().body for _ in range(2)] == [b'{"n": 2}'] * 2


def test_a_whole_body_can_be_in_utf_16_or_begin_with_a_mark(gateway: Callable[..., Ask]) -> None:
    encoded = gateway(row(pointer="", kind="encoded"))()
    marked = gateway(row(pointer="", kind="odd"))()

    assert bytes(encoded.body).decode("utf-16") == '{"n":1}'
    assert marked.body == b'\xef\xbb\xbf{"n":1}'


def test_a_coding_can_be_claimed(gateway: Callable[..., Ask]) -> None:
    answer = gateway(row(part="header", pointer="content-encoding", kind="set", to="gzip"))()

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.body == b'{"n":1}'
