"""Sends the requests that botocore has signed, by the same connections as all others.

So the egress rule, `--storage-resolve`, `--proxy`, `--ca-bundle` and `--insecure` hold for the
bucket too, and botocore reads no proxy variable. The name in the URL stays the Host header,
which the signature covers.
"""

from __future__ import annotations

import io
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.exceptions
import httpcore
from botocore.awsrequest import AWSResponse

from conformance.harness.pools import Pools
from conformance.harness.transport import (
    EgressRefused,
    GuardedBackend,
    Unresolvable,
    whole_request_bound,
)
from conformance.harness.unlogged import unlogged
from conformance.model.ports import DEFAULT_PORTS

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

    from conformance.target import Target

# A 100 Continue is not waited for.
_LEFT_OUT = frozenset({"expect", "host", "connection"})


class RefusedHostError(Exception):
    """The bucket's host has an address that the kit may not contact, or none here."""


class BucketRequests:
    """A handler of botocore's event `before-send`: what it returns is the answer.

    `close` closes its connections. Raises `UsageProblem` for a file or proxy that cannot be used.
    """

    def __init__(self, target: Target) -> None:
        self._limits = target.limits
        self._pools = Pools(GuardedBackend(target), target.connection)

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Send a signed request, and return its answer, read up to the limit of any answer.

        Raises:
            RefusedHostError: The kit may not contact the host; the text names the flag.
            BotoCoreError: No answer came; botocore tries once more.
        """
        url = request.url
        try:
            with unlogged(), whole_request_bound(self._limits.whole):
                answer = self._pools.send(self._sent(request), to_target=False, fresh=False)
                try:
                    body = self._body(answer)
                finally:
                    answer.close()
        except (EgressRefused, Unresolvable) as error:
            raise RefusedHostError(str(error)) from None
        except httpcore.ConnectTimeout as error:
            raise botocore.exceptions.ConnectTimeoutError(endpoint_url=url, error=error) from None
        except httpcore.TimeoutException as error:
            raise botocore.exceptions.ReadTimeoutError(endpoint_url=url, error=error) from None
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                raise botocore.exceptions.SSLError(endpoint_url=url, error=error) from None
            raise botocore.exceptions.EndpointConnectionError(
                endpoint_url=url, error=error
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise botocore.exceptions.ConnectionClosedError(endpoint_url=url) from error
        headers: Any = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.headers]
        return AWSResponse(url, answer.status, headers, _Raw(body))

    def close(self) -> None:
        """Close every connection."""
        self._pools.close()

    def _sent(self, request: AWSPreparedRequest) -> httpcore.Request:
        parts = urlsplit(request.url)
        named = [(_raw(name), _raw(value)) for name, value in request.headers.items()]
        kept = [one for one in named if one[0].lower().decode("latin-1") not in _LEFT_OUT]
        body: Any = request.body or b""
        limits = self._limits
        waits = {"connect": limits.connect, "read": limits.read, "write": limits.read}
        return httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=parts.scheme.encode(),
                host=(parts.hostname or "").encode("idna"),
                port=parts.port,
                target=_target(request.url).encode("latin-1"),
            ),
            headers=[(b"Host", _host(request.url).encode("latin-1")), *kept],
            content=_raw(body.read() if hasattr(body, "read") else body),
            extensions={"timeout": {**waits, "pool": limits.whole}},
        )

    def _body(self, answer: httpcore.Response) -> bytes:
        body = bytearray()
        for piece in answer.iter_stream():
            body += piece
            if len(body) > self._limits.response_bytes:
                break
        return bytes(body)


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, *_: Any, **__: Any) -> Any:
        """Yield the rest of the body."""
        yield self.read()


def _host(url: str) -> str:
    """Return the Host header that the signature covers: a default port is left out."""
    parts = urlsplit(url)
    usual = parts.port in {None, DEFAULT_PORTS.get(parts.scheme)}
    name = parts.netloc.rpartition("@")[2]
    return name.removesuffix(f":{parts.port}") if usual and parts.port else name


def _target(url: str) -> str:
    """Return the path and query of a URL exactly as they were signed."""
    rest = url.split("://", 1)[1]
    found = rest.removeprefix(urlsplit(url).netloc)
    return found if found.startswith("/") else f"/{found}"


def _raw(value: str | bytes | bytearray) -> bytes:
    return value.encode("latin-1") if isinstance(value, str) else bytes(value)
