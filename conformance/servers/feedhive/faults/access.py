"""Faults of API keys and of errors, on each of FeedHive's five operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.access import accept_bad_keys, refuse_bad_keys_with
from conformance.servers.answers import CALLERS, Refusal
from conformance.servers.feedhive.cursor import decoded
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_UNAUTHORIZED = 401
_OPERATIONS = {
    "create_upload": ("FH-AUTH-01", "FH-AUTH-06"),
    "complete_upload": ("FH-AUTH-02", "FH-AUTH-07"),
    "list_media": ("FH-AUTH-03", "FH-AUTH-08"),
    "get_media": ("FH-AUTH-04", "FH-AUTH-09"),
    "delete_media": ("FH-AUTH-05", "FH-AUTH-10"),
}


def _opens(name: str, sentence: str, operation: str, passes: Callable[[str, str], bool]) -> None:
    def apply(server: Server) -> None:
        accept_bad_keys(server, operation, passes)

    FAULT.add(name, sentence, apply, _OPERATIONS[operation][0])


def _answers_401(name: str, sentence: str, operation: str, response: Response) -> None:
    def apply(server: Server) -> None:
        refuse_bad_keys_with(server, operation, response)

    FAULT.add(name, sentence, apply, _OPERATIONS[operation][1])


for _operation in _OPERATIONS:
    _verb = _operation.partition("_")[0]
    _opens(
        f"{_verb}-needs-no-key",
        f"{_verb.capitalize()} needs no key.",
        _operation,
        lambda sent, _: not sent,
    )
    _opens(
        f"{_verb}-takes-any-key",
        f"{_verb.capitalize()} accepts any bearer key.",
        _operation,
        lambda sent, _: sent.startswith("Bearer c"),
    )
    _answers_401(
        f"{_verb}-refuses-keys-as-text",
        f"{_verb.capitalize()} answers a bad key with plain text.",
        _operation,
        PlainTextResponse("Unauthorized", _UNAUTHORIZED),
    )

_opens(
    "get-takes-a-longer-key",
    "Get accepts a key with additional characters at its end.",
    "get_media",
    lambda sent, token: sent.removeprefix("Bearer ").startswith(token),
)
_opens(
    "delete-takes-a-shorter-key",
    "Delete accepts a key without its last character.",
    "delete_media",
    lambda sent, token: sent == f"Bearer {token[:-1]}",
)
_opens(
    "list-takes-another-scheme",
    "List accepts the key with another scheme.",
    "list_media",
    lambda sent, token: sent == f"Basic {token}",
)
_opens(
    "get-takes-a-key-in-any-case",
    "Get ignores the case of a key.",
    "get_media",
    lambda sent, token: sent.lower() == f"bearer {token.lower()}",
)
_opens(
    "list-takes-words-of-its-language",
    "List accepts the name of a built-in member as a key.",
    "list_media",
    lambda sent, _: sent in {"Bearer constructor", "Bearer __proto__"},
)
_opens(
    "list-takes-a-pattern-for-a-key",
    "List looks up keys with LIKE, so a percent sign is a valid key.",
    "list_media",
    lambda sent, _: sent == "Bearer %",
)
_opens(
    "get-takes-a-query-for-a-key",
    "Get puts the key into a query, so a quote ends its text.",
    "get_media",
    lambda sent, _: "' OR '1'='1" in sent,
)
_opens(
    "create-takes-a-regular-expression-for-a-key",
    "Create looks up keys with a regular expression.",
    "create_upload",
    lambda sent, _: sent == "Bearer .*",
)
_opens(
    "list-takes-an-asterisk-for-a-key",
    "List looks up keys with wildcards.",
    "list_media",
    lambda sent, _: sent == "Bearer *",
)
_answers_401(
    "list-answers-403",
    "List answers a bad key with 403.",
    "list_media",
    JSONResponse({"success": False, "message": "Forbidden"}, 403),
)


def _acts(name: str, sentence: str, operation: str, act: Callable[[Any, str], Any]) -> None:
    def apply(server: Server) -> None:
        @server.wraps(operation)
        async def acting(endpoint: Endpoint, request: Request) -> Response:
            answer = await endpoint(request)
            if answer.status_code == _UNAUTHORIZED:
                try:
                    act(server.subject, request.path_params["id"])
                except Refusal:
                    return answer
            return answer

    FAULT.add(name, sentence, apply, _OPERATIONS[operation][0])


_acts(
    "refused-keys-still-delete",
    "A delete without a key is refused, but deletes the media.",
    "delete_media",
    lambda library, media_id: library.delete("main", media_id),
)
_acts(
    "refused-keys-still-complete",
    "A complete without a key is refused, but completes the session.",
    "complete_upload",
    lambda library, upload_id: library.complete_upload("main", upload_id),
)


@FAULT("A refused list contains the items.", "FH-AUTH-03")
def refused_lists_hold_items(server: Server) -> None:
    @server.answers("list_media", refusals=True)
    def leaking(answer: Answer) -> None:
        if answer.status == _UNAUTHORIZED:
            answer.body["data"] = server.subject.page("main", 5, None)


_refusals = FAULT.rewriting(refusals=True)


_refusals(
    "refusals-claim-success",
    "FH-ERROR-01",
    "Refusals say success true.",
    lambda answer: answer.body.update(success=True),
)
_refusals(
    "errors-show-a-stack-trace",
    "FH-ERROR-02",
    "Errors contain a stack trace.",
    lambda answer: answer.body.update(
        stack='Traceback (most recent call last):\n  File "app.py", line 7, in create'
    ),
)
_refusals(
    "errors-show-the-key",
    "FH-ERROR-02",
    "Errors contain the key of the request.",
    lambda answer: answer.body.update(
        debug=answer.request.headers.get("authorization", "").removeprefix("Bearer ")
    ),
)


_refusals(
    "refusals-are-200",
    "FH-ERROR-03",
    "Refusals have the status 200.",
    lambda answer: setattr(answer, "status", 200),
)


@FAULT("An item contains the key of its upload request.", "FH-ERROR-04")
def items_hold_the_key(server: Server) -> None:
    keys = {owner: token for token, owner in server.subject.settings.tokens.items()}

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        return {**original(row), "uploaded_with": keys[row.owner]}


@FAULT("An item contains a credential of the storage.", "FH-ERROR-04")
def items_hold_a_credential(server: Server) -> None:
    server.replaces("item")(
        lambda original, row: {**original(row), "storage": {"key_id": "AKIAIOSFODNN7EXAMPLE"}}
    )


@FAULT("Every request gets a server error.", "FH-CREATE-01")
def out_of_order(server: Server) -> None:
    @server.wraps()
    async def broken(_: Endpoint, __: Request) -> Response:
        return PlainTextResponse("out of order", 500)


@FAULT("Complete refuses every key with a 401; the other operations accept it.", "FH-COMPLETE-01")
def complete_refuses_valid_keys(server: Server) -> None:
    @server.wraps("complete_upload")
    async def refusing(_: Endpoint, __: Request) -> Response:
        refusal = {"success": False, "message": "Missing or invalid API key"}
        return JSONResponse(refusal, _UNAUTHORIZED)


@FAULT("A page behind a cursor needs no key.", "FH-AUTH-03")
def lists_with_a_cursor_need_no_key(server: Server) -> None:
    library = server.subject

    @server.wraps("list_media")
    async def passing(endpoint: Endpoint, request: Request) -> Response:
        cursor = request.query_params.get("cursor")
        response = await endpoint(request)
        if response.status_code == _UNAUTHORIZED and cursor:
            try:
                decoded(cursor)
                limit = library.page_size(request.query_params.get("limit"))
            except Refusal:
                return response
            page = library.page(CALLERS[0], limit, cursor)
            return JSONResponse({"success": True, "data": page})
        return response
