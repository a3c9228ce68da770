"""`conformance watch` as its users run it: a client, a reference server, and Ctrl-C between."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from conformance.harness.sample_files import unique_png
from conformance.servers import service
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BOUND_S = 60


@contextmanager
def watching(folder: Path, upstream: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; yield its process and the URL for the client."""
    words = ["watch", "feedhive", "--upstream", upstream, "--watch-storage", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *words],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "give your client" in line)
        found = re.search(r"http://\S+", line)
        assert found is not None
        next(line for line in process.stdout if "Ctrl-C" in line)
        try:
            yield process, found[0]
        finally:
            process.kill()


def lifecycle(base: str, token: str) -> None:
    """Make a media item, read its file, delete it, and look for it again."""
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}) as client:
        asked = {"filename": "a.png", "content_type": "image/png"}
        upload = client.post("/media/uploads", json=asked).json()["data"]
        path = f"/media/uploads/{upload['upload_id']}/complete"
        client.post(path)
        body = unique_png()
        httpx.put(upload["upload_url"], content=body, headers={"Content-Type": "image/png"})
        media_id = quote(client.post(path).json()["data"]["id"], safe="")
        client.get("/media")
        url = client.get(f"/media/{media_id}").json()["data"]["media_url"]
        assert httpx.get(url).content == body
        client.delete(f"/media/{media_id}")
        client.get(f"/media/{media_id}")


@pytest.mark.whole_run
@pytest.mark.parametrize(
    ("faults", "number", "code", "broken"),
    [
        ((), signal.SIGINT, 0, []),
        (("deleted-media-can-be-fetched",), signal.SIGTERM, 1, ["FH-DELETE-02"]),
    ],
    ids=["correct", "wrong"],
)
def test_a_client_is_watched_until_a_signal(
    tmp_path: Path, faults: tuple[str, ...], number: signal.Signals, code: int, broken: list[str]
) -> None:
    with (
        service.running("feedhive", service.Setup(deviations=faults)) as server,
        watching(tmp_path, server["base_url"]) as (process, url),
    ):
        lifecycle(url, server["token"])
        process.send_signal(number)
        output, _ = process.communicate(timeout=_BOUND_S)

    report = json.loads((tmp_path / "conformance-report" / "report.json").read_bytes())
    assert process.returncode == code
    assert [row["id"] for row in report["requirements"] if row["evidence"]] == broken
    assert report["traffic"]["storage_seen"]
    assert report["traffic"]["operations"]["storage"] == 2
    assert "requirements (" in output
    assert server["token"] not in output
