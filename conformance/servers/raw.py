"""Changes the JSON text of answers, where a change of the parsed answer is not enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

    Change = Callable[[Answer], Any]

#: A character that stands for one end of a surrogate pair until the text is written.
LONE = "\ue000"
#: A text that stands for a JSON value which the JSON encoder cannot write.
UNWRITTEN = "\ue001"

_CLIENT_ERROR = 400


def change_text(
    server: Server, operations: tuple[str, ...], change: Callable[[str], str | bytes]
) -> None:
    """Change the JSON text of the successful answers of operations."""

    @server.wraps(*operations)
    async def changed(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        if response.status_code >= _CLIENT_ERROR:
            return response
        text = change(bytes(response.body).decode())
        return Response(text, response.status_code, media_type="application/json")


def change_to_lone_surrogates(server: Server, operation: str, change: Change) -> None:
    r"""Change an answer; each `LONE` in it becomes the escape `\ud800` in the text."""
    server.answers(operation)(change)
    change_text(server, (operation,), lambda text: text.replace(LONE, "\\ud800"))


def change_to_literal(server: Server, operation: str, change: Change, literal: str) -> None:
    """Change an answer; the string `UNWRITTEN` in it becomes this literal in the text."""
    server.answers(operation)(change)
    change_text(server, (operation,), lambda text: text.replace(f'"{UNWRITTEN}"', literal))
