"""The bucket, read with its owner's credentials (capability `s3-access`)."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import botocore.exceptions
import botocore.session
from botocore.config import Config

from conformance.harness.bounds import READ_ONLY, sleep
from conformance.harness.bucket_listing import BEFORE_PAGE, read_page
from conformance.harness.bucket_requests import BucketRequests, RefusedHostError
from conformance.harness.unlogged import filter_loggers, unlogged
from conformance.judge.finding import Blocked
from conformance.model.exchange import http_date
from conformance.model.moment import FIRST, parsed_moment
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from conformance.model.signed_url import SignedUrl
    from conformance.target import Target

# How long and how often the kit looks for a new object. S3 itself shows one at once.
_ARRIVAL_BOUND_S = 5.0
_ARRIVAL_LOOK_S = 0.2
# A bucket is listed as a whole up to so many pages of a thousand objects.
_LISTED_PAGES = 5
# S3 answers so for a missing object too, where the credentials lack s3:ListBucket.
_DENIED = "AccessDenied"
# Where a machine of AWS finds the credentials of its own role.
_INSTANCE_METADATA = ipaddress.ip_address("169.254.169.254")
# No answer came, the answer is a refusal, or the kit may not ask.
_FAILURES = (
    botocore.exceptions.ClientError,
    botocore.exceptions.BotoCoreError,
    RefusedHostError,
)
# Errors whose text says what to do.
_TOLD = (RefusedHostError, botocore.exceptions.SSLError)
_UNSEEN = (
    f"the storage answered {_DENIED}, which may also mean that there is no object:"
    " allow s3:ListBucket and s3:GetObject for the AWS_* credentials"
)


def _session(target: Target) -> botocore.session.Session:
    """Return a session that leaves dates as text: to read them is half the cost of a listing.

    It asks no metadata address for credentials, unless the user opens that address.
    """
    session = botocore.session.Session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    if not any(_INSTANCE_METADATA in network for network in target.allow_network):
        session.get_component("credential_provider").remove("iam-role")
    return session


@dataclass(frozen=True)
class StoredObject:
    """One object as the bucket reports it."""

    key: str
    size: int
    content_type: str
    sha256: str
    body: bytes = field(default=b"", repr=False, compare=False)


class Bucket:
    """The target's bucket, with the credentials of the AWS_* variables; it connects lazily."""

    def __init__(self, target: Target) -> None:
        if not target.s3_bucket:
            raise Blocked(capability="s3-access")
        self.name = target.s3_bucket
        self._limits = target.limits
        self._requests = BucketRequests(target)
        self._read_only = target.read_only
        self._s3 = self._connected(target)
        filter_loggers()

    def _connected(self, target: Target) -> S3Client:
        endpoint = target.s3_endpoint
        config = Config(
            s3={"addressing_style": "path" if endpoint else "auto"},
            signature_version="s3v4",
            retries={"max_attempts": 2},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            # Requests choose their proxy themselves. Reading the variables here would fail
            # while pytest changes them.
            proxies={},
        )
        try:
            session = _session(target)
            region = session.get_config_variable("region") or "us-east-1"
            with unlogged():
                s3: Any = session.create_client(
                    "s3", endpoint_url=endpoint, region_name=region, config=config
                )
        except (botocore.exceptions.BotoCoreError, ValueError) as error:
            raise UsageProblem(
                f"the bucket {self.name!r} cannot be opened ({error});"
                " check --s3-endpoint and the AWS_* variables"
            ) from None
        s3.meta.events.register("before-send.s3", self._requests)
        s3.meta.events.register(BEFORE_PAGE, read_page)
        return cast("S3Client", s3)

    def close(self) -> None:
        """Close every connection."""
        self._requests.close()

    def check(self) -> str | None:
        """Return why these credentials show only a part of the bucket, or None.

        Raises `UsageProblem` when the bucket cannot be read at all.
        """
        try:
            with unlogged():
                self._s3.list_objects_v2(Bucket=self.name, MaxKeys=1)
        except _FAILURES as error:
            if _cause(error) == _DENIED:  # they may still be allowed to read single objects
                return f"the credentials may not list the bucket {self.name!r} ({_DENIED})"
            raise UsageProblem(
                f"the bucket {self.name!r} cannot be read ({_cause(error)});"
                " check --s3-endpoint, --s3-bucket and the AWS_* variables"
            ) from None
        return None

    def find(self, key: str) -> StoredObject | None:
        """Return the object of a key with the SHA-256 of its bytes, or None.

        Raises `Blocked` when the credentials do not allow to see whether there is one.
        """
        with _blocking():
            try:
                answer = self._s3.get_object(Bucket=self.name, Key=key)
            except botocore.exceptions.ClientError as error:
                if _cause(error) in {"NoSuchKey", "404", "NotFound"}:
                    return None
                if _cause(error) == _DENIED:
                    raise Blocked(limit=_UNSEEN) from None
                raise
            body = answer["Body"].read(self._limits.response_bytes)
        digest = hashlib.sha256(body).hexdigest()
        return StoredObject(key, len(body), answer.get("ContentType", ""), digest, body)

    def modified(self, key: str) -> datetime | None:
        """Return when an object was stored, or None where there is no object of this key.

        Raises `Blocked` when the credentials do not allow to see it.
        """
        with _blocking():
            try:
                answer = self._s3.head_object(Bucket=self.name, Key=key)
            except botocore.exceptions.ClientError as error:
                if _cause(error) in {"NoSuchKey", "404", "NotFound"}:
                    return None
                raise
        text = str(answer.get("LastModified", ""))
        return http_date(text) or parsed_moment(text) or FIRST

    def etags(self) -> dict[str, str] | None:
        """Return the ETag of every object by its key, or None if there are too many.

        Raises `Blocked` when the credentials do not allow to list the bucket.
        """
        listed = self._listed()
        return listed and {key: str(one.get("ETag", "")).strip('"') for key, one in listed.items()}

    def moments(self) -> dict[str, datetime | None] | None:
        """Return when every object was stored by its key, or None if there are too many.

        Raises `Blocked` when the credentials do not allow to list the bucket.
        """
        listed = self._listed()
        return listed and {
            key: parsed_moment(one.get("LastModified")) for key, one in listed.items()
        }

    def _listed(self) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        options: dict[str, Any] = {"Bucket": self.name}
        with _blocking():
            for _ in range(_LISTED_PAGES):
                answer = self._s3.list_objects_v2(**options)
                for one in answer.get("Contents", []):
                    found[one["Key"]] = one
                if not answer.get("IsTruncated"):
                    return found
                options["ContinuationToken"] = answer.get("NextContinuationToken", "")
        return None

    def behind(self, url: SignedUrl) -> StoredObject | None:
        """Return the object of a URL, also where the URL has further folders before the key."""
        parts = url.key(self.name).split("/")
        unseen: Blocked | None = None
        for key in filter(None, ("/".join(parts[start:]) for start in range(len(parts)))):
            try:
                found = self.find(key)
            except Blocked as blocked:
                unseen = unseen or blocked
                continue
            if found is not None:
                return found
        if unseen is not None:
            raise unseen
        return None

    def arrived(self, url: SignedUrl) -> StoredObject | None:
        """Return the object that a PUT to a URL stored; some storages show it after a moment."""
        deadline = time.monotonic() + _ARRIVAL_BOUND_S
        while (found := self.behind(url)) is None and time.monotonic() < deadline:
            sleep(_ARRIVAL_LOOK_S)
        return found

    def put(self, key: str, body: bytes, content_type: str) -> None:
        """Replace an object of this run, to reach a state that its upload URL does not allow."""
        self._may_write()
        with _blocking():
            self._s3.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type)

    def remove(self, keys: Iterable[str]) -> None:
        """Delete objects of this run; only for keys of the ledger."""
        self._may_write()
        with _blocking():
            for key in keys:
                self._s3.delete_object(Bucket=self.name, Key=key)

    def _may_write(self) -> None:
        """Raise `Blocked` where the run may only read."""
        if self._read_only:
            raise Blocked(limit=READ_ONLY)

    def presigned_put(self, key: str, content_type: str) -> str:
        """Sign an upload URL ourselves, for the storage canary."""
        parameters = {"Bucket": self.name, "Key": key, "ContentType": content_type}
        with unlogged():
            return self._s3.generate_presigned_url("put_object", Params=parameters, ExpiresIn=60)


@contextmanager
def _blocking() -> Iterator[None]:
    """Raise `Blocked` when the bucket does not answer, or its credentials do not allow the call."""
    try:
        with unlogged():
            yield
    except _FAILURES as error:
        raise Blocked(limit=f"the bucket refused a call of the kit: {_cause(error)}") from None


def _cause(error: Exception) -> str:
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", "error"))
    return str(error) if isinstance(error, _TOLD) else type(error).__name__
