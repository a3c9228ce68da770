"""Faults of spellings: paths written otherwise need no key, and ids in another letter case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from conformance.servers.answers import CALLERS, Refusal, other_caller
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Endpoint, Server

_MAIN = CALLERS[0]
_UNAUTHORIZED = 401


def _created(server: Server, body: dict[str, Any], _: str) -> Any:
    return server.subject.create_upload(_MAIN, body.get("filename"), body.get("content_type"))


def _completed(server: Server, _: dict[str, Any], upload_id: str) -> Any:
    return {"id": server.subject.complete_upload(_MAIN, upload_id)}


def _listed(server: Server, _: dict[str, Any], __: str) -> Any:
    return server.subject.page(_MAIN, 20, None)


def _fetched(server: Server, _: dict[str, Any], media_id: str) -> Any:
    return server.subject.media(_MAIN, media_id)


def _deleted(server: Server, _: dict[str, Any], media_id: str) -> Any:
    return server.subject.delete(_MAIN, media_id)


_OPERATIONS: dict[str, tuple[str, str, str, Callable[[Server, dict[str, Any], str], Any]]] = {
    "create": ("POST", "/media/uploads", "FH-AUTH-01", _created),
    "complete": ("POST", "/media/uploads/{id:path}/complete", "FH-AUTH-02", _completed),
    "list": ("GET", "/media", "FH-AUTH-03", _listed),
    "get": ("GET", "/media/{id:path}", "FH-AUTH-04", _fetched),
    "delete": ("DELETE", "/media/{id:path}", "FH-AUTH-05", _deleted),
}


def _open(verb: str, spelling: str, words: str, respelled: Callable[[str], str]) -> None:
    """Register a fault: an operation needs no key if its path is spelled otherwise."""
    method, path, requirement, act = _OPERATIONS[verb]

    def apply(server: Server) -> None:
        async def answered(request: Request) -> Response:
            try:
                body = await request.json() if verb == "create" else {}
                data = act(server, body, request.path_params.get("id", ""))
            except (ValueError, AttributeError, RecursionError):
                return JSONResponse({"success": False, "message": "Malformed JSON"}, 400)
            except Refusal as refusal:
                answer = {"success": False, "message": refusal.message}
                return JSONResponse(answer, refusal.status)
            return JSONResponse({"success": True, "data": data}, 201 if verb == "create" else 200)

        server.routes.append(Route(respelled(path), answered, methods=[method]))

    name = f"{verb}-needs-no-key-with-{spelling}"
    FAULT.add(name, f"The path of {verb} with {words} needs no key.", apply, requirement)


for _verb in _OPERATIONS:
    _open(_verb, "a-trailing-slash", "a trailing slash", lambda path: f"{path}/")
    _open(_verb, "a-doubled-slash", "a doubled slash at its beginning", lambda path: f"/{path}")
    if _verb != "list":
        _open(
            _verb,
            "an-inner-doubled-slash",
            "a doubled slash after media",
            lambda path: path.replace("/media/", "/media//", 1),
        )
    _open(
        _verb,
        "upper-case-letters",
        "its first part in upper case",
        lambda path: path.replace("/media", "/MEDIA", 1),
    )
    _open(
        _verb,
        "a-path-parameter",
        "a parameter behind its first part",
        lambda path: path.replace("/media", "/media;a=b", 1),
    )
    _open(_verb, "a-format", "a format at its end", lambda path: f"{path}.json")


def _with_a_key(request: Request, server: Server) -> Request:
    """Return a request as if the main caller had sent it."""
    token = next(iter(server.subject.settings.tokens))
    keys = [(b"authorization", f"Bearer {token}".encode())]
    kept = [one for one in request.scope["headers"] if one[0] != b"authorization"]
    return Request({**request.scope, "headers": kept + keys}, request.receive)


def _unlocked(
    name: str, sentence: str, verb: str, requirement: str, opens: Callable[[Request], bool]
) -> None:
    """Register a fault: requests of an operation that look like this need no key."""

    def apply(server: Server) -> None:
        @server.wraps(verb)
        async def unlocked(endpoint: Endpoint, request: Request) -> Response:
            return await endpoint(_with_a_key(request, server) if opens(request) else request)

    FAULT.add(name, sentence, apply, requirement)


def _encoded(request: Request) -> bool:
    return b"/media" not in request.scope["raw_path"]


for _name, _operation, _row in (
    ("create", "create_upload", "FH-AUTH-01"),
    ("complete", "complete_upload", "FH-AUTH-02"),
    ("list", "list_media", "FH-AUTH-03"),
    ("get", "get_media", "FH-AUTH-04"),
    ("delete", "delete_media", "FH-AUTH-05"),
):
    _unlocked(
        f"{_name}-needs-no-key-with-an-encoded-letter",
        f"The path of {_name} with an encoded letter needs no key.",
        *(_operation, _row, _encoded),
    )
for _name, _row in (("list", "FH-AUTH-03"), ("get", "FH-AUTH-04")):
    _unlocked(
        f"head-of-{_name}-needs-no-key",
        f"A HEAD on {_name} needs no key.",
        *(f"{_name}_media", _row, lambda request: request.method == "HEAD"),
    )


def _type_needs_no_key(content_type: str) -> None:
    def apply(server: Server) -> None:
        @server.wraps("create_upload")
        async def unlocked(endpoint: Endpoint, request: Request) -> Response:
            answer = await endpoint(request)
            if answer.status_code != _UNAUTHORIZED or content_type.encode() not in (
                await request.body()
            ):
                return answer
            made = server.subject.create_upload(_MAIN, "unnamed", content_type)
            return JSONResponse({"success": True, "data": made}, 201)

    name = f"create-of-{content_type.replace('/', '-')}-needs-no-key"
    FAULT.add(name, f"A create for {content_type} needs no key.", apply, "FH-AUTH-01")


_type_needs_no_key("image/gif")
_type_needs_no_key("video/mov")


@FAULT("Complete refuses a request without a Content-Length header.", "FH-COMPLETE-04")
def complete_needs_a_length(server: Server) -> None:
    @server.wraps("complete_upload")
    async def measured(endpoint: Endpoint, request: Request) -> Response:
        if "content-length" not in request.headers:
            return PlainTextResponse("Length Required", 411)
        return await endpoint(request)


@FAULT("Complete needs a Content-Type header.", "FH-COMPLETE-04")
def complete_needs_a_type(server: Server) -> None:
    @server.wraps("complete_upload")
    async def labelled(endpoint: Endpoint, request: Request) -> Response:
        if "authorization" in request.headers and "content-type" not in request.headers:
            return PlainTextResponse("Unsupported Media Type", 415)
        return await endpoint(request)


def _in_another_case(server: Server, owner: str, media_id: str) -> str | None:
    """Return the id of a caller's media that differs from an id only in its letter case."""
    rows, _ = server.subject.state.page(owner, 1_000, None)
    ids = [row.id for row in rows if row.id != media_id and row.id.lower() == media_id.lower()]
    return ids[0] if ids else None


