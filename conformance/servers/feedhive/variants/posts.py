"""Variants of posts: how a server may answer, list and refuse them."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import VARIANT

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

    Fields = dict[str, Any]

_POSTS = ("create_post", "get_post", "update_post", "delete_post")
_LAG_S = 0.4
_MEDIA_BOUND = 10


@VARIANT("The status of a new post is 200 instead of 201.")
def new_posts_answer_200(server: Server) -> None:
    server.answers("create_post")(lambda answer: setattr(answer, "status", 200))


@VARIANT("Updates and deletes of posts answer with 202.")
def posts_answer_202(server: Server) -> None:
    server.answers("update_post", "delete_post")(lambda answer: setattr(answer, "status", 202))


@VARIANT("Posts show members that no document names.")
def posts_show_more(server: Server) -> None:
    @server.answers(*_POSTS)
    def more(answer: Answer) -> None:
        answer.body["meta"] = {"request": "1"}
        answer.data.update(accounts=[], scheduled_at=None)
        for item in answer.data["media"]:
            item.update(mime_type=None, alt_text=None, width=1280)


@VARIANT("Posts show only their id and their media.")
def posts_show_no_text(server: Server) -> None:
    @server.answers(*_POSTS)
    def less(answer: Answer) -> None:
        answer.body["data"] = {"id": answer.data["id"], "media": answer.data["media"]}


@VARIANT("Answers of posts have no member `success`.")
def posts_without_success(server: Server) -> None:
    server.answers(*_POSTS)(lambda answer: answer.body.pop("success"))


@VARIANT("Media of a post have no thumbnail_url while there is no thumbnail.")
def posts_without_thumbnails(server: Server) -> None:
    @server.answers(*_POSTS)
    def less(answer: Answer) -> None:
        for item in answer.data["media"]:
            del item["thumbnail_url"]


@VARIANT("The ids of posts are numbers.")
def post_ids_are_numbers(server: Server) -> None:
    numbers = itertools.count(41)
    known: dict[str, str] = {}

    def numbered(post: dict[str, Any]) -> dict[str, Any]:
        number = next((int(k) for k, v in known.items() if v == post["id"]), None)
        if number is None:
            number = next(numbers)
            known[str(number)] = post["id"]
        return {**post, "id": number}

    @server.answers("list_posts")
    def listed(answer: Answer) -> None:
        answer.data["items"] = [numbered(item) for item in answer.data["items"]]

    @server.wraps("get_post", "update_post", "delete_post")
    async def translated(endpoint: Endpoint, request: Request) -> Response:
        number = request.path_params["id"]
        request.path_params["id"] = known.get(number, number)
        return await endpoint(request)

    @server.answers(*_POSTS)
    def renumbered(answer: Answer) -> None:
        answer.body["data"] = numbered(answer.data)


@VARIANT("A post id is one more than the largest that is in use, so that ids are given again.")
def post_ids_are_given_again(server: Server) -> None:
    state, one_at_a_time = server.subject.state, threading.Lock()

    @server.replaces("posts.create")
    def create(original: Any, owner: str, fields: Fields) -> Any:
        with one_at_a_time:
            return original(owner, fields)

    @server.replaces("posts.new_id")
    def new_id(_: Any) -> str:
        with state.transaction() as connection:
            largest = connection.execute("SELECT max(CAST(id AS INTEGER)) FROM post").fetchone()
        return str((largest[0] or 0) + 1)


@VARIANT("A new post, and an update, drop the second of two equal ids.")
def posts_drop_duplicates(server: Server) -> None:
    @server.replaces("posts._checked")
    def checked(original: Any, owner: str, fields: Fields) -> Any:
        media = fields.get("media")
        if isinstance(media, list) and all(isinstance(one, str) for one in media):
            fields = {**fields, "media": list(dict.fromkeys(media))}
        return original(owner, fields)


@VARIANT("Posts refuse media with 404, and a missing text with 422.")
def posts_refuse_with_other_statuses(server: Server) -> None:
    @server.answers("create_post", "update_post", refusals=True)
    def other(answer: Answer) -> None:
        message = answer.body["message"]
        if message.startswith("media contains"):
            answer.status = 404
        elif message.startswith("text"):
            answer.status = 422


@VARIANT("Another caller's post, and another caller's media in a post, get a 403.")
def foreign_posts_are_403(server: Server) -> None:
    @server.answers(*_POSTS, refusals=True)
    def forbidden(answer: Answer) -> None:
        post_id = answer.request.path_params.get("id")
        with server.subject.state.transaction() as connection:
            exists = connection.execute("SELECT 1 FROM post WHERE id = ?", (post_id,)).fetchone()
        media = answer.body["message"].startswith("media contains")
        if media or (answer.status == 404 and exists):
            answer.status = 403


@VARIANT("A deleted post gets a 410.")
def deleted_posts_are_410(server: Server) -> None:
    deleted: set[str] = set()

    @server.answers("delete_post")
    def remember(answer: Answer) -> None:
        deleted.add(answer.data["id"])

    @server.answers("get_post", "update_post", "delete_post", refusals=True)
    def gone(answer: Answer) -> None:
        if answer.request.path_params["id"] in deleted and answer.status == 404:
            answer.status = 410


@VARIANT("There is no list of posts.")
def posts_have_no_list(server: Server) -> None:
    @server.wraps("list_posts")
    async def absent(endpoint: Endpoint, request: Request) -> Response:
        del endpoint, request
        return JSONResponse({"success": False, "message": "Not found"}, 404)


@VARIANT("The list of posts shows no drafts.")
def drafts_are_not_listed(server: Server) -> None:
    @server.answers("list_posts")
    def published(answer: Answer) -> None:
        items = answer.data["items"]
        answer.data["items"] = [item for item in items if item["status"] != "draft"]


@VARIANT("The list of posts shows new and deleted posts 0.4 seconds late.")
def the_list_of_posts_lags(server: Server) -> None:
    pages: list[tuple[float, str, dict[str, Any]]] = []

    @server.replaces("posts.page")
    def page(original: Any, owner: str, limit: int, cursor: str | None) -> Any:
        answer = original(owner, limit, cursor)
        if cursor is not None:
            return answer
        now = time.monotonic()
        pages.append((now, owner, answer))
        old = [one for at, who, one in pages if who == owner and at <= now - _LAG_S]
        return old[-1] if old else {**answer, "items": [], "next_cursor": None, "has_more": False}


@VARIANT("A media item cannot be deleted while a post shows it.")
def media_in_posts_stay(server: Server) -> None:
    @server.replaces("delete")
    def delete(original: Any, owner: str, media_id: str) -> Any:
        posts = server.subject.posts.page(owner, 10_000, None)["items"]
        if any(item["id"] == media_id for post in posts for item in post["media"]):
            raise Refusal(409, "This media is in a post")
        return original(owner, media_id)


@VARIANT("The status of a post is in upper case.")
def post_statuses_in_upper_case(server: Server) -> None:
    @server.answers(*_POSTS)
    def upper(answer: Answer) -> None:
        answer.data["status"] = answer.data["status"].upper()


@VARIANT("A post has between one and ten media; others are refused.")
def posts_have_up_to_ten_media(server: Server) -> None:
    @server.replaces("posts._checked")
    def checked(original: Any, owner: str, fields: Fields) -> Any:
        known = original(owner, fields)
        if "media" in known and not 1 <= len(known["media"]) <= _MEDIA_BOUND:
            raise Refusal(422, "A post has between one and ten media")
        return known


@VARIANT("Texts of posts have no white space at their ends, and CR LF as line break.")
def post_texts_have_other_line_breaks(server: Server) -> None:
    @server.replaces("posts._checked")
    def checked(original: Any, owner: str, fields: Fields) -> Any:
        known = original(owner, fields)
        if "text" in known:
            known["text"] = "\r\n".join(known["text"].strip().splitlines())
        return known
