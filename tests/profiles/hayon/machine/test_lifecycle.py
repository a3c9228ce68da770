"""The comparisons of the machine can fail, and each blames the row that is broken."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.bucket import StoredObject
from conformance.harness.sequences import row_of, search
from conformance.judge.finding import Blocked, Finding
from conformance.profiles.hayon.machine.late import LATE_S, look_late
from conformance.profiles.hayon.machine.rules import RandomLifecycle
from tests.profiles.hayon.machine.fake import STORE, Server, answer, exchange, machine

if TYPE_CHECKING:
    from conformance.model.signed_url import SignedUrl

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange


def walked(server: Server) -> tuple[Any, list[str | None]]:
    """Store three files and end the sequence; return the machine and the rows it noticed."""
    bound, noticed = machine(server)
    sequence = bound()
    for content_type in ("image/png", "video/mp4", "image/png"):
        sequence.add(content_type, "main")
        sequence.leave(content_type, "other")
        sequence.oldest_and_newest_stay()
    sequence.end()
    return sequence, [violation.requirement for violation in noticed]


def broken_row(server: Server) -> str | None:
    with pytest.raises(Finding) as found:
        walked(server)
    return row_of(found.value)


def test_a_correct_server_breaks_nothing() -> None:
    sequence, noticed = walked(Server())

    assert noticed == []
    assert sequence.log.done == {"stored files read back": 3}


def test_a_file_that_a_step_removes_breaks_the_sequence() -> None:
    server = Server()

    def put(url: str, body: bytes, content_type: str) -> Exchange:
        for key in list(server.objects):
            del server.objects[key]
        return Server.put(server, url, body, content_type)

    server.put = put  # type: ignore[method-assign]

    # The control of the machine would remove it too, but stays itself.
    assert broken_row(server) == "HY-LIFECYCLE-01"


def test_files_that_go_after_a_while_break_their_permanence() -> None:
    server = Server()
    server.life = 4.0
    bound, _ = machine(server)
    sequence = bound()
    sequence.add("image/png", "main")
    server.wait(5)

    with pytest.raises(Blocked) as found:
        sequence.oldest_and_newest_stay()

    assert row_of(found.value) == "HY-PUBLIC-04"
    assert "HY-PUBLIC-04" in str(sequence.log.result())


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (lambda body: body[::-1], "HY-PUBLIC-01"),
        (lambda body: body[:100], "HY-PUBLIC-01"),
    ],
)
def test_other_bytes_are_blamed(content: Any, row: str) -> None:
    server = Server()
    read = server.read
    server.read = lambda url: _changed(read(url), content)  # type: ignore[method-assign]

    assert broken_row(server) == row


def _changed(found: Exchange, content: Any) -> Exchange:
    body = found.response.body if found.response else b""
    return exchange(found.status or 0, content(body), found.content_type, "GET")


def test_a_file_under_an_unused_key_is_noticed() -> None:
    server = Server()
    read = server.read
    last: list[Exchange] = []

    def sticky(url: str) -> Exchange:
        found = read(url)
        if found.succeeded:
            last[:] = [found]
        return found if found.succeeded or not last else last[0]

    server.read = sticky  # type: ignore[method-assign]

    assert walked(server)[1] == ["HY-PUBLIC-03"]


def test_another_spelling_that_is_refused_is_noticed() -> None:
    server = Server()
    bound, noticed = machine(server)
    plain = server.create_media_upload

    def strict(content_type: object = None, **how: Any) -> Exchange:
        if how.get("body") is not None:
            return answer(400, {"success": False, "message": "Invalid media type"})
        return plain(content_type, **how)

    server.create_media_upload = strict  # type: ignore[method-assign]
    bound().add("image/png", "main", "with white space in the JSON")

    assert [violation.requirement for violation in noticed] == ["HY-LIFECYCLE-02"]


def asked_by_both(server: Server) -> Any:
    sequence = machine(server)[0]()
    for number in range(12):
        sequence.leave("image/png", sequence.caller(number))
    return sequence


def test_at_once_every_caller_gets_a_key_of_its_own_folder() -> None:
    server = Server()
    sequence = asked_by_both(server)
    sequence.together()
    asked = server.create_media_upload

    def mixed(content_type: object, *, caller: str | None, **_: object) -> Exchange:
        return asked(content_type, caller=caller and "other")

    server.create_media_upload = mixed  # type: ignore[method-assign, assignment]

    with pytest.raises(Blocked) as found:
        sequence.together()
    assert row_of(found.value) == "HY-UPLOAD-28"


def test_at_once_a_stranger_gets_nothing() -> None:
    server = Server()
    sequence = asked_by_both(server)
    asked = server.create_media_upload

    def open_to_all(content_type: object, *, caller: str | None, **_: object) -> Exchange:
        return asked(content_type, caller=caller or "main")

    server.create_media_upload = open_to_all  # type: ignore[method-assign, assignment]

    with pytest.raises(Blocked) as found:
        sequence.together()
    assert row_of(found.value) == "HY-AUTH-02"


def test_a_late_look_needs_five_files_and_finds_what_is_gone() -> None:
    server = Server()
    bound, _ = machine(server)
    look_late(bound(), [])
    assert server.now >= LATE_S - 1
    assert bound.log.result() is None

    server = Server()
    bound, _ = machine(server)
    server.life = LATE_S / 2
    with pytest.raises(Blocked) as found:
        look_late(bound(), [])

    assert row_of(found.value) == "HY-PUBLIC-04"


def test_a_host_that_cannot_be_reached_proves_nothing() -> None:
    server = Server()

    def unreachable(_: str) -> Exchange:
        raise Blocked(limit="the file's host cannot be reached from here")

    server.read = unreachable  # type: ignore[method-assign, assignment]
    sequence, noticed = walked(server)

    assert noticed == []
    assert "cannot be reached" in str(sequence.log.result())


class Vault:
    """A bucket that shows the objects of a server; an object that is not there was denied."""

    def __init__(self, server: Server, *, denied: bool = False) -> None:
        self.server, self.denied = server, denied

    def find(self, key: str) -> StoredObject | None:
        if self.denied:
            raise Blocked(limit="AccessDenied")
        if key not in self.server.objects:
            return None
        body, content_type = self.server.objects[key]
        return StoredObject(key, len(body), content_type, hashlib.sha256(body).hexdigest())

    def arrived(self, url: SignedUrl) -> StoredObject | None:
        return self.find(url.key("media"))


@pytest.mark.parametrize(
    ("stored", "row"),
    [
        (lambda body, content_type: (body[:-1], content_type), "HY-PUT-07"),
        (lambda body, _: (body, "binary/octet-stream"), "HY-PUT-08"),
        (lambda body, content_type: (body, content_type), None),
    ],
    ids=["a byte less", "another type", "as sent"],
)
def test_a_stored_file_is_held_against_the_bucket(stored: Any, row: str | None) -> None:
    server = Server()
    put = server.put
    server.put = lambda url, *file: put(url, *stored(*file))  # type: ignore[method-assign]
    bound, _ = machine(server)
    bound.bucket = Vault(server)
    sequence = bound()

    with suppress(Finding):
        sequence.add("image/webp", "main")

    assert row_of(bound.log.finding) == row


def test_an_object_that_is_gone_at_the_end_breaks_the_sequence() -> None:
    server = Server()
    bound, _ = machine(server)
    bound.bucket = Vault(server)
    sequence = bound()
    sequence.add("image/webp", "main")
    cached = dict(server.objects)
    server.read = lambda url: exchange(200, *next(iter(cached.values())), "GET")  # type: ignore[method-assign]  # noqa: ARG005 - the name of the parameter is part of the type
    server.objects.clear()

    with pytest.raises(Finding) as found:
        sequence.end()

    assert row_of(found.value) == "HY-LIFECYCLE-01"


def test_a_bucket_that_may_not_be_read_stops_nothing() -> None:
    server = Server()
    bound, _ = machine(server)
    bound.bucket = Vault(server, denied=True)
    sequence = bound()

    sequence.add("image/webp", "main")
    sequence.end()

    assert (bound.bucket, sequence.stopped) == (None, False)
    assert sequence.log.done["stored files read back"] == 1


def test_random_sequences_find_a_file_that_the_third_upload_removes() -> None:
    server = Server()

    def put(url: str, body: bytes, content_type: str) -> Exchange:
        found = Server.put(server, url, body, content_type)
        if len(server.objects) == 3:
            del server.objects[next(iter(server.objects))]
        return found

    server.put = put  # type: ignore[method-assign]
    bound, _ = machine(server, RandomLifecycle)
    bound.refusals = SimpleNamespace(all={"ask": None}, refuse=lambda *_: None)

    finding = search(bound, seed=7, examples=3, steps=3)

    assert finding is not None
    noted = getattr(finding, "violation", None) or finding
    assert noted.__notes__[0].startswith("1. ask for ")


class Lax(Server):
    """A storage that does what every URL says, and a canary that knows it."""

    def misuse(self, signed: SignedUrl, method: str, _: str) -> Exchange:
        if method == "DELETE":
            del self.objects[signed.url.partition("?")[0].removeprefix(f"{STORE}/")]
        return exchange(200, b"", "image/png", method)

    def check(self, *_: object, **__: object) -> None:
        raise Blocked(limit="the storage itself enforces no signatures")


def test_a_file_is_not_judged_after_a_lax_storage_let_its_url_be_misused() -> None:
    server = Lax()
    bound, noticed = machine(server)
    bound.harness.canary = server
    sequence = bound()
    sequence.add("image/png", "main")

    sequence.misuse()
    sequence.oldest_and_newest_stay()
    sequence.end()

    assert (len(sequence.files), len(server.objects), noticed) == (1, 2, [])
