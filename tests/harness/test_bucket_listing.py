"""A page of a bucket is read as botocore reads it, and errors stay botocore's."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, ClientError

from conformance.harness.bucket import Bucket
from conformance.harness.bucket_listing import BEFORE_PAGE, MEMBERS, read_page
from conformance.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
OBJECT = (
    "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
    "<ETag>&quot;ab&quot;</ETag><Size>12</Size><Owner><ID>Key</ID></Owner></Contents>"
)
MORE = "<IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>"
LAST = "<IsTruncated>false</IsTruncated>"
ENCODED = f"{OBJECT.format(key='a%2Fb%20c')}<EncodingType>url</EncodingType>"
PAGES = [
    f"<ListBucketResult {SPACE}>{ENCODED}{OBJECT.format(key='%C3%BC')}{MORE}</ListBucketResult>",
    f"<ListBucketResult>{OBJECT.format(key='a%20b')}{LAST}</ListBucketResult>",
    f'<?xml version="1.0"?>\n<ListBucketResult {SPACE}/>',
    "<ListBucketResult><Contents><Key/></Contents></ListBucketResult>",
    f"<s:ListBucketResult xmlns:s='x'>{OBJECT.format(key='&#252;')}</s:ListBucketResult>",
]


class Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, *_: Any, **__: Any) -> Any:
        """Yield all of it."""
        yield self.read()


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    """Return one bucket for all tests: it takes botocore long to make a client."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ACCESS_KEY_ID", "key")
        patched.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield Bucket(Target("hayon", "http://127.0.0.1:9", "token", s3_bucket="media"))


@pytest.fixture
def listed(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Any, int]]:
    """Return what botocore's client answers to a listing, and how often it asked."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    asked: list[str] = []

    def of(status: int, body: str, *, quickly: bool) -> tuple[Any, int]:
        asked.clear()

        def answer(request: Any, **_: Any) -> AWSResponse:
            asked.append(request.url)
            headers: Any = {"Content-Type": "application/xml"}
            return AWSResponse(request.url, status, headers, Raw(body.encode()))

        events: Any = bucket._s3.meta.events
        events.unregister("before-send.s3", bucket._requests)
        events.unregister(BEFORE_PAGE, read_page)
        events.register("before-send.s3", answer)
        if quickly:
            events.register(BEFORE_PAGE, read_page)
        try:
            return bucket._s3.list_objects_v2(Bucket="media"), len(asked)
        except (ClientError, BotoCoreError) as error:
            return (type(error), str(error)), len(asked)
        finally:
            events.unregister("before-send.s3", answer)

    return of


def needed(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what the kit reads of a listing."""
    contents = [
        {name: value for name, value in one.items() if name in MEMBERS}
        for one in answer.get("Contents", [])
    ]
    more = {name: answer.get(name) or None for name in ("IsTruncated", "NextContinuationToken")}
    return {"Contents": contents, **more}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_as_by_botocore(listed: Callable[..., Any], page: str) -> None:
    slow, quick = listed(200, page, quickly=False)[0], listed(200, page, quickly=True)[0]

    assert needed(quick) == needed(slow)
    assert needed(quick)["Contents"] or "Contents" not in page


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<Error><Code>InternalError</Code><Message>again</Message></Error>"),
        (200, "<ListBucketResult><Contents>"),
        (200, "no XML"),
        (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"),
        (500, "<ListBucketResult/>"),
    ],
)
def test_an_error_stays_one_and_is_asked_for_again_as_before(
    listed: Callable[..., Any], status: int, body: str
) -> None:
    assert listed(status, body, quickly=True) == listed(status, body, quickly=False)
