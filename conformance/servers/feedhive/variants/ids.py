"""Variants of the ids of media and of upload sessions."""

from __future__ import annotations

import itertools
import secrets
import threading
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match

from conformance.servers.answers import CALLERS
from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

    from conformance.servers.deviation import Answer, Endpoint, Server


@VARIANT("Media ids have no slash.")
def plain_ids(server: Server) -> None:
    server.replaces("media_id")(lambda _: f"med_{secrets.token_hex(10)}")


@VARIANT("Media ids are UUIDs; another id gets a 400.")
def typed_ids(server: Server) -> None:
    server.replaces("media_id")(lambda _: str(uuid4()))

    @server.wraps("get_media", "delete_media")
    async def typed(endpoint: Endpoint, request: Request) -> Response:
        try:
            UUID(request.path_params["id"])
        except ValueError:
            return JSONResponse({"success": False, "message": "id must be a UUID"}, 400)
        return await endpoint(request)


@VARIANT("Media ids count up, and a deleted id gets a 410.")
def counted_ids(server: Server) -> None:
    numbers = itertools.count(10_000)
    given_out: set[str] = set()

    @server.replaces("media_id")
    def media_id(_: Any) -> str:
        given_out.add(str(next(numbers)))
        return max(given_out, key=int)

    @server.answers("get_media", "delete_media", refusals=True)
    def gone(answer: Answer) -> None:
        if answer.request.path_params["id"] in given_out and answer.status == 404:
            answer.status = 410


class _WithoutSlash(BaseRoute):
    """Lets the routes behind it see the path of the list without a slash at its end."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Change the path, and match nothing."""
        if scope["path"] == "/media/":
            scope["path"] = "/media"
        return Match.NONE, {}


@VARIANT("Media ids count up from one, and the list ignores a slash at the end of its path.")
def small_numbers_and_ignored_slashes(server: Server) -> None:
    numbers = itertools.count(1)
    server.replaces("media_id")(lambda _: str(next(numbers)))
    server.routes.append(_WithoutSlash())


@VARIANT("Media ids are in base64, and are decoded as leniently as by Node.js.")
def lenient_base64_ids(server: Server) -> None:
    numbers = itertools.count(70)

    def plain(encoded: str) -> str:
        core = encoded.partition("=")[0]
        core = core[:-1] if len(core) % 4 == 1 else core
        try:
            return b64encode(b64decode(core + "=" * (-len(core) % 4))).decode()
        except ValueError:
            return encoded

    @server.replaces("media_id")
    def media_id(_: Any) -> str:
        return b64encode(f"gid://app/Media/{next(numbers)}".encode()).decode()

    @server.wraps("get_media", "delete_media")
    async def decoded(endpoint: Endpoint, request: Request) -> Response:
        request.path_params["id"] = plain(request.path_params["id"])
        return await endpoint(request)


@VARIANT("A media id is one more than the largest that is in use, so that ids are given again.")
def ids_are_given_again(server: Server) -> None:
    state, one_at_a_time = server.subject.state, threading.Lock()

    def next_id() -> str:
        with state.transaction() as connection:
            largest = connection.execute("SELECT max(CAST(id AS INTEGER)) FROM media").fetchone()
        return str((largest[0] or 0) + 1)

    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: Any) -> bool:
        with one_at_a_time:
            # The caller of this rule returns the id of this record.
            object.__setattr__(media, "id", next_id())
            return bool(original(upload_id, media))


@VARIANT("Ids are given again, and the items of another caller get a 403.")
def ids_come_again_and_foreign_is_403(server: Server) -> None:
    ids_are_given_again(server)
    state = server.subject.state

    @server.answers("get_media", "delete_media", refusals=True)
    def forbidden(answer: Answer) -> None:
        media_id = answer.request.path_params["id"]
        if answer.status == 404 and any(state.media(media_id, one) for one in CALLERS):
            answer.status = 403


@VARIANT("Upload ids and media ids count up from the same number, each on their own.")
def ids_of_two_tables(server: Server) -> None:
    media, uploads = itertools.count(10_001), itertools.count(10_001)
    renamed: dict[str, str] = {}
    server.replaces("media_id")(lambda _: str(next(media)))

    @server.answers("create_upload")
    def counted(answer: Answer) -> None:
        number = str(next(uploads))
        renamed[number] = answer.data["upload_id"]
        answer.data["upload_id"] = number

    state = server.subject.state
    looked_up = state.upload
    state.upload = lambda upload_id, owner: looked_up(renamed.get(upload_id, ""), owner)


@VARIANT("Media ids are long and have several slashes.")
def deep_ids(server: Server) -> None:
    server.replaces("media_id")(
        lambda _: "/".join(["workspace", "9f", *(secrets.token_hex(12) for _ in range(4))])
    )


@VARIANT("Media ids are strings of digits.")
def number_ids(server: Server) -> None:
    server.replaces("media_id")(lambda _: str(secrets.randbelow(10**15)))


@VARIANT("Upload ids have slashes.")
def slashed_upload_ids(server: Server) -> None:
    state = server.subject.state

    @server.answers("create_upload")
    def renamed(answer: Answer) -> None:
        plain = answer.data["upload_id"]
        answer.data["upload_id"] = f"upl/{plain[4:10]}/{plain[10:]}"

    looked_up = state.upload

    def upload(upload_id: str, owner: str) -> Any:
        return looked_up(upload_id.replace("upl/", "upl_", 1).replace("/", ""), owner)

    state.upload = upload
