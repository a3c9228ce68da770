"""Which keys a URL writes, and what keys say."""

from __future__ import annotations

import pytest

from conformance.model.signed_url import SignedUrl
from conformance.profiles.hayon import key as keys

SIGV4 = "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0"
OLDER = "?Signature=0&Expires=1"
KEY = "posts/user123/a b.png"
PATH = "/posts/user123/a%20b.png"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        (f"https://media.s3.amazonaws.com{PATH}{SIGV4}", KEY),
        (f"https://media.s3.eu-central-1.amazonaws.com{PATH}{SIGV4}", KEY),
        (f"https://media.s3.amazonaws.com{PATH}{OLDER}", KEY),
        (f"https://s3.amazonaws.com/media{PATH}{SIGV4}", KEY),
        (f"https://s3.eu-central-1.amazonaws.com/media{PATH}{SIGV4}", KEY),
        (f"https://vpce-1a.s3.eu-west-1.vpce.amazonaws.com/media{PATH}{SIGV4}", KEY),
        (f"https://media.s3.example.com{PATH}{SIGV4}", KEY),
        (f"https://minio.s3.example.com/media{PATH}{SIGV4}", KEY),
        (f"https://example.com/storage/v1/s3/media{PATH}{SIGV4}", KEY),
        (f"http://127.0.0.1:9000/media{PATH}{SIGV4}", KEY),
        (f"http://127.0.0.1:9000/media/{PATH}{SIGV4}", f"/{KEY}"),
        (f"https://media.s3.amazonaws.com/{PATH}{SIGV4}", f"/{KEY}"),
        (f"https://files.example.com/in{PATH}?Signature=0", f"/{KEY}"),
    ],
)
def test_the_key_of_the_urls_object_is_known_on_every_kind_of_host(address: str, key: str) -> None:
    assert keys.writes(SignedUrl(address), key)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        (f"https://media.s3.amazonaws.com{PATH}{SIGV4}", "a b.png"),
        (f"https://media.s3-eu-west-1.amazonaws.com{PATH}{SIGV4}", "user123/a b.png"),
        (f"https://media.s3.amazonaws.com{PATH}{SIGV4}", f"media/{KEY}"),
        (f"https://media.s3.amazonaws.com{PATH}{SIGV4}", f"/{KEY}"),
        (f"https://media.s3.example.com{PATH}{SIGV4}", "a b.png"),
        (f"http://127.0.0.1:9000/media{PATH}{SIGV4}", f"/{KEY}"),
        (f"http://127.0.0.1:9000/media{PATH}{SIGV4}", "posts/another.png"),
        (f"http://127.0.0.1:9000/media{PATH}{SIGV4}", "b.png"),
        (f"https://files.example.com{PATH}?Signature=0", "posts/another.png"),
    ],
)
def test_another_objects_key_is_told(address: str, key: str) -> None:
    assert not keys.writes(SignedUrl(address), key)


@pytest.mark.parametrize(
    ("key", "extension"),
    [
        ("posts/a.PNG", "png"),
        ("posts/a.b/c.mov", "mov"),
        ("posts/a.png/c", ""),
        ("posts/1.7f3e", ""),
        ("png", "png"),
    ],
)
def test_only_an_extension_of_media_tells_a_type(key: str, extension: str) -> None:
    assert keys.extension(key) == extension


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        (["posts/u1/a.png", "posts/u1/b.png"], "posts/u1/"),
        (["posts/u1/2032/a.png", "posts/u1/2033/b.png"], "posts/u1/"),
        (["posts/u1/a/f.png", "posts/u1/f.png"], "posts/u1/"),
        (["posts/u1/a.png", "posts/u12/b.png"], "posts/"),
        (["a.png", "b.png"], ""),
        ([], ""),
    ],
)
def test_the_common_folder_is_made_of_whole_names(given: list[str], folder: str) -> None:
    assert keys.folder(given) == folder
