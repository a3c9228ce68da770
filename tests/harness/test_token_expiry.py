"""A 401 for a token that was accepted: an expired token, or a server that is wrong."""

from __future__ import annotations

import pytest

from conformance.harness.token_expiry import Tokens
from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.target import Target

TARGET = Target("feedhive", "http://127.0.0.1:1", "first-token", other_token="other-token")


class Api:
    """A server that accepts some tokens, and counts what it was asked."""

    def __init__(self, *accepted: str) -> None:
        self.accepted, self.asked = set(accepted), list[tuple[str, str]]()
        self.wrongly_refused: list[str] = []
        self.forbidden: set[str] = set()
        self.body = b"{}"

    def send(self, request: Request, operation: str | None = None) -> Exchange:
        path = request.url.rpartition("/")[2]
        token = dict(request.headers).get("Authorization", "").removeprefix("Bearer ")
        self.asked.append((path, token))
        wrong = path in self.wrongly_refused
        status = 200 if token in self.accepted and not wrong else 401
        status = 403 if {path, "everything"} & self.forbidden else status
        return Exchange(request, Response(status, (), self.body, 0.0), operation=operation)

    def ask(self, tokens: Tokens, path: str, method: str = "GET", caller: str = "main") -> Exchange:
        """Send a request with the token of a caller, as the client does."""
        headers = (("Accept", "*/*"), ("Authorization", f"Bearer {tokens.of(caller)}"))
        request = Request(method, f"http://127.0.0.1:1/{path}", headers, b"", caller)
        return tokens.checked(self.send(request), self.send)


def test_a_token_that_expired_blocks_everything_that_remains() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    server.ask(tokens, "list")
    server.accepted.clear()

    for _ in range(3):
        with pytest.raises(Blocked, match="the token expired during the run") as blocked:
            server.ask(tokens, "create", "POST")

    assert "first-token" not in blocked.value.reason
    assert [path for path, _ in server.asked] == ["list", "create", "list", "list", "list"]


def test_a_token_that_expired_is_fetched_again() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    tokens.renew = lambda name: f"second-{name}"
    server.ask(tokens, "list")
    server.accepted = {"second-token"}

    answer = server.ask(tokens, "create", "POST")

    assert answer.status == 200
    assert server.asked[-1] == ("create", "second-token")
    assert server.ask(tokens, "list").status == 200


def test_a_renewed_token_may_expire_too() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    fresh = iter(["second-token", "third-token"])
    tokens.renew = lambda _: next(fresh)
    server.ask(tokens, "list")
    for token in ("second-token", "third-token"):
        server.accepted = {token}
        assert server.ask(tokens, "create", "POST").status == 200


def test_a_command_that_prints_the_expired_token_does_not_help() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    tokens.renew = lambda _: "first-token"
    server.ask(tokens, "list")
    server.accepted.clear()

    with pytest.raises(Blocked, match="token_command"):
        server.ask(tokens, "create", "POST")


def test_a_refusal_of_a_valid_token_is_judged() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    server.wrongly_refused = ["complete"]
    server.ask(tokens, "list")

    assert server.ask(tokens, "complete", "POST").status == 401
    assert server.ask(tokens, "list").status == 200


def test_a_client_that_is_locked_out_learns_nothing_more() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    server.ask(tokens, "list")
    server.forbidden = {"everything"}

    with pytest.raises(Blocked, match="answers 403 to this client by now"):
        server.ask(tokens, "create", "POST")

    server.forbidden = set()
    assert server.ask(tokens, "create", "POST").status == 200


@pytest.mark.parametrize("host", ["127.0.0.1:1", "s3"])
def test_a_file_of_the_targets_own_host_is_locked_too(host: str) -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    server.ask(tokens, "list")
    server.forbidden = {"everything"}
    read = server.send(Request("GET", f"http://{host}/file", (), b""))

    if host == "s3":
        assert tokens.checked(read, server.send).status == 403
        return
    with pytest.raises(Blocked, match="answers 403 to this client by now"):
        tokens.checked(read, server.send)


def test_a_403_of_the_server_itself_is_judged_without_a_control() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    server.ask(tokens, "list")
    server.forbidden, server.body = {"everything"}, b'{"success": false, "message": "A limit"}'

    assert server.ask(tokens, "create", "POST").status == 403
    assert [path for path, _ in server.asked] == ["list", "create"]


def test_a_forbidden_request_of_a_client_that_is_not_locked_out_is_judged() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    server.forbidden = {"theirs"}
    server.ask(tokens, "list")

    assert server.ask(tokens, "theirs").status == 403
    assert [path for path, _ in server.asked] == ["list", "theirs", "list"]


def test_the_first_post_shows_it_where_there_is_no_get() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    server.ask(tokens, "upload", "POST")
    server.wrongly_refused = ["post"]

    assert server.ask(tokens, "post", "POST").status == 401
    assert server.asked[-1] == ("upload", "first-token")


def test_a_token_that_was_never_accepted_is_judged() -> None:
    server, tokens = Api(), Tokens(TARGET)

    assert server.ask(tokens, "list").status == 401
    assert len(server.asked) == 1


def test_each_caller_has_a_token_of_its_own() -> None:
    server, tokens = Api("first-token", "other-token"), Tokens(TARGET)
    server.ask(tokens, "list")
    server.ask(tokens, "list", caller="other")
    server.accepted = {"first-token"}

    with pytest.raises(Blocked, match="the other_token expired"):
        server.ask(tokens, "list", caller="other")
    assert server.ask(tokens, "list").status == 200


def test_another_token_than_the_runs_own_is_judged() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    server.ask(tokens, "list")
    headers = (("Authorization", "Bearer a-bad-token"),)
    request = Request("GET", "http://127.0.0.1:1/list", headers, b"", "main")

    assert tokens.checked(server.send(request), server.send).status == 401
    assert server.asked[-1] == ("list", "a-bad-token")


def test_a_twin_may_accept_a_token_that_the_target_does_not() -> None:
    server, tokens = Api("first-token"), Tokens(TARGET)
    headers = (("Authorization", "Bearer first-token"),)
    twin = Request("GET", "http://127.0.0.1:2/twin", headers, b"", "main")
    tokens.checked(server.send(twin), server.send)
    server.ask(tokens, "list", "POST")
    server.wrongly_refused = ["list", "create"]

    with pytest.raises(Blocked, match="expired"):
        server.ask(tokens, "create", "POST")
