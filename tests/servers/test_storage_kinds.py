"""Single deviations of the storage do what their sentences say, as a plain client sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from tests.servers.caller import GIF, put

if TYPE_CHECKING:
    from tests.servers.caller import Serving


def test_a_lax_storage_does_what_every_url_says(serving: Serving) -> None:
    with serving("storage-checks-no-signatures", "hayon") as caller:
        url = caller.ask().json()["data"]["uploadUrl"]
        other = url.replace("?", "-other?")

        assert put(url.partition("?")[0], "text/plain").status_code == 200
        assert put(other).status_code == 200
        assert httpx.get(url).content == httpx.get(other).content == GIF
        assert httpx.head(other).headers["Content-Length"] == str(len(GIF))
        assert httpx.delete(other).status_code == 204
        assert httpx.get(other).status_code == 404


def test_a_lax_storage_serves_its_bucket_to_the_owner(serving: Serving) -> None:
    with serving("storage-checks-no-signatures") as caller:
        media_id = caller.complete()
        found = caller.get(media_id).json()["data"]

        assert httpx.get(found["media_url"]).content == GIF
        assert caller.http.delete(f"/media/{quote(media_id, safe='')}").status_code == 200
        assert httpx.get(found["media_url"]).status_code == 404


def test_upload_urls_may_have_the_token_of_a_session(serving: Serving) -> None:
    with serving("upload-urls-have-a-session-token") as caller:
        url = caller.create().json()["data"]["upload_url"]

        assert "X-Amz-Security-Token=IQoJb3JpZ2lu" in url
        assert put(url.replace("Security", "Secure")).status_code == 403
        assert put(url).status_code == 200


def test_a_refused_put_may_get_no_answer(serving: Serving) -> None:
    with serving("refused-puts-get-no-answer") as caller:
        url = caller.create().json()["data"]["upload_url"]

        with pytest.raises(httpx.TransportError):
            put(url.partition("?")[0])
        assert put(url).status_code == 200


def test_the_upload_host_may_show_a_page(serving: Serving) -> None:
    with serving("upload-host-has-a-web-page") as caller:
        url = caller.create().json()["data"]["upload_url"]

        assert put(url).status_code == 200
        assert "<title>" in httpx.get(url).text
        assert httpx.delete(url).status_code == 403
