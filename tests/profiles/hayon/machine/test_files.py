"""Public files: looked for together, waited for once, and noticed when they go."""

from __future__ import annotations

import pytest

from conformance.harness import sample_files
from conformance.harness.lag import PUBLIC_BOUND_S
from conformance.judge.finding import Violation
from conformance.profiles.hayon.given import Upload
from conformance.profiles.hayon.machine.files import File, PublicSite
from conformance.profiles.hayon.public import is_the_file
from tests.profiles.hayon.machine.fake import CDN, STORE, Server, exchange


@pytest.fixture
def server() -> Server:
    return Server()


def site_of(server: Server) -> PublicSite:
    return PublicSite(server.read, server.wait, lambda: server.now)


def stored(server: Server, name: str) -> File:
    body = sample_files.unique("image/png")
    server.put(f"{STORE}/{name}?x", body, "image/png")
    asked = exchange(200, b"", "text/plain")
    return File(Upload("", f"{CDN}/{name}", name, "image/png", asked, body), "main")


def test_late_files_are_waited_for_together(server: Server) -> None:
    server.delay = 20.0
    files = [stored(server, name) for name in ("a", "b", "c")]
    site = site_of(server)

    site.wait_for(files)

    assert all(file.seen_at == server.now for file in files)
    assert 20 <= server.now < 30


def test_a_file_that_never_comes_is_blamed_and_waited_for_once(server: Server) -> None:
    server.delay = 1e6
    site = site_of(server)

    for _ in range(2):
        with pytest.raises(Violation, match="uploaded bytes"):
            site.wait_for([stored(server, "a")])

    assert server.now == PUBLIC_BOUND_S


def test_the_file_of_another_upload_is_blamed_at_once(server: Server) -> None:
    first, second = stored(server, "a"), stored(server, "b")
    server.wait(0.5)
    server.objects["b"] = server.objects["a"]
    site = site_of(server)

    site.look(first)
    with pytest.raises(Violation, match="another upload"):
        site.look(second)

    assert (first.seen_at, second.seen_at) == (0.5, None)


def test_a_placeholder_is_not_the_file_and_not_blamed(server: Server) -> None:
    file = stored(server, "a")
    server.objects["a"] = b"soon", "text/plain"

    site_of(server).look(file)

    assert file.seen_at is None


def test_a_file_that_was_there_may_be_away_for_a_moment(server: Server) -> None:
    file = stored(server, "a")
    server.public_since["a"] = 5.0
    site = site_of(server)

    assert is_the_file(site.again(file), file.upload)

    server.objects.clear()
    assert not is_the_file(site.again(file), file.upload)
    assert site.in_vain
