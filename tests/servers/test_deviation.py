"""A deviation changes a rule, an operation or an answer of a server, and nothing else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.servers.deviation import Answer, Server

if TYPE_CHECKING:
    from conformance.servers.deviation import Endpoint


@dataclass
class State:
    def count(self, owner: str) -> int:
        return len(owner)


@dataclass
class Subject:
    state: State = field(default_factory=State)

    def greeting(self, name: str) -> str:
        return f"hello {name}"


def answered(server: Server, operation: str, status: int = 200, sent: bytes = b"{}") -> Response:
    """Return the answer of an operation whose endpoint answers `{"data": {"n": 1}}`."""

    async def original(_: Request) -> Response:
        return JSONResponse({"data": {"n": 1}}, status)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent, "more_body": False}

    request = Request({"type": "http", "headers": []}, receive)

    async def run() -> Response:
        return await server.endpoint(operation, original)(request)

    return asyncio.run(run())


def data(response: Response) -> Any:
    return json.loads(bytes(response.body))["data"]


def test_a_replaced_rule_gets_the_original_rule_first() -> None:
    server = Server(Subject())

    server.replaces("greeting")(lambda original, name: original(name.upper()))

    assert server.subject.greeting("ada") == "hello ADA"


def test_a_path_replaces_a_rule_of_a_part_of_the_subject() -> None:
    server = Server(Subject())

    server.replaces("state.count")(lambda original, owner: original(owner) + 1)

    assert server.subject.state.count("main") == 5


def test_two_replacements_of_one_rule_both_apply() -> None:
    server = Server(Subject())

    for _ in range(2):
        server.replaces("state.count")(lambda original, owner: original(owner) + 1)

    assert server.subject.state.count("main") == 6


def test_a_changed_rule_leaves_other_servers_alone() -> None:
    Server(Subject()).replaces("greeting")(lambda _, __: "no")

    assert Server(Subject()).subject.greeting("ada") == "hello ada"


def test_a_wrapper_applies_to_its_operations_only() -> None:
    server = Server(Subject())

    @server.wraps("create")
    async def broken(_: Endpoint, __: Request) -> Response:
        return Response(status_code=500)

    assert answered(server, "create").status_code == 500
    assert answered(server, "delete").status_code == 200


def test_a_wrapper_without_operations_applies_to_all() -> None:
    server = Server(Subject())

    @server.wraps()
    async def broken(_: Endpoint, __: Request) -> Response:
        return Response(status_code=500)

    assert {answered(server, name).status_code for name in ("create", "delete")} == {500}


def test_a_changed_answer_sees_the_body_of_the_request() -> None:
    server = Server(Subject())

    server.answers("create")(lambda answer: answer.data.update(answer.sent))

    assert data(answered(server, "create", sent=b'{"name": "a"}')) == {"n": 1, "name": "a"}


def test_a_request_body_that_is_not_an_object_reads_as_empty() -> None:
    server = Server(Subject())
    seen: list[Any] = []
    server.answers("create")(lambda answer: seen.append(answer.sent))

    for sent in (b"[1]", b"not json", b""):
        answered(server, "create", sent=sent)

    assert seen == [{}, {}, {}]


def test_successes_and_refusals_are_changed_apart() -> None:
    server = Server(Subject())

    def closed(answer: Answer) -> None:
        answer.status = 418

    server.answers("create", refusals=True)(closed)

    assert answered(server, "create").status_code == 200
    assert answered(server, "create", status=400).status_code == 418
