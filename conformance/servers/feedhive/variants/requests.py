"""Variants of the requests that the server accepts: labels, members and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_KNOWN = frozenset({"limit", "cursor"})


def _refusal(status: int, message: str) -> Response:
    return JSONResponse({"success": False, "message": message}, status)


@VARIANT("A list with a parameter that no document names, or with one twice, gets a 400.")
def strict_parameters(server: Server) -> None:
    @server.wraps("list_media")
    async def strict(endpoint: Endpoint, request: Request) -> Response:
        names = [name for name, _ in request.query_params.multi_items()]
        if "authorization" in request.headers and (
            set(names) - _KNOWN or len(names) > len(set(names))
        ):
            return _refusal(400, "unknown or repeated query parameter")
        return await endpoint(request)


@VARIANT("A request that has a label but no JSON gets a 415, also where it has no body.")
def strict_labels(server: Server) -> None:
    @server.wraps()
    async def strict(endpoint: Endpoint, request: Request) -> Response:
        label = request.headers.get("content-type", "application/json")
        if "authorization" in request.headers and not label.startswith("application/json"):
            return _refusal(415, "send JSON")
        return await endpoint(request)


@VARIANT("Each refusal of a create with 400 is a 422 that names the member.")
def creates_are_refused_with_422(server: Server) -> None:
    @server.answers("create_upload", refusals=True)
    def other(answer: Answer) -> None:
        if answer.status == 400:
            wrong = [name for name in ("filename", "content_type") if not answer.sent.get(name)]
            answer.status = 422
            answer.body["errors"] = [{"loc": ["body", name]} for name in wrong]


@VARIANT("Create removes the blanks around a type, and accepts it in upper case.")
def types_are_trimmed(server: Server) -> None:
    @server.replaces("create_upload")
    def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
        plain = declared.strip().lower() if isinstance(declared, str) else declared
        return original(owner, filename, plain)
