"""Compares an exchange with its OpenAPI operation: status, content type, body schema, formats.

An answer is compared with two documents: a mismatch with what the profile's own page states
breaks a MUST, a mismatch with the whole document a SHOULD (see `conformance.model.specification`).
The formats, and the promises that name rows of their own, are in `promises`.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from conformance.judge import expect
from conformance.judge.document import Document
from conformance.judge.finding import Violation
from conformance.judge.promises import broken
from conformance.model.requirement import Level
from conformance.model.specification import Specification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jsonschema.exceptions import ValidationError

    from conformance.judge.document import Operation
    from conformance.judge.promises import Promise
    from conformance.model.evidence import Check
    from conformance.model.exchange import Exchange
    from conformance.model.requirement import Catalogue

_CLIENT_ERROR = 400
_DOT_SEGMENT = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Contract:
    """The operations of one OpenAPI document, ready to judge exchanges.

    Args:
        document: What the page and the further reference state.
        page: What the page alone states; everything by default.
    """

    def __init__(self, document: dict[str, Any], page: dict[str, Any] | None = None) -> None:
        self.document = document
        page = document if page is None else page
        self.documents = {Level.MUST: Document(page), Level.SHOULD: Document(document)}
        self.operations = self.documents[Level.SHOULD].operations

    def mismatch(self, exchange: Exchange, level: Level) -> Violation | None:
        """Return how the answer departs from its operation at a level, or None.

        The pages describe only the bodies of successes. The JSON body of a refusal is
        compared with the further reference. The cases that provoke a framework's plain
        answer or a server error judge those themselves.
        """
        document = self.documents[level]
        operation = document.operations.get(exchange.operation or "")
        if operation is None or exchange.response is None or _leads_elsewhere(exchange):
            return None
        refusal = is_json_refusal(exchange) and level is Level.SHOULD
        if not exchange.succeeded and not refusal:
            return None
        response = operation.response(exchange.response.status)
        if response is None and level is Level.MUST:
            # The pages name no status: each success has the documented body.
            response = operation.success()
        if response is None:
            return _undocumented(operation, exchange)
        schema = document.schema(response)
        if schema is None:
            return None
        found = _of_body(exchange, document, schema) or _of_form(exchange, document, response)
        return found or (_unlabelled(exchange) if level is Level.SHOULD else None)

    def broken_promises(
        self, exchange: Exchange, level: Level, kept: set[tuple[str, str]], *, timed: bool = True
    ) -> Iterator[Violation]:
        """Yield how the members of a success break the requirements that they themselves name.

        Args:
            exchange: The answer.
            level: Whose schema names them.
            kept: The promises that the answer is known to keep; another level may name them too.
            timed: Whether promises of a time count, which a short-lived twin does not keep.
        """
        for promise in self.asks(exchange, level) or ():
            asked = bool(promise.requirement) and (timed or not promise.of_time)
            if not asked or promise.exempt in kept:
                continue
            violation = broken(promise, exchange)
            if violation is None:
                kept.add(promise.exempt)
            else:
                yield violation

    def asks(self, exchange: Exchange, level: Level) -> tuple[Promise, ...] | None:
        """Return what the schema of a level asks of a success; None without such a schema."""
        document = self.documents[level]
        operation = document.operations.get(exchange.operation or "")
        if operation is None or exchange.response is None or not exchange.succeeded:
            return None
        response = operation.response(exchange.response.status) or operation.success() or {}
        return document.promised(response) if document.schema(response) is not None else None


@cache
def contracts_of(profile: str) -> tuple[Contract, ...]:
    """Return the contracts of a profile: one, since it has one OpenAPI document."""
    specification = Specification.load(profile)
    return (Contract(specification.document, specification.page),)


def _leads_elsewhere(exchange: Exchange) -> bool:
    """Whether a server may take the path for a shorter one (RFC 3986 section 6.2.2.3)."""
    return bool(_DOT_SEGMENT.search(exchange.request.url.partition("?")[0]))


def mismatches(
    catalogue: Catalogue,
    contracts: Sequence[Contract],
    exchange: Exchange,
    *,
    short_lived: bool = False,
) -> Iterator[Violation]:
    """Yield at most one departure of an answer from its operation, a MUST before a SHOULD.

    Args:
        catalogue: The rows of the operations.
        contracts: The OpenAPI documents.
        exchange: The answer.
        short_lived: Whether it is from the twin, whose uploads live for seconds.
    """
    rows = catalogue.schemas.get(exchange.operation or "", {})
    if not rows:
        return
    departures = _departures(contracts, exchange, rows, timed=not short_lived)
    first = next(chain(_untrue(catalogue, exchange, rows), departures), None)
    if first is not None:
        yield first


def _untrue(
    catalogue: Catalogue, exchange: Exchange, rows: Mapping[Level, str]
) -> Iterator[Violation]:
    """Yield how `success` contradicts the status, where the catalogue has a row for it.

    An operation without a MUST, such as one of posts, has only its own row: no page defines
    the envelope of its answers.
    """
    own = None if Level.MUST in rows else rows[Level.SHOULD]
    if exchange.declines and catalogue.declines:
        yield from _raised(expect.error_status, exchange, own or catalogue.declines)
    elif catalogue.claims and (exchange.status or 0) >= _CLIENT_ERROR:
        yield from _raised(expect.no_claim, exchange, own or catalogue.claims)


def _raised(
    judgement: Callable[[Exchange], None], exchange: Exchange, row: str
) -> Iterator[Violation]:
    try:
        judgement(exchange)
    except Violation as violation:
        violation.requirement = row
        yield violation


def _departures(
    contracts: Sequence[Contract],
    exchange: Exchange,
    rows: Mapping[Level, str],
    *,
    timed: bool,
) -> Iterator[Violation]:
    """Yield the departures from the schemas of each level, and then from its promises."""
    kept: set[tuple[str, str]] = set()
    for level in Level:
        if level not in rows:
            continue
        for contract in contracts:
            violation = contract.mismatch(exchange, level)
            if violation is not None:
                violation.requirement = rows[level]
                yield violation
        for contract in contracts:
            yield from contract.broken_promises(exchange, level, kept, timed=timed)


def _undocumented(operation: Operation, exchange: Exchange) -> Violation:
    documented = ", ".join(operation.responses)
    return Violation(
        f"{operation.id} to answer with a documented status ({documented})",
        f"it answered {exchange.summary()}",
        exchange,
        check={"statuses": [_span(name) for name in operation.responses if name != "default"]},
    )


def _of_form(exchange: Exchange, document: Document, response: dict[str, Any]) -> Violation | None:
    """Return how a member departs from the format that the schema gives it, or None."""
    asked = (one for one in document.promised(response) if one.requirement is None)
    return next(filter(None, (broken(one, exchange) for one in asked)), None)


def _of_body(exchange: Exchange, document: Document, schema: dict[str, Any]) -> Violation | None:
    if exchange.json_defect:
        expected = "a JSON body that every client can read"
        return Violation(expected, f"{exchange.json_defect}: {exchange.summary()}", exchange)
    if not exchange.is_json:
        return Violation(
            "a JSON body",
            f"the answer is {exchange.summary()}",
            exchange,
            check={"member": [], "schema": {}},
        )
    error = document.error(schema, exchange.json)
    if error is None:
        return None
    return Violation(_wanted(error), _got(error), exchange, check=_check(error))


def is_json_refusal(exchange: Exchange) -> bool:
    """Say whether a client error is JSON, or claims to be: frameworks write plain ones."""
    if exchange.status not in range(400, 500) or exchange.request.method == "HEAD":
        return False
    body = exchange.response.body if exchange.response else b""
    written = body.lstrip()[:1] in {b"{", b"["} or is_json_label(exchange.content_type)
    return exchange.is_json or bool(exchange.json_defect) or written


def is_json_label(label: str) -> bool:
    """Say whether a media type is JSON, also by the suffix +json (RFC 6839)."""
    return label in {"application/json", "text/json"} or label.endswith("+json")


def _span(status: str) -> list[int]:
    """Return the first and last status of a key of `responses` (`404`, `4XX`)."""
    return [int(status.replace("X", "0")), int(status.replace("X", "9"))]


def _unlabelled(exchange: Exchange) -> Violation | None:
    """Return how the bytes or the label of a JSON body are not those of JSON, or None.

    RFC 8259: a sender adds no byte order mark (section 8.1), and the type is application/json
    (section 11); the structured suffix +json of RFC 6839 is JSON too.
    """
    body = exchange.response.body if exchange.response else b""
    if body.startswith(_BYTE_ORDER_MARK):
        expected = "JSON without a byte order mark"
        return Violation(expected, f"it has one: {exchange.summary()}", exchange)
    label = exchange.content_type
    if is_json_label(label):
        return None
    actual = f"it is {label!r}" if label else "it is missing"
    return Violation("a JSON answer to have the Content-Type of JSON", actual, exchange)


def _check(error: ValidationError) -> Check | None:
    """Return the check for a script, if the keyword can be checked by one."""
    if error.validator not in {"required", "type", "enum", "const"}:
        return None
    schema = {str(error.validator): error.validator_value}
    return {"member": list(error.absolute_path), "schema": schema}


def _wanted(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    instance: Any = error.instance
    where = error.json_path.removeprefix("$.") if error.json_path != "$" else "the body"
    match error.validator:
        case "required":
            names = [name for name in wanted if name not in instance]
            return f"{where} to have {_quoted(names)}"
        case "type":
            return f"{where} to be of type {wanted}"
        case "enum":
            return f"{where} to be one of {', '.join(map(str, wanted))}"
        case "const":
            return f"{where} to be {_shown(wanted)}"
        case _:
            return f"{where} to satisfy {error.validator}: {wanted}"


def _got(error: ValidationError) -> str:
    instance: Any = error.instance
    if error.validator == "required":
        return f"it has only {_quoted(instance)}" if instance else "it has no members"
    shown = _shown(instance)
    limit = 120
    return f"it is {shown[:limit]}{'…' if len(shown) > limit else ''}"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _shown(value: Any) -> str:
    """Return a value that is there as its JSON."""
    return "null" if value is None else expect.shown(value)
