"""Judgements and their wording. Each raises `Violation` and nothing else.

The docstring of a judgement names the sentence that allows its statuses, or says that the
documents have none. A judgement of one answer gives its violation a `Check`: the same
question in a form that a script can ask again.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from conformance.judge.finding import Violation
from conformance.model.moment import parsed_moment
from conformance.model.signed_url import url_defect

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from conformance.model.evidence import Check
    from conformance.model.exchange import Exchange

#: The statuses that pass, where only the status is judged.
ANY_STATUS: Check = {"statuses": [[100, 599]]}
SUCCESS_STATUS: Check = {"statuses": [[200, 299]]}
NO_SUCCESS_STATUS: Check = {"statuses": [[300, 599]]}
REFUSAL_STATUS: Check = {"statuses": [[400, 499]]}
NO_SERVER_ERROR_STATUS: Check = {"statuses": [[100, 499]]}

_TEXT = {"type": "string", "minLength": 1}
_SHOWN_URL = 200
_MEMBER = re.compile(r"`(\w+(?:\.\w+)*)`")


def violated(
    expected: str, actual: str, exchange: Exchange | None = None, check: Check | None = None
) -> NoReturn:
    """Raise the violation."""
    raise Violation(expected, actual, exchange, check=check)


def that(
    holds: object,
    expected: str,
    actual: str | Callable[[], str],
    exchange: Exchange | None = None,
    check: Check | None = None,
) -> None:
    """Judge that something is true.

    Args:
        holds: What must be true.
        expected: What was expected, in words that follow "expected".
        actual: What came instead, or a function that says it; it is called on a violation only.
        exchange: The exchange that shows it.
        check: The same question to the answer, where a script can ask it.

    Raises:
        Violation: It is not true.
    """
    if not holds:
        violated(expected, actual if isinstance(actual, str) else actual(), exchange, check)


def answered(exchange: Exchange) -> None:
    """Any answer at all, within the bounds of the run."""
    that(exchange.response, "an answer", f"no answer came: {exchange.error}", exchange, ANY_STATUS)


def accepted(exchange: Exchange) -> None:
    """A 2xx that does not say in its JSON that it refused (no page names the status)."""
    answered(exchange)
    that(
        exchange.succeeded,
        "a success (2xx)",
        lambda: f"it was {exchange.summary()}",
        exchange,
        SUCCESS_STATUS,
    )


def not_accepted(exchange: Exchange, expected: str = "the request to be refused") -> None:
    """Anything but a success: a refusal of any status, or an error of the server."""
    answered(exchange)
    that(
        not exchange.succeeded,
        expected,
        lambda: f"it was {exchange.summary()}",
        exchange,
        NO_SUCCESS_STATUS,
    )


def success(exchange: Exchange) -> None:
    """A 2xx with a JSON object whose `success` is true (no page names the status)."""
    accepted(exchange)
    that(
        isinstance(exchange.json, dict),
        "a JSON object",
        lambda: f"it was {exchange.summary()}",
        exchange,
        {"member": [], "schema": {"type": "object"}},
    )
    that(
        exchange.at("success") is True,
        "`success` to be true",
        lambda: f"it is {shown(exchange.at('success'))}",
        exchange,
        {"member": ["success"], "schema": {"const": True}},
    )


def refused(exchange: Exchange) -> None:
    """A client error (4xx), or a 2xx whose JSON says that nothing was done.

    The documents name no status for a refusal of this kind. RFC 9110 section 15.5 lets the
    server choose among the client errors, and the pages promise only that `success` is false.
    """
    answered(exchange)
    that(
        exchange.refuses,
        "a refusal (4xx)",
        lambda: f"it was {exchange.summary()}",
        exchange,
        REFUSAL_STATUS,
    )


def error_status(exchange: Exchange) -> None:
    """An error status where the body says that the request failed (RFC 9110 section 15)."""
    answered(exchange)
    that(
        not exchange.declines,
        "a refusal to carry an error status",
        lambda: f"it was {exchange.summary()}",
        exchange,
        NO_SUCCESS_STATUS,
    )


def no_claim(exchange: Exchange) -> None:
    """`success` is a boolean that says whether the request succeeded, so an error says false.

    An error without it passes: a framework or a proxy may have written the answer.
    """
    body = exchange.json
    if isinstance(body, dict) and "success" in body:
        that(
            body["success"] is False,
            "`success` to be false in an answer with an error status",
            lambda: f"it is {shown(body['success'])}",
            exchange,
            {"member": ["success"], "schema": {"const": False}},
        )


def stored(exchange: Exchange) -> None:
    """The storage took the bytes: S3 answers 200, similar storages another 2xx."""
    answered(exchange)
    that(
        exchange.succeeded,
        "the storage to accept the bytes (2xx)",
        lambda: f"it answered {exchange.summary()}",
        exchange,
        SUCCESS_STATUS,
    )


def denied(exchange: Exchange) -> None:
    """Anything but a success: each storage has its own way to refuse."""
    answered(exchange)
    that(
        not exchange.succeeded,
        "the storage to refuse",
        lambda: f"it answered {exchange.summary()}",
        exchange,
        NO_SUCCESS_STATUS,
    )


def not_a_server_error(exchange: Exchange) -> None:
    """Anything but a 5xx: bad input is the client's error (RFC 9110 section 15.6)."""
    answered(exchange)
    that(
        exchange.status is not None and exchange.status < 500,  # noqa: PLR2004 - the 5xx class
        "no server error (5xx)",
        lambda: f"it was {exchange.summary()}",
        exchange,
        NO_SERVER_ERROR_STATUS,
    )


