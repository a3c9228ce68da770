"""Requests without a key, and the spellings of the paths that they go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import pytest

from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.keyless import SPELLINGS, Keyless
from conformance.target import Target

if TYPE_CHECKING:
    from conformance.harness.harness import Harness

BASE = "http://127.0.0.1:9/v1"
PATHS = ["/media/uploads", "/media/uploads/upl_1/complete", "/media", "/media/med_1"]


class OneServer:
    """A harness whose server gives one status to everything; it notes what is sent."""

    def __init__(self, status: int = 401, body: bytes = b"") -> None:
        self._status, self._body = status, body
        self.target = Target("feedhive", f"{BASE}/", "token-of-nobody")
        self.sent: list[tuple[str, str, dict[str, str]]] = []
        self.client = self
        self.keyless = Keyless(cast("Harness", self))

    def send(self, method: str, url: str, *, headers: dict[str, str], **_: Any) -> Exchange:
        """Note a request and answer it."""
        self.sent.append((method, url, headers))
        return Exchange(Request(method, url), Response(self._status, (), self._body, 0.0))


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("path", PATHS)
def test_another_spelling_is_another_path_that_a_router_may_take_for_the_same(
    name: str, path: str
) -> None:
    respelled = SPELLINGS[name](path)

    assert respelled.startswith("/")
    usual = unquote(respelled).replace(";a=b", "").removesuffix(".json").lower()
    assert "/".join(filter(None, usual.split("/"))) == path.removeprefix("/")
    if name != "inner doubled slash" or path != "/media":
        assert respelled != path


def test_spellings_of_one_path_are_all_different() -> None:
    spelled = [respelled("/media/med_1") for respelled in SPELLINGS.values()]

    assert len({*spelled, "/media/med_1"}) == len(spelled) + 1


def test_an_id_stays_as_it_is_in_every_spelling() -> None:
    for respelled in SPELLINGS.values():
        assert "Med_%2Fa" in respelled("/media/Med_%2Fa")


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_request_goes_below_the_base_url_and_has_no_key(body: bytes) -> None:
    server = OneServer()

    server.keyless.send("POST", "//media/uploads", body)

    (method, url, headers), *more = server.sent
    assert (method, url, more) == ("POST", f"{BASE}//media/uploads", [])
    assert set(headers) == ({"Content-Type"} if body else set())


@pytest.mark.parametrize(("status", "everything"), [(200, True), (404, False), (401, False)])
def test_a_server_that_answers_every_head_is_known_by_a_path_that_does_not_exist(
    status: int, *, everything: bool
) -> None:
    server = OneServer(status)

    assert server.keyless.heads_everything() is everything
    assert server.sent[0][0] == "HEAD"


@pytest.mark.parametrize(
    ("body", "nothing"),
    [(b'{"status": "ok"}', True), (b'{"success": true, "data": {}}', False), (b"<p>", False)],
)
def test_an_answer_like_that_to_an_unknown_path_shows_that_nothing_is_there(
    body: bytes, *, nothing: bool
) -> None:
    server = OneServer(200, b'{"status": "fine"}')
    exchange = Exchange(Request("POST", f"{BASE}/MEDIA"), Response(200, (), body, 0.0))

    assert server.keyless.reaches_nothing(exchange) is nothing
    assert server.sent[0][0] == "POST"
