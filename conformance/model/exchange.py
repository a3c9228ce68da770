"""One request and its response, and how to show them without secrets."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from conformance.model import credential
from conformance.model.bodies import PARSED, LongBody, StoredBody, as_kept
from conformance.model.json_body import (
    HALF_A_PAIR,
    JsonBody,
    JsonLimits,
    escapes_surrogates,
    parsed,
)
from conformance.model.redaction import OWN_TO_THE_RUN, Headers, Redactor, beginning

SHOWN_BODY_CHARACTERS = 4_000
#: Longer URLs and header values are cut in a record, and further headers are left out.
SHOWN_URL_CHARACTERS, SHOWN_VALUE_CHARACTERS, SHOWN_HEADERS = 4_000, 2_000, 60
_BYTES_OF_A_VALUE = 20
#: Only the kit's own requests to the API have this header: see `harness.client`.
_OWN_ID = "x-request-id"
#: How a storage answers where an object is missing: S3 answers 403 to a caller that may not list
#: the bucket (S3 API reference, GetObject).
ABSENT = frozenset({403, 404, 410})


@lru_cache(maxsize=1024)  # the answers of one second share a Date
def http_date(text: str | None) -> datetime | None:
    """Read a date of a header (RFC 9110 section 5.6.7), in UTC by default, or return None."""
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Request:
    """A request; `caller` names the caller whose token was sent, never the token itself.

    `body` may be only the beginning of a large body that somebody else sent. Then `excerpt_of`
    is the size of all of it in bytes and its SHA-256, or -1 and "" where that is not known.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    caller: str | None = None
    excerpt_of: tuple[int, str] | None = None

    def __repr__(self) -> str:
        """Show no header and no signature: pytest writes this into failures of a user's suite."""
        return f"<Request {self.method} {Redactor().brief(self.url)} as {self.caller}>"

    @property
    def size(self) -> int:
        """The size of the whole body in bytes; where it is not known, of what is there."""
        known = self.excerpt_of is not None and self.excerpt_of[0] >= 0
        return self.excerpt_of[0] if self.excerpt_of and known else len(self.body)

    @property
    def digest(self) -> str:
        """The SHA-256 of the whole body, in hexadecimal digits; empty where it is not known."""
        return self.excerpt_of[1] if self.excerpt_of else sha256(self.body).hexdigest()

    @property
    def whole(self) -> bool:
        """Whether size and hash of the whole body are known."""
        return self.excerpt_of is None or bool(self.excerpt_of[1])