def _in_case(verb: str, rule: str, shows: str, requirements: tuple[str, str]) -> None:
    """Register two faults of a rule: an id in another letter case reaches a wrong item."""

    def another(server: Server) -> None:
        @server.replaces(rule)
        def misled(original: Any, owner: str, media_id: str) -> Any:
            found = _in_another_case(server, owner, media_id)
            if found is None:
                return original(owner, media_id)
            rows, _ = server.subject.state.page(owner, 1_000, None)
            return original(owner, next((row.id for row in rows if row.id != found), found))

    def foreign(server: Server) -> None:
        @server.replaces(rule)
        def unowned(original: Any, owner: str, media_id: str) -> Any:
            other = other_caller(owner)
            found = _in_another_case(server, other, media_id)
            return original(owner, media_id) if found is None else original(other, found)

    words = f"{verb} of an id in another letter case"
    names = (
        f"ids-in-another-case-{shows}-another-item",
        f"ids-in-another-case-{shows}-foreign-items",
    )
    FAULT.add(names[0], f"{words} reaches another item.", another, requirements[0])
    FAULT.add(names[1], f"{words} does not check the owner.", foreign, requirements[1])


_in_case("Get", "media", "show", ("FH-GET-09", "FH-GET-12"))
_in_case("Delete", "delete", "delete", ("FH-DELETE-11", "FH-DELETE-10"))


@FAULT("Complete of an id in another letter case does not check the owner.", "FH-COMPLETE-14")
def ids_in_another_case_complete_foreign_sessions(server: Server) -> None:
    @server.replaces("state.upload")
    def upload(original: Any, upload_id: str, owner: str) -> Any:
        if upload_id == upload_id.lower():
            return original(upload_id, owner)
        return original(upload_id.lower(), other_caller(owner))


@FAULT("Before complete, a get of the upload id shows a media.", "FH-LIFECYCLE-02")
def upload_ids_show_media_before_complete(server: Server) -> None:
    library = server.subject

    @server.replaces("media")
    def media(original: Any, owner: str, media_id: str) -> Any:
        row = library.state.upload(media_id, owner)
        if row is None or row.completed_at is not None:
            return original(owner, media_id)
        return {
            "id": media_id,
            "type": row.content_type.partition("/")[0],
            "mime_type": row.content_type,
            "media_url": library.download_url(row.key),
            "thumbnail_url": None,
            "created_at": None,
        }


@FAULT("A PUT on the path of the list answers like the list.", "FH-ERROR-05")
def lists_by_put(server: Server) -> None:
    async def answered(_: Request) -> Response:
        return JSONResponse({"success": True, "data": _listed(server, {}, "")})

    server.routes.append(Route("/media", answered, methods=["PUT"]))
