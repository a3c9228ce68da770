"""The service: its announcement, its deviations, and its messages about bad options."""

from __future__ import annotations

import httpx
import pytest

from conformance.servers import service
from conformance.servers.service import ServiceError, Setup

KEYS = {"base_url", "short_lived_url", "token", "other_token", "s3_endpoint", "s3_access_key",
        "s3_secret_key", "bucket"}  # fmt: skip


def test_the_announcement_names_everything_a_client_needs(hayon: dict[str, str]) -> None:
    assert set(hayon) == KEYS


def test_hayon_gives_an_upload_and_serves_it_publicly(hayon: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {hayon['token']}"}
    url = f"{hayon['base_url']}/api/posts/media/upload"

    answer = httpx.post(url, json={"contentType": "image/webp"}, headers=headers).json()

    data = answer["data"]
    assert answer["message"] == "Upload URL generated"
    assert httpx.get(data["s3Url"]).status_code == 404
    httpx.put(data["uploadUrl"], content=b"w", headers={"Content-Type": "image/webp"})
    public = httpx.get(data["s3Url"])
    assert (public.content, public.headers["content-type"]) == (b"w", "image/webp")


@pytest.mark.parametrize("body", ['{"contentType": "image/gif"}', "{}", '{"contentType": 7}'])
def test_hayon_refuses_with_its_exact_words(hayon: dict[str, str], body: str) -> None:
    headers = {"Authorization": f"Bearer {hayon['token']}"}

    answer = httpx.post(
        f"{hayon['base_url']}/api/posts/media/upload", content=body, headers=headers
    )

    assert answer.status_code == 400
    assert answer.json() == {"success": False, "message": "Invalid media type", "data": None}


def test_a_deviation_changes_the_running_server() -> None:
    with service.running("hayon", Setup(deviations=("message-is-another",))) as announced:
        headers = {"Authorization": f"Bearer {announced['token']}"}
        url = f"{announced['base_url']}/api/posts/media/upload"
        answer = httpx.post(url, json={"contentType": "image/png"}, headers=headers).json()

    assert answer["message"] == "Upload URL created"


def test_a_preloaded_library_has_old_items_of_the_first_caller() -> None:
    with service.running("feedhive", Setup(preload=150)) as announced:
        totals = [
            httpx.get(f"{url}/media", headers={"Authorization": f"Bearer {key}"}).json()["data"]
            for url in (announced["base_url"], announced["short_lived_url"])
            for key in (announced["token"], announced["other_token"])
        ]

    assert [one["total"] for one in totals] == [150, 0, 0, 0]
    assert totals[0]["items"][0]["id"] == "med_preloaded/00000149"


@pytest.mark.parametrize(
    ("profile", "setup", "words"),
    [
        ("nosuch", Setup(), "no reference server"),
        ("hayon", Setup(deviations=("no-such-fault",)), "list faults hayon"),
        ("hayon", Setup(s3_endpoint="http://h"), "give both or neither"),
        ("hayon", Setup(preload=5), "has no library"),
    ],
)
def test_a_bad_setup_is_an_error_that_names_the_fix(profile: str, setup: Setup, words: str) -> None:
    with pytest.raises(ServiceError, match=words), service.running(profile, setup):
        pass
