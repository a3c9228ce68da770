"""The vendor's own scripts, a client that none of us wrote.

The sessions `client` and `vendor` of nox install them and name their folder in `VENDOR_SCRIPTS`.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from conformance.harness.sample_files import unique

if TYPE_CHECKING:
    from typing import Any

_BOUND_S = 60


class Scripts:
    """The vendor's scripts, with the URL of a server or a proxy, and a key."""

    def __init__(self, base_url: str, token: str) -> None:
        self._folder = Path(os.environ["VENDOR_SCRIPTS"])
        self._environment = {
            **os.environ,
            "FEEDHIVE_BASE_URL": base_url,
            "FEEDHIVE_API_KEY": token,
        }

    def refuses(self, name: str, *arguments: str) -> bool:
        """Run a script; return whether it fails, as it does for a refusal."""
        return self._ended(name, *arguments).returncode != 0

    def run(self, name: str, *arguments: str) -> dict[str, Any]:
        """Run a script; return the data of its answer, which a refusal does not have."""
        done = self._ended(name, *arguments)
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
        data = answer.get("data")
        return data if isinstance(data, dict) else {}

    def create(self) -> dict[str, Any]:
        """Open an upload session for a GIF."""
        request = json.dumps({"filename": "pixel.gif", "content_type": "image/gif"})
        return self.run("create-media-upload", "--body", request)

    def _ended(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["node", str(self._folder / f"{name}.js"), *arguments],  # noqa: S607 - node of the PATH
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_BOUND_S,
        )


def put(upload: dict[str, Any]) -> httpx.Response:
    """Store a GIF in an upload session."""
    headers = {"Content-Type": "image/gif"}
    return httpx.put(str(upload["upload_url"]), content=unique("image/gif"), headers=headers)
