"""The object store enforces what it signs, and goes when its parent goes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.model.signed_url import SignedUrl
from conformance.model.url_changes import for_other_key, stripped, tampered
from conformance.servers.store import StoreAccess, StoreError, object_store

if TYPE_CHECKING:
    from collections.abc import Iterator

BOUND_S = 15.0
SLEEPER = "import threading; print('up', flush=True); threading.Event().wait(60)"


@pytest.fixture(scope="module")
def store() -> Iterator[StoreAccess]:
    with object_store() as access:
        yield access


def put(url: str, content_type: str = "image/png") -> int:
    return httpx.put(url, content=b"bytes", headers={"Content-Type": content_type}).status_code


def test_a_signed_url_takes_the_bytes_and_keeps_the_type(store: StoreAccess) -> None:
    assert put(store.signed_put("a", "image/png", 60)) == 200
    assert store.head("a") == (5, "image/png")
    assert store.read("a") == b"bytes"


def test_everything_else_is_refused(store: StoreAccess) -> None:
    url = SignedUrl(store.signed_put("b", "image/png", 60))

    refused = [put(changed.url) for changed in (tampered(url), stripped(url), for_other_key(url))]

    assert all(400 <= status < 500 for status in [*refused, put(url.url, "image/gif")])
    assert store.head("b") is None


def test_a_removed_object_is_gone(store: StoreAccess) -> None:
    store.write("c", b"x", "image/png")
    store.remove("c")

    assert store.head("c") is None


def test_the_store_ends_with_its_block() -> None:
    with object_store() as access:
        assert access.head("nothing") is None

    with pytest.raises(httpx.ConnectError):
        httpx.get(access.endpoint)


def test_without_credentials_another_endpoint_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")

    with pytest.raises(StoreError, match="AWS_ACCESS_KEY_ID"):
        StoreAccess.external("http://127.0.0.1:1", "bucket")


def test_the_guard_stops_its_command_when_its_parent_goes() -> None:
    guard = subprocess.Popen(
        [sys.executable, "-m", "conformance.servers.guard", "--", sys.executable, "-c", SLEEPER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert guard.stdin is not None
    assert guard.stdout is not None
    assert guard.stdout.readline() == "up\n"

    guard.stdin.close()

    deadline = time.monotonic() + BOUND_S
    while guard.poll() is None and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    assert guard.poll() is not None
    assert guard.stdout.read() == ""  # the command's end of the pipe is closed, too
    guard.stdout.close()


def test_the_guard_says_what_it_cannot_start() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "conformance.servers.guard", "--", "no-such-program"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 127
    assert "no-such-program" in done.stderr