def status(exchange: Exchange, accepted: Collection[int]) -> None:
    """One of the accepted statuses."""
    answered(exchange)
    names = ", ".join(map(str, accepted))
    that(
        exchange.status in accepted,
        f"the status to be {names}",
        lambda: f"it was {exchange.summary()}",
        exchange,
        {"statuses": [[status, status] for status in accepted]},
    )


def error_envelope(exchange: Exchange) -> None:
    """A JSON error: `success` false and a message for people."""
    that(
        exchange.at("success") is False,
        "a JSON error with `success` false",
        lambda: f"the answer was {exchange.summary()}",
        exchange,
        {"member": ["success"], "schema": {"const": False}},
    )
    message = exchange.at("message")
    that(
        isinstance(message, str) and message.strip(),
        "a JSON error with a `message`",
        f"`message` is {shown(message)}",
        exchange,
        {"member": ["message"], "schema": _TEXT},
    )


def equal(actual: Any, expected: Any, what: str, exchange: Exchange | None = None) -> None:
    """Two values that must be the same."""
    member = _MEMBER.fullmatch(what)
    check: Check | None = member and {
        "member": member[1].split("."),
        "schema": {"const": expected},
    }
    wanted = "null" if expected is None else shown(expected)
    that(actual == expected, f"{what} to be {wanted}", f"it is {shown(actual)}", exchange, check)


def text(exchange: Exchange, *path: str) -> str:
    """Return the non-empty string at a path of the body."""
    value = exchange.at(*path)
    name = ".".join(path)
    if not isinstance(value, str) or not value:
        check: Check = {"member": list(path), "schema": _TEXT}
        violated(f"`{name}` to be a non-empty string", f"it is {shown(value)}", exchange, check)
    return value


def url(exchange: Exchange, *path: str, lenient: bool = False) -> str:
    """Return the absolute http or https URL at a path of the body.

    `lenient` also allows a space or another letter that a client has to encode itself.
    """
    value = text(exchange, *path)
    defect = url_defect(value, lenient=lenient)
    name = ".".join(path)
    actual = f"{defect}: {shown(value[:_SHOWN_URL])}"
    that(not defect, f"`{name}` to be an absolute http or https URL", actual, exchange)
    return value


def moment(exchange: Exchange, *path: str) -> datetime:
    """Return the ISO 8601 date-time at a path; one without an offset counts as UTC."""
    value = text(exchange, *path)
    found = parsed_moment(value)
    if found is None:
        expected = f"`{'.'.join(path)}` to be an ISO 8601 date-time"
        violated(expected, f"it is {shown(value)}", exchange)
    return found


def shown(value: Any) -> str:
    """Return a value of an answer as its JSON, which is how the reader knows it."""
    if value is None:
        return "missing or null"
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)
