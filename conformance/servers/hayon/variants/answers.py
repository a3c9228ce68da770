"""Variants of the answer to an upload request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.servers.hayon.registry import VARIANT

if TYPE_CHECKING:
    from conformance.servers.deviation import Answer, Server

_UPLOAD = "create_media_upload"
_BAD_REQUEST = 400


@VARIANT("The status of a success is 201.", warns=("HY-UPLOAD-31",))
def upload_answers_201(server: Server) -> None:
    server.answers(_UPLOAD)(lambda answer: setattr(answer, "status", 201))


@VARIANT("Every object has additional fields.")
def more_fields(server: Server) -> None:
    @server.answers(_UPLOAD)
    def more(answer: Answer) -> None:
        answer.body["requestId"] = "r"
        answer.data.update(expiresIn=900, bucket="media", headers={})


@VARIANT("The answer reports image/jpg as image/jpeg, its registered name.")
def jpg_is_jpeg(server: Server) -> None:
    @server.answers(_UPLOAD)
    def renamed(answer: Answer) -> None:
        if answer.data["contentType"] == "image/jpg":
            answer.data["contentType"] = "image/jpeg"


@VARIANT("Refusals have their details in the data member.")
def errors_with_details(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def detailed(answer: Answer) -> None:
        answer.body["data"] = {"errors": [{"path": ["contentType"], "code": "invalid"}]}


@VARIANT("Refusals have no data member.")
def errors_without_data(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def without(answer: Answer) -> None:
        answer.body.pop("data", None)


@VARIANT("The status of a success is 202.", warns=("HY-UPLOAD-31",))
def upload_answers_202(server: Server) -> None:
    server.answers(_UPLOAD)(lambda answer: setattr(answer, "status", 202))


@VARIANT("Posts answer with an id only.")
def posts_answer_an_id(server: Server) -> None:
    @server.answers("create_post", "update_post")
    def short(answer: Answer) -> None:
        answer.body["data"] = {"postId": answer.data["id"]}


@VARIANT("A contentType that is not a string gets a 422 with the words of a validator.")
def validators_have_their_own_words(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def worded(answer: Answer) -> None:
        sent = answer.sent.get("contentType", "")
        if answer.status == _BAD_REQUEST and not isinstance(sent, str):
            answer.status = 422
            answer.body["message"] = "contentType: Expected string"
