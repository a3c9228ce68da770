"""Faults that no single request shows: one operation changes what another one made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.servers.answers import Refusal, other_caller
from conformance.servers.gate import Gate
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_UPLOAD = "create_media_upload"
#: So many files of each caller stay.
KEPT = 4


@FAULT("The update of a post deletes the files that it replaces.", "HY-LIFECYCLE-01")
def updates_delete_replaced_files(server: Server) -> None:
    shown: dict[str, set[str]] = {}

    @server.answers("create_post", "update_post")
    def replaced(answer: Answer) -> None:
        now = {item["s3Key"] for item in answer.data["content"]["mediaItems"]}
        for key in shown.get(answer.data["id"], set()) - now:
            server.subject.store.remove(key)
        shown[answer.data["id"]] = now


@FAULT("Only the newest four files of a caller stay public.", "HY-LIFECYCLE-01")
def old_files_make_room(server: Server) -> None:
    stored: dict[str, list[str]] = {}

    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        folder = stored.setdefault(key.rpartition("/")[0], [])
        found = original(key)
        if key not in folder:
            folder.append(key)
        if key not in folder[-KEPT:]:
            server.subject.store.remove(key)
        return original(key) and found


@FAULT("An upload request with escaped characters in its JSON is refused.", "HY-LIFECYCLE-02")
def escaped_json_is_refused(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def refusing(endpoint: Endpoint, request: Request) -> Response:
        if b"\\u0054" not in await request.body():
            return await endpoint(request)
        refusal = {"success": False, "message": "Invalid media type", "data": None}
        return JSONResponse(refusal, 400)


def _moves(name: str, words: str, extension: str) -> None:
    """Register a fault: a post removes the stored files of one kind that it shows."""

    def apply(server: Server) -> None:
        @server.answers("create_post", "update_post")
        def moved(answer: Answer) -> None:
            for item in answer.data["content"]["mediaItems"]:
                if item["s3Key"].endswith(extension):
                    server.subject.store.remove(item["s3Key"])

    FAULT.add(name, f"A post removes the file of {words} from its place.", apply, "HY-LIFECYCLE-01")


_moves("posts-move-their-quicktimes", "a QuickTime video", ".mov")
_moves("posts-move-their-pngs", "a PNG", ".png")


def _named(content: Any) -> set[str]:
    """Return the keys that the content of a post names."""
    items = content.get("mediaItems") if isinstance(content, dict) else None
    found = items if isinstance(items, list) else []
    return {str(item["s3Key"]) for item in found if isinstance(item, dict) and "s3Key" in item}


def _refused_posts_remove(name: str, sentence: str, whose: Callable[[str], str]) -> None:
    """Register a fault: a refused new post removes the files of one caller that it names."""

    def apply(server: Server) -> None:
        @server.replaces("create_post")
        def create_post(original: Any, caller: str, content: Any) -> Any:
            try:
                return original(caller, content)
            except Refusal:
                for key in _named(content):
                    if key.startswith(f"posts/{whose(caller)}/"):
                        server.subject.store.remove(key)
                raise

    FAULT.add(name, sentence, apply, "HY-LIFECYCLE-01")


_refused_posts_remove(
    "refused-posts-remove-files",
    "A new post that is refused removes the caller's files that it names.",
    lambda caller: caller,
)
_refused_posts_remove(
    "refused-posts-remove-foreign-files",
    "A new post that is refused removes the other caller's files that it names.",
    other_caller,
)


@FAULT(
    "The update of a post deletes the replaced files that another post shows.", "HY-LIFECYCLE-01"
)
def updates_remove_files_of_other_posts(server: Server) -> None:
    shown: dict[str, set[str]] = {}

    @server.answers("create_post")
    def created(answer: Answer) -> None:
        shown[answer.data["id"]] = _named(answer.data["content"])

    @server.answers("update_post")
    def updated(answer: Answer) -> None:
        before = shown.pop(answer.data["id"], set())
        now = shown[answer.data["id"]] = _named(answer.data["content"])
        others = set().union(*(keys for post, keys in shown.items() if post != answer.data["id"]))
        for key in (before - now) & others:
            server.subject.store.remove(key)


@FAULT("The update of an unknown post deletes the files that it names.", "HY-LIFECYCLE-01")
def refused_updates_remove_media(server: Server) -> None:
    @server.replaces("update_post")
    def update_post(original: Any, caller: str, post_id: str, content: Any) -> Any:
        try:
            return original(caller, post_id, content)
        except Refusal:
            items = content.get("mediaItems") if isinstance(content, dict) else None
            for item in items if isinstance(items, list) else ():
                server.subject.store.remove(item["s3Key"])
            raise


@FAULT("A type of the body with upper-case letters is refused.", "HY-LIFECYCLE-02")
def upper_case_labels_are_refused(server: Server) -> None:
    @server.wraps("create_media_upload")
    async def strict(endpoint: Endpoint, request: Request) -> Response:
        label = request.headers.get("content-type", "")
        if label == label.lower():
            return await endpoint(request)
        refusal = {"success": False, "message": "Invalid media type", "data": None}
        return JSONResponse(refusal, 400)


def _open_to_all(name: str, sentence: str, method: str) -> None:
    """Register a fault: s3Url lets everybody change the file, as a CDN that passes writes on."""

    def apply(server: Server) -> None:
        store = server.subject.store

        async def changed(request: Request) -> Response:
            key, body = request.path_params["key"], await request.body()
            if method == "DELETE":
                await run_in_threadpool(store.remove, key)
            else:
                kind = request.headers.get("content-type", "")
                await run_in_threadpool(store.write, key, body, kind)
            return Response(status_code=204)

        server.routes.append(Route("/cdn/{key:path}", changed, methods=[method]))

    FAULT.add(name, sentence, apply, "HY-LIFECYCLE-01")


_open_to_all("everybody-overwrites-public-files", "s3Url takes a PUT of everybody.", "PUT")
_open_to_all("everybody-deletes-public-files", "s3Url takes a DELETE of everybody.", "DELETE")


@FAULT("A PATCH on the upload URL is refused, and removes the file.", "HY-LIFECYCLE-01")
def refused_patches_remove_files(server: Server) -> None:
    gate = Gate(server)

    async def patched(request: Request) -> Response:
        await run_in_threadpool(gate.store.remove, request.path_params["key"])
        return Response(status_code=405)

    server.routes.append(Route("/gate/{key:path}", patched, methods=["PATCH"]))


@FAULT("An update that names no media removes the files that the post had.", "HY-LIFECYCLE-01")
def updates_without_media_remove_files(server: Server) -> None:
    shown: dict[str, set[str]] = {}

    @server.answers("create_post", "update_post")
    def replaced(answer: Answer) -> None:
        now = _named(answer.data["content"])
        for key in () if now else shown.get(answer.data["id"], ()):
            server.subject.store.remove(key)
        shown[answer.data["id"]] = now
