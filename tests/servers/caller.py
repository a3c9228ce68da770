"""A plain client of a reference server that deviates."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

GIF = bytes.fromhex("474946383961010001008000000000000000ffffff2c00000000010001000002024401003b")


class Caller:
    """A client of a deviating server; `http` sends the key, `bare` does not."""

    def __init__(self, announced: dict[str, str]) -> None:
        base = announced["base_url"]
        headers = {"Authorization": f"Bearer {announced['token']}"}
        self.http = httpx.Client(base_url=base, headers=headers)
        self.bare = httpx.Client(base_url=base)
        self.other_token = announced["other_token"]

    def create(self, filename: str = "a.gif", content_type: str = "image/gif") -> httpx.Response:
        body = {"filename": filename, "content_type": content_type}
        return self.http.post("/media/uploads", json=body)

    def ask(self) -> httpx.Response:
        """Ask Hayon for an upload of a GIF's bytes as a WebP."""
        return self.http.post("/api/posts/media/upload", json={"contentType": "image/webp"})

    def complete(self, filename: str = "a.gif") -> str:
        """Upload a file and return the id of its media."""
        data = self.create(filename).json()["data"]
        assert put(data["upload_url"]).status_code == 200
        media_id: str = self.complete_session(data["upload_id"]).json()["data"]["id"]
        return media_id

    def complete_session(self, upload_id: str) -> httpx.Response:
        return self.http.post(f"/media/uploads/{upload_id}/complete")

    def get(self, media_id: str) -> httpx.Response:
        return self.http.get(f"/media/{quote(media_id, safe='')}")

    def listed(self, **query: str) -> dict[str, Any]:
        data: dict[str, Any] = self.http.get("/media", params=query).json()["data"]
        return data


def put(url: str, declared: str = "image/gif") -> httpx.Response:
    return httpx.put(url, content=GIF, headers={"Content-Type": declared})


def object_of(created: httpx.Response) -> str:
    url: str = created.json()["data"]["upload_url"]
    return urlsplit(url).path


#: Runs a server with one deviation, by its name and the profile.
Serving = Callable[..., AbstractContextManager[Caller]]
