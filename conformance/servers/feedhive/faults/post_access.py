"""Faults of keys, of callers and of odd input, on each operation of posts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.servers.access import accept_bad_keys
from conformance.servers.answers import CALLERS, Refusal, other_caller
from conformance.servers.crashes import crash_on_bodies, crash_on_requests
from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Server

_OPERATIONS = {
    "create_post": "create",
    "get_post": "get",
    "list_posts": "list",
    "update_post": "update",
    "delete_post": "delete",
}


def _opens(name: str, sentence: str, operation: str, passes: Callable[[str, str], bool]) -> None:
    def apply(server: Server) -> None:
        accept_bad_keys(server, operation, passes)

    FAULT.add(name, sentence, apply, "FH-POST-16")


for _operation, _verb in _OPERATIONS.items():
    _opens(
        f"{_verb}-of-posts-needs-no-key",
        f"The {_verb} of posts needs no key.",
        _operation,
        lambda sent, _: not sent,
    )
    _opens(
        f"{_verb}-of-posts-takes-any-key",
        f"The {_verb} of posts accepts any bearer key.",
        _operation,
        lambda sent, _: sent.startswith("Bearer c"),
    )


@FAULT("The path of a post with a trailing slash needs no key.", "FH-POST-16")
def posts_need_no_key_with_a_trailing_slash(server: Server) -> None:
    async def get(request: Request) -> Response:
        posts, post_id = server.subject.posts, request.path_params["id"]
        for caller in CALLERS:
            with suppress(Refusal):
                return JSONResponse({"success": True, "data": posts.get(caller, post_id)})
        return JSONResponse({"success": False, "message": "Post not found"}, 404)

    server.routes.append(Route("/posts/{id}/", get, methods=["GET"]))


def _reached(rule: str, verb: str) -> None:
    """Register a fault: an operation finds the posts of all callers."""

    def apply(server: Server) -> None:
        @server.replaces(f"posts.{rule}")
        def reached(original: Any, owner: str, post_id: str, *rest: Any) -> Any:
            with server.subject.state.transaction() as connection:
                found = connection.execute(
                    "SELECT owner FROM post WHERE id = ?", (post_id,)
                ).fetchone()
            return original(found[0] if found else owner, post_id, *rest)

    FAULT.add(
        f"{verb}-of-posts-reaches-all-callers",
        f"The {verb} of a post reaches the posts of all callers.",
        apply,
        "FH-POST-17",
    )


for _rule in ("get", "update", "delete"):
    _reached(_rule, _rule)


@FAULT("A post without media is reached by every caller.", "FH-POST-17")
def posts_without_media_belong_to_all(server: Server) -> None:
    def owner_of(post_id: str, caller: str) -> str:
        """Return the owner as the media of the post tell it."""
        query = "SELECT owner FROM post WHERE id = ? AND media = '[]'"
        with server.subject.state.transaction() as connection:
            found = connection.execute(query, (post_id,)).fetchone()
        return found[0] if found else caller

    for rule in ("get", "update", "delete"):

        @server.replaces(f"posts.{rule}")
        def reached(original: Any, caller: str, post_id: str, *rest: Any) -> Any:
            return original(owner_of(post_id, caller), post_id, *rest)


@FAULT("The list of posts shows the posts of all callers.", "FH-POST-17")
def posts_of_all_callers_are_listed(server: Server) -> None:
    @server.replaces("posts.page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        more = original(other_caller(owner), limit, None)["items"] if cursor is None else []
        return {**answer, "items": [*answer["items"], *more]}


def _crashes(name: str, sentence: str, operation: str, crashes: Callable[[bytes], bool]) -> None:
    def apply(server: Server) -> None:
        crash_on_bodies(server, operation, crashes)

    FAULT.add(name, sentence, apply, "FH-POST-18")


for _operation, (_noun, _sentence) in {
    "create_post": ("new-posts", "New posts"),
    "update_post": ("updates", "Updates of posts"),
}.items():
    _crashes(
        f"nul-crashes-{_noun}",
        f"{_sentence} with a NUL cause a server error.",
        _operation,
        lambda body: b"\\u0000" in body,
    )
    _crashes(
        f"null-media-crash-{_noun}",
        f"{_sentence} with null as media cause a server error.",
        _operation,
        lambda body: b'"media": null' in body,
    )
    _crashes(
        f"media-objects-crash-{_noun}",
        f"{_sentence} with media objects cause a server error.",
        _operation,
        lambda body: b'"media": [{' in body,
    )
    _crashes(
        f"deep-json-crashes-{_noun}",
        f"{_sentence} with deep JSON cause a server error.",
        _operation,
        lambda body: b"[" * 100 in body or b'{"a":' * 100 in body,
    )


def _odd_ids(verb: str, operation: str) -> None:
    def apply(server: Server) -> None:
        crash_on_requests(server, operation, lambda it: "'" in it.path_params["id"])

    FAULT.add(
        f"quote-crashes-{verb}-of-posts",
        f"A quote in the id causes a server error in the {verb} of posts.",
        apply,
        "FH-POST-18",
    )


_odd_ids("get", "get_post")
_odd_ids("update", "update_post")
