"""The bucket: credentials that show only a part of it block, and wrong ones end the run."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from conformance.harness.bucket import Bucket
from conformance.judge.finding import Blocked
from conformance.model.signed_url import SignedUrl
from conformance.problem import UsageProblem
from conformance.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return Bucket(Target("hayon", "http://127.0.0.1:9", "token", s3_bucket="media"))


@pytest.fixture
def s3(bucket: Bucket) -> Iterator[Stubber]:
    with Stubber(bucket._s3) as stubber:
        yield stubber


def test_credentials_that_may_not_list_are_no_wrong_usage(bucket: Bucket, s3: Stubber) -> None:
    s3.add_client_error("list_objects_v2", "AccessDenied", http_status_code=403)

    assert "may not list the bucket 'media'" in (bucket.check() or "")


@pytest.mark.parametrize("code", ["NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch"])
def test_a_bucket_that_cannot_be_read_is_wrong_usage(
    bucket: Bucket, s3: Stubber, code: str
) -> None:
    s3.add_client_error("list_objects_v2", code, http_status_code=403)

    with pytest.raises(UsageProblem, match=code):
        bucket.check()


def test_a_bucket_reads_no_proxy_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pytest changes the environment while cases run: whoever goes through it then can fail."""

    def unwanted(url: str) -> dict[str, str]:
        raise KeyError(url)

    monkeypatch.setattr("botocore.endpoint.get_environ_proxies", unwanted)

    Bucket(Target("hayon", "http://127.0.0.1:9", "token", s3_bucket="media")).close()


def test_a_bucket_that_can_be_listed_shows_all(bucket: Bucket, s3: Stubber) -> None:
    s3.add_response("list_objects_v2", {})

    assert bucket.check() is None


def test_without_the_right_to_list_a_missing_object_shows_nothing(
    bucket: Bucket, s3: Stubber
) -> None:
    s3.add_client_error("get_object", "AccessDenied", http_status_code=403)

    with pytest.raises(Blocked, match="allow s3:ListBucket"):
        bucket.find("key")


def test_an_object_is_found_below_keys_that_may_not_be_seen(bucket: Bucket, s3: Stubber) -> None:
    s3.add_client_error("get_object", "AccessDenied", http_status_code=403)
    s3.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"file"), 4)})

    found = bucket.behind(SignedUrl("http://127.0.0.1:9/media/gate/key"))

    assert found is not None
    assert (found.key, found.size) == ("key", 4)


def test_an_object_of_which_no_key_can_be_seen_blocks(bucket: Bucket, s3: Stubber) -> None:
    for code in ("AccessDenied", "NoSuchKey"):
        s3.add_client_error("get_object", code, http_status_code=403)

    with pytest.raises(Blocked, match="allow s3:ListBucket"):
        bucket.behind(SignedUrl("http://127.0.0.1:9/media/gate/key"))