@dataclass(frozen=True)
class Response:
    """A response; `truncated` says that the body was longer than the limit.

    `defect` says why the body is not what the headers announce; then it holds the raw bytes.
    `length` is that of the whole body in bytes, where only its beginning was kept.
    """

    status: int
    headers: Headers
    body: bytes
    elapsed_s: float
    truncated: bool = False
    defect: str = ""
    length: int | None = None
    json_limits: JsonLimits = field(default_factory=JsonLimits)

    def __repr__(self) -> str:
        """Show neither headers nor body, which may hold credentials."""
        return f"<Response {self.status}, {self.size} bytes>"

    @property
    def size(self) -> int:
        """The length of the whole body in bytes, as far as it is known."""
        return len(self.body) if self.length is None else self.length

    @property
    def kept_bytes(self) -> int:
        """How many bytes of the body are in memory."""
        kept = as_kept(self)
        return kept.kept_bytes if isinstance(kept, LongBody) else len(kept)

    def header(self, name: str) -> str | None:
        """Return the first value of a header; its name may be in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


# Behind the back of the dataclass, whose constructor and comparison stay as they are.
Response.body = StoredBody()  # type: ignore[assignment]


@dataclass(frozen=True)
class Exchange:
    """A request and its response, or the reason why no response came (`error`).

    `started` is when the request was sent, in seconds since the epoch by our own clock.
    `repeated` says that the request was sent before and may have been done then.
    """

    request: Request
    response: Response | None = None
    error: str | None = None
    operation: str | None = None
    retries: int = 0
    started: float = 0.0
    repeated: bool = False
    _parsed: list[JsonBody] = field(default_factory=list, repr=False, compare=False)

    @property
    def status(self) -> int | None:
        """The status code, or None when no response came."""
        return self.response.status if self.response else None

    @property
    def succeeded(self) -> bool:
        """Whether the answer is a 2xx whose JSON does not decline."""
        return self._is_2xx and not self.declines

    @property
    def declines(self) -> bool:
        """Whether a 2xx declines in its JSON: `success` is false, and there is no data."""
        return self._is_2xx and self.at("success") is False and not self.at("data")

    @property
    def refuses(self) -> bool:
        """Whether the answer is a client error (4xx), or a 2xx that declines."""
        client_error = self.status is not None and 400 <= self.status < 500  # noqa: PLR2004 - the 4xx class
        return client_error or self.declines

    @property
    def _is_2xx(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - the 2xx class

    @property
    def content_type(self) -> str:
        """The media type of the answer without its parameters, in lower case."""
        value = self.response.header("content-type") if self.response else None
        return (value or "").split(";")[0].strip().lower()

    @property
    def json(self) -> Any:
        """The body as JSON, or None if it is not JSON (see `is_json`)."""
        return self._body.value

    @property
    def is_json(self) -> bool:
        """Whether the body can be read as JSON."""
        return self._body.is_json

    @property
    def json_defect(self) -> str:
        """Why a client cannot rely on a body that is written as JSON, or an empty text.

        A server may show again what the request holds, even half of a surrogate pair.
        """
        defect = self._body.defect
        repeated = defect == HALF_A_PAIR and escapes_surrogates(self.request.body)
        return "" if repeated else defect

    @property
    def _body(self) -> JsonBody:
        for kept in self._parsed:
            return kept
        answer = self.response
        if answer is None:
            return JsonBody()
        key = (as_kept(answer), answer.truncated, answer.defect, answer.json_limits)
        return PARSED.of(key, lambda: _parsed_body(answer), self._parsed)

    def at(self, *path: str) -> Any:
        """Return the value at a path of object members, or None if it is absent."""
        value = self.json
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def describes(self, size: int) -> bool:
        """Return whether the answer to a HEAD is a success that announces a body of this size."""
        length = self.response.header("content-length") if self.response else None
        return self.succeeded and length == str(size)

    def summary(self) -> str:
        """Return status and body in one line; `Redactor.brief` redacts and then shortens it."""
        if self.response is None:
            return f"no answer: {self.error}"
        return f"{self.response.status} {beginning(self.response.body).strip()}".strip()

    def record(self, redactor: Redactor) -> dict[str, Any]:
        """Return a JSON-able, redacted record for the reports."""
        request, response = self.request, self.response
        return {
            "operation": self.operation,
            "caller": request.caller,
            "started": datetime.fromtimestamp(self.started, UTC).isoformat(timespec="milliseconds"),
            "request": {
                "method": request.method,
                "url": excerpt(redactor.text(request.url), SHOWN_URL_CHARACTERS),
                "headers": _shown_headers(request.headers, redactor),
                "body": _shown(request.body, request.size, redactor),
            },
            "response": response
            and {
                "status": response.status,
                "headers": _shown_headers(response.headers, redactor),
                "body": _shown(response.body, response.size, redactor),
                "elapsed_s": round(response.elapsed_s, 4),
                "truncated": response.truncated,
            },
            "error": self.error and excerpt(redactor.text(self.error), SHOWN_URL_CHARACTERS),
            "curl": redactor.text(self.curl()),
            **self._credential(redactor),
        }

    def _credential(self, redactor: Redactor) -> dict[str, str]:
        """Return what the API got instead of a caller's key; nothing where it got one."""
        sent = {name.lower(): value for name, value in self.request.headers}
        if self.request.caller is not None or _OWN_ID not in sent:
            return {}
        shown = redactor.known(credential.described(sent.get("authorization"), redactor))
        return {"credential": excerpt(shown, SHOWN_VALUE_CHARACTERS)}

    def curl(self) -> str:
        """Return a curl line that sends the request again, the token from the environment.

        A URL that is too long for a report has no line: cut off, it would be another URL.
        """
        if len(self.request.url) > SHOWN_URL_CHARACTERS:
            return "# the URL is too long to be shown"
        parts = ["curl", "--request", self.request.method, "--url", shlex.quote(self.request.url)]
        for name, value in self.request.headers:
            if name.lower() in OWN_TO_THE_RUN:
                continue
            parts += ["--header", self._curl_header(name, value)]
        if self.request.body:
            parts += _curl_body(self.request.body)
        return " ".join(parts)

    def _curl_header(self, name: str, value: str) -> str:
        if name.lower() == "authorization" and self.request.caller:
            variable = (
                "CONFORMANCE_OTHER_TOKEN" if self.request.caller == "other" else "CONFORMANCE_TOKEN"
            )
            return f'"{name}: Bearer ${variable}"'
        return shlex.quote(f"{name}: {value}")


def _parsed_body(answer: Response) -> tuple[JsonBody, int]:
    """Parse the body of an answer; the number is about how many bytes the values take."""
    raw = answer.body
    size = len(raw) + _BYTES_OF_A_VALUE * raw.count(b",")
    if answer.defect:
        return JsonBody(defect=answer.defect), size
    return parsed(raw, truncated=answer.truncated, limits=answer.json_limits), size


def excerpt(text: str, most: int) -> str:
    """Return the beginning of a text, with the number of its characters where it is longer."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def _shown_headers(headers: Headers, redactor: Redactor) -> list[list[str]]:
    """Return what a report shows of headers: redacted, then cut."""
    return [
        [excerpt(name, SHOWN_VALUE_CHARACTERS), excerpt(value, SHOWN_VALUE_CHARACTERS)]
        for name, value in redactor.headers(headers[:SHOWN_HEADERS])
    ]


def _shown(body: bytes, size: int, redactor: Redactor) -> dict[str, Any]:
    """Return what a report shows of a body: redacted, then cut, with its true size."""
    text = redactor.text(beginning(body))
    return {"text": text[:SHOWN_BODY_CHARACTERS], "bytes": size}


def _curl_body(body: bytes) -> list[str]:
    """Return curl's arguments for a body: its text, or a file if a shell cannot hold it."""
    text = body.decode("utf-8", "replace")
    if not text.isprintable() or len(text) >= SHOWN_BODY_CHARACTERS or "\ufffd" in text:
        return ["--data-binary", "@FILE"]
    return ["--data-raw", shlex.quote(text)]
