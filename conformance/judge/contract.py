"""Compares an exchange with its OpenAPI operation: status, content type, body schema, formats.

Each response has two schemas: `schema` for the statements of the profile's own page (MUST),
`x-reference-schema` for those of the vendor's further reference only (SHOULD). Their
formats, and the promises that name rows of their own, are in `promises`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.judge import expect
from conformance.judge.finding import Violation
from conformance.judge.promises import Promise, broken, promises
from conformance.model.profile import Profile
from conformance.model.requirement import Level
from conformance.problem import KitFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jsonschema.exceptions import ValidationError

    from conformance.model.evidence import Check
    from conformance.model.exchange import Exchange
    from conformance.model.requirement import Catalogue

#: The key of the schema of each level, beside the media type of a response.
SCHEMAS = {Level.MUST: "schema", Level.SHOULD: "x-reference-schema"}
_CLIENT_ERROR = 400
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Operation:
    """One OpenAPI operation: its method, path and responses."""

    id: str
    method: str
    path: str
    responses: dict[str, Any]


class Contract:
    """The operations of one OpenAPI document, ready to judge exchanges."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._quick: dict[str, jsonschema_rs.Validator] = {}
        self._promises: dict[str, tuple[Promise, ...]] = {}
        self.operations = {operation.id: operation for operation in _operations(document)}

    @classmethod
    def load(cls, path: Path) -> Contract:
        """Read an OpenAPI document in YAML."""
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return cls(yaml.load(path.read_text(encoding="utf-8"), loader))  # noqa: S506 - both are safe loaders

    def mismatch(self, exchange: Exchange, level: Level) -> Violation | None:
        """Return how the answer departs from its operation at a level, or None.

        The pages describe only the bodies of successes. The JSON body of a refusal is
        compared with the further reference. The cases that provoke a framework's plain
        answer or a server error judge those themselves.
        """
        operation = self.operations.get(exchange.operation or "")
        if operation is None or exchange.response is None:
            return None
        refusal = is_json_refusal(exchange) and level is Level.SHOULD
        if not exchange.succeeded and not refusal:
            return None
        response = _response(operation, exchange.response.status)
        if response is None and level is Level.MUST:
            # The pages name no status: each success has the documented body.
            response = _success(operation)
        if response is None:
            return self._undocumented(operation, exchange)
        schema = self._media(response).get(SCHEMAS[level])
        if schema is None:
            return None
        found = self._body(exchange, schema) or self._form(exchange, response, level)
        return found or (_unlabelled(exchange) if level is Level.SHOULD else None)

    def broken_promises(
        self, exchange: Exchange, level: Level, *, timed: bool = True
    ) -> Iterator[Violation]:
        """Yield how the members of a success break the requirements that they themselves name.

        Args:
            exchange: The answer.
            level: Whose schema names them.
            timed: Whether promises of a time count, which a short-lived twin does not keep.
        """
        operation = self.operations.get(exchange.operation or "")
        if operation is None or exchange.response is None or not exchange.succeeded:
            return
        response = _response(operation, exchange.response.status) or _success(operation) or {}
        for promise in self._promised(response, level):
            if promise.requirement and (timed or not promise.of_time):
                violation = broken(promise, exchange)
                if violation is not None:
                    yield violation

    def asks(self, exchange: Exchange, level: Level) -> tuple[Promise, ...] | None:
        """Return what the schema of a level asks of a success; None without such a schema."""
        operation = self.operations.get(exchange.operation or "")
        if operation is None or exchange.response is None or not exchange.succeeded:
            return None
        response = _response(operation, exchange.response.status) or _success(operation) or {}
        return self._promised(response, level) if SCHEMAS[level] in self._media(response) else None

    def _media(self, response: dict[str, Any]) -> dict[str, Any]:
        content = self.resolved(response).get("content", {})
        media: dict[str, Any] = content.get("application/json", {})
        return media

    def _promised(self, response: dict[str, Any], level: Level) -> tuple[Promise, ...]:
        media = self._media(response)
        if SCHEMAS[level] not in media:
            return ()
        name = f"{level} {json.dumps(media, sort_keys=True)}"
        if name not in self._promises:
            self._promises[name] = promises(self.resolved, media, SCHEMAS[level])
        return self._promises[name]

    def _form(self, exchange: Exchange, response: dict[str, Any], level: Level) -> Violation | None:
        """Return how a member departs from the format that the schema gives it, or None."""
        asked = (one for one in self._promised(response, level) if one.requirement is None)
        return next(filter(None, (broken(one, exchange) for one in asked)), None)

    def _undocumented(self, operation: Operation, exchange: Exchange) -> Violation:
        documented = ", ".join(operation.responses)
        return Violation(
            f"{operation.id} to answer with a documented status ({documented})",
            f"it answered {exchange.summary()}",
            exchange,
            check={"statuses": [_span(name) for name in operation.responses if name != "default"]},
        )

    def _body(self, exchange: Exchange, schema: dict[str, Any]) -> Violation | None:
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
        if self._quickly_valid(schema, exchange.json):
            return None
        error = best_match(self.validator(schema).iter_errors(exchange.json))
        if error is None:
            return None
        return Violation(_wanted(error), _got(error), exchange, check=_check(error))

    def _quickly_valid(self, schema: dict[str, Any], instance: Any) -> bool:
        """Return quickly whether all is well; the slower validator then names the error."""
        name = json.dumps(schema, sort_keys=True)
        if name not in self._quick:
            self._quick[name] = jsonschema_rs.Draft202012Validator(self._bundled(schema))
        return self._quick[name].is_valid(instance)

    def validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        """Return a validator for a schema that may refer into the document.

        Formats are not asserted: ISO 8601 allows date-times that RFC 3339 does not.
        """
        return Draft202012Validator(self._bundled(schema))

    def _bundled(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {**schema, "components": self.document.get("components", {})}

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return a node of the document, or the one that its `$ref` names."""
        reference = node.get("$ref")
        if reference is None:
            return node
        found: Any = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        if not isinstance(found, dict):
            raise KitFault(f"{reference} of the OpenAPI document is not an object")
        return found


@cache
def contracts_of(profile: str) -> tuple[Contract, ...]:
    """Return the contracts of a profile, one for each of its OpenAPI documents."""
    return tuple(map(Contract.load, Profile.load(profile).documents))


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
    for level in Level:
        if level not in rows:
            continue
        for contract in contracts:
            violation = contract.mismatch(exchange, level)
            if violation is not None:
                violation.requirement = rows[level]
                yield violation
        for contract in contracts:
            yield from contract.broken_promises(exchange, level, timed=timed)


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "operationId" in operation:
                yield Operation(
                    operation["operationId"], method.upper(), path, operation["responses"]
                )


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


def _response(operation: Operation, status: int) -> dict[str, Any] | None:
    for name in (str(status), f"{status // 100}XX", "default"):
        if name in operation.responses:
            found: dict[str, Any] = operation.responses[name]
            return found
    return None


def _success(operation: Operation) -> dict[str, Any] | None:
    """Return the first documented success."""
    found = (response for name, response in operation.responses.items() if name[0] == "2")
    return next(found, None)


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
            return f"{where} to have {', '.join(map(repr, names))}"
        case "type":
            return f"{where} to be of type {wanted}"
        case "enum":
            return f"{where} to be one of {', '.join(map(str, wanted))}"
        case "const":
            return f"{where} to be {wanted!r}"
        case _:
            return f"{where} to satisfy {error.validator}: {wanted}"


def _got(error: ValidationError) -> str:
    instance: Any = error.instance
    if error.validator == "required":
        return f"it has only {', '.join(map(repr, instance)) or 'no members'}"
    shown = repr(instance)
    limit = 120
    return f"it is {shown[:limit]}{'…' if len(shown) > limit else ''}"
