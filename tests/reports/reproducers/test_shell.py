"""Shell reproducers: hostile text is never run, and the exit code is right."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from conformance.reports.reproducers.shell import script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.whole_run

HOSTILE = "$(touch owned) `touch owned` \"'; touch owned #\\"


class Echo(BaseHTTPRequestHandler):
    """Answers every request with a given status and body, and keeps the requests."""

    status: ClassVar[int] = 200
    answer: ClassVar[bytes] = b"{}"
    seen: ClassVar[list[tuple[str, str, dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path, dict(self.headers.items()), body))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    do_GET = do_DELETE = do_POST  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Echo.status, Echo.answer = 200, b"{}"
    Echo.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def step(method: str = "POST", path: str = "/things", **how: Any) -> dict[str, Any]:
    """Return one exchange that answered 200, ready to be sent again."""
    url = how.pop("url", [{"variable": "CONFORMANCE_BASE_URL"}, path])
    return {
        "operation": how.pop("operation", "make_thing"),
        "caller": "main",
        "request": {"method": method},
        "response": {"status": 200},
        "script": {
            "url": url, "headers": [], "body": None, "pause_s": 0.0, "overlaps": False, **how,
        },
    }  # fmt: skip


def proof(*steps: dict[str, Any], check: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "expected": "a thing", "actual": HOSTILE, "transcript": list(steps), "check": check,
        "crowded": False,
    }  # fmt: skip


def run(
    tmp_path: Path, base_url: str, found: dict[str, Any], removals: Any = None
) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "reproducer.sh"
    file.write_text(script(found, ["A-ONE: a thing"], {"CONFORMANCE_BASE_URL": ""}, removals or {}))
    return subprocess.run(
        ["/bin/sh", str(file)],
        cwd=tmp_path,
        env={**os.environ, "CONFORMANCE_BASE_URL": base_url, "CONFORMANCE_TOKEN": "t0ken"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("check", "came", "code"),
    [
        ({"statuses": [[400, 499]]}, (200, b"{}"), 1),
        ({"statuses": [[400, 499]]}, (404, b"{}"), 0),
        ({"statuses": [[100, 199], [200, 299]]}, (204, b""), 0),
        ({"member": ["a", "b"], "schema": {"const": "x"}}, (200, b'{"a": {"b": "x"}}'), 0),
        ({"member": ["a", "b"], "schema": {"const": "x"}}, (200, b'{"a": {}}'), 1),
        ({"member": ["a"], "schema": {"const": True}}, (200, b'{"a": 1}'), 1),
        ({"member": ["a", 0], "schema": {"type": ["string", "null"]}}, (200, b'{"a": [null]}'), 0),
        ({"member": ["a"], "schema": {"type": "integer"}}, (200, b'{"a": true}'), 1),
        ({"member": [], "schema": {"required": ["a", "b"]}}, (200, b'{"a": 1}'), 1),
        ({"member": ["a"], "schema": {"enum": ["x", "y"]}}, (200, b'{"a": "y"}'), 0),
        ({"member": ["a"], "schema": {"type": "string", "minLength": 1}}, (200, b'{"a": ""}'), 1),
        ({"member": [], "schema": {}}, (200, b"<html>"), 1),
        ({"member": ["a", 7], "schema": {"type": "string"}}, (200, b'{"a": ["x", "y"]}'), 0),
        ({"member": ["a", 7], "schema": {"type": "string"}}, (200, b'{"a": ["x", 1]}'), 1),
        ({"member": ["a", 7, "b"], "schema": {"type": "string"}}, (200, b'{"a": []}'), 3),
    ],
)
def test_the_exit_code_tells_kept_from_broken(
    tmp_path: Path, server: str, check: dict[str, Any] | None, came: tuple[int, bytes], code: int
) -> None:
    Echo.status, Echo.answer = came

    done = run(tmp_path, server, proof(step(), check=check))

    assert done.returncode == code, done.stdout + done.stderr


def test_hostile_text_is_sent_as_it_is_and_never_run(tmp_path: Path, server: str) -> None:
    Echo.answer = b'{"id": "$(touch owned)`touch owned`"}'
    given_out = {"step": 0, "member": ["id"], "change": "", "quoted": True}
    second = step(
        path="", url=[{"variable": "CONFORMANCE_BASE_URL"}, "/a/", given_out],
        body=[HOSTILE, {**given_out, "quoted": False, "json": True}],
        headers=[["X-Text", [HOSTILE]], ["Authorization", []]],
    )  # fmt: skip

    done = run(tmp_path, server, proof(step(), second, check={"statuses": [[200, 299]]}))

    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "owned").exists()
    _, path, headers, body = Echo.seen[1]
    assert path == "/a/%24%28touch%20owned%29%60touch%20owned%60"
    assert headers["X-Text"] == HOSTILE
    assert headers["Authorization"] == ""
    assert body.decode() == HOSTILE + "$(touch owned)`touch owned`"


def test_bytes_arrive_whole(tmp_path: Path, server: str) -> None:
    packed = {"gzip_base64": "H4sIAAAAAAAC/2NkYGAEAIVkRr0EAAAA"}

    done = run(tmp_path, server, proof(step(body=packed), check={"statuses": [[200, 299]]}))

    assert done.returncode == 0, done.stderr
    assert Echo.seen[0][3] == b"\x01\x00\x00\x01"


def test_created_things_are_removed_in_every_case(tmp_path: Path, server: str) -> None:
    Echo.answer = b'{"data": {"id": "a/b"}}'
    removals = {"make_thing": ("DELETE", "/things/{}", ("data", "id"))}

    done = run(tmp_path, server, proof(step(), check={"statuses": [[400, 499]]}), removals)

    assert done.returncode == 1
    method, path, headers, _ = Echo.seen[-1]
    assert (method, path) == ("DELETE", "/things/a%2Fb")
    assert headers["Authorization"] == "Bearer t0ken"


def test_a_step_before_that_fails_proves_nothing(tmp_path: Path, server: str) -> None:
    Echo.status = 401

    done = run(tmp_path, server, proof(step(), step(), check={"statuses": [[400, 499]]}))

    assert done.returncode == 3
    assert "step 1 answered 401; in the case it was 200" in done.stderr


def test_a_server_that_is_gone_proves_nothing(tmp_path: Path) -> None:
    for steps in ([step()], [step(), step()]):
        found = proof(*steps, check={"statuses": [[400, 499]]})

        assert run(tmp_path, "http://127.0.0.1:1", found).returncode == 3


def test_no_answer_is_a_broken_promise_where_any_answer_would_do(tmp_path: Path) -> None:
    silent = proof({**step(), "response": None}, check={"statuses": [[100, 599]]})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)

        def hang_up() -> None:
            listener.accept()[0].close()

        hanging_up = threading.Thread(target=hang_up)
        hanging_up.start()

        done = run(tmp_path, f"http://127.0.0.1:{listener.getsockname()[1]}", silent)
        hanging_up.join()

    assert done.returncode == 1
    assert run(tmp_path, "http://127.0.0.1:1", silent).returncode == 3


def test_signatures_in_answers_stay_off_the_screen(tmp_path: Path, server: str) -> None:
    Echo.answer = b'{"url": "http://s3/k?X-Amz-Credential=abc&X-Amz-Signature=feedbeef"}'

    done = run(tmp_path, server, proof(step(), check={"statuses": [[200, 299]]}))

    assert "X-Amz-Signature=[redacted]" in done.stdout
    assert "feedbeef" not in done.stdout
