"""Faults of answers that tell secrets, or the inside of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from conformance.servers.deviation import Answer, Server

_UPLOAD = "create_media_upload"
_UNAUTHORIZED = 401


@FAULT("Errors contain a stack trace.", "HY-AUTH-06")
def errors_show_a_stack_trace(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def traced(answer: Answer) -> None:
        answer.body["stack"] = "Error: x\n    at create (/srv/app/upload.js:7:1)"


@FAULT("Errors contain a stack trace as a list of lines.", "HY-AUTH-06")
def errors_list_a_stack_trace(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def traced(answer: Answer) -> None:
        answer.body["stack"] = ["Error: x", "at create (/srv/app/upload.js:7:1)"]


@FAULT("Errors contain the address of the database with its password.", "HY-AUTH-06")
def errors_show_a_password(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def told(answer: Answer) -> None:
        answer.body["debug"] = "mongodb+srv://hayon:Sup3rS3cret@cluster0.example.net/hayon"


@FAULT("Errors contain the words of the database.", "HY-AUTH-06")
def errors_show_the_index_of_a_database(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def told(answer: Answer) -> None:
        answer.body["reason"] = "E11000 duplicate key error collection: hayon.users index: email_1"


@FAULT("The answer to a bad key contains a stack trace.", "HY-AUTH-06")
def refused_keys_show_a_stack_trace(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def traced(answer: Answer) -> None:
        if answer.status == _UNAUTHORIZED:
            answer.body["message"] = "Error: jwt malformed\n    at verify (/srv/app/jwt.js:70:17)"


@FAULT("The answer to a bad key contains the key.", "HY-AUTH-06")
def refused_keys_are_read_back(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def told(answer: Answer) -> None:
        if answer.status == _UNAUTHORIZED:
            sent = answer.request.headers.get("authorization", "")
            answer.body["message"] = f"No caller has {sent}"


@FAULT("A success contains the secret key of the storage.", "HY-AUTH-07")
def successes_tell_the_secret_key(server: Server) -> None:
    secret = server.subject.store.secret_key
    server.answers(_UPLOAD)(lambda answer: answer.body.update(debug={"secret": secret}))


@FAULT("A success for image/webp contains the caller's key.", "HY-AUTH-07")
def some_successes_tell_the_key(server: Server) -> None:
    @server.answers(_UPLOAD)
    def told(answer: Answer) -> None:
        if answer.data["contentType"] == "image/webp":
            answer.body["caller"] = answer.request.headers["authorization"]
