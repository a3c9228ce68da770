"""The members of the answers that OpenAPI documents describe, as JSON pointers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.judge.promises import EACH, places
from conformance.model.requirement import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.contract import Contract
    from conformance.judge.document import Operation

#: How the expression of a link begins that takes a member of the answer.
_OF_THE_ANSWER = "$response.body#"

#: How the expression of a link begins that takes a member of the answer.
_OF_THE_ANSWER = "$response.body#"


@dataclass
class Member:
    """A documented member; `stated` is true when the page itself names it.

    `types` are its JSON types without null, and `schemas` the names of the schemas that it
    has in the document, such as `Media`.
    """

    pointer: str
    stated: bool = False
    types: set[str] = field(default_factory=set)
    form: str = ""
    schemas: set[str] = field(default_factory=set)

    @property
    def shared(self) -> bool:
        """Whether the member belongs to the elements of an array."""
        return EACH in self.pointer


@dataclass(frozen=True)
class Answer:
    """The documented successes, or the documented refusals, of one operation."""

    contract: Contract
    operation: Operation
    refusal: bool
    statuses: tuple[int, ...]
    schemas: dict[Level, dict[str, Any]]
    examples: tuple[Any, ...]
    #: For each operation that a link leads to: the pointer of the member that it takes.
    links: tuple[tuple[str, str], ...]

    @cached_property
    def members(self) -> list[Member]:
        """The members, the whole body first."""
        found: dict[str, Member] = {}
        for level, schema in self.schemas.items():
            for place in places(self.contract.documents[level].resolved, schema):
                member = found.setdefault(place.pointer, Member(place.pointer))
                member.stated |= level is Level.MUST
                member.form = member.form or place.node.get("format", "")
                member.types |= _types(place.node)
                member.schemas |= {place.schema} if place.schema else set()
        return list(found.values())

    def breaks(self, level: Level, body: Any) -> bool:
        """Say whether a body departs from the schema of a level."""
        schema = self.schemas.get(level)
        if schema is None:
            return False
        return not self.contract.documents[level].validator(schema).is_valid(body)


def answers_of(contract: Contract) -> Iterator[Answer]:
    """Yield the successes and the refusals of each operation of a document."""
    for operation in contract.operations.values():
        for refusal in (False, True):
            responses = {
                name: contract.documents[Level.SHOULD].resolved(response)
                for name, response in operation.responses.items()
                if (name[0] == "4") == refusal and name[0] in "24"
            }
            if responses:
                yield _answer(contract, operation, refusal=refusal, responses=responses)


def _answer(
    contract: Contract, operation: Operation, *, refusal: bool, responses: dict[str, Any]
) -> Answer:
    whole = contract.documents[Level.SHOULD]
    media = list(map(whole.media, responses.values()))
    examples = [
        whole.resolved(example)["value"]
        for one in media
        for example in one.get("examples", {}).values()
    ]
    links = [
        (link["operationId"], _pointer(expression))
        for one in responses.values()
        for link in one.get("links", {}).values()
        for expression in link.get("parameters", {}).values()
        if expression.startswith(_OF_THE_ANSWER)
    ]
    return Answer(
        contract,
        operation,
        refusal,
        tuple(int(name) for name in responses if name.isdigit()),
        dict(_schemas(contract, operation.id, next(iter(responses)))),
        tuple({repr(example): example for example in examples}.values()),
        tuple(dict.fromkeys(links)),
    )


def _schemas(
    contract: Contract, operation: str, status: str
) -> Iterator[tuple[Level, dict[str, Any]]]:
    """Yield the schema of a response at each level; the page may leave the operation out."""
    for level, document in contract.documents.items():
        if operation in document.operations:
            schema = document.schema(document.operations[operation].responses[status])
            if schema is not None:
                yield level, schema


def _pointer(expression: str) -> str:
    """Return the pointer of a link's expression, `$response.body#/data/items/0/id`."""
    steps = expression.partition("#")[2].split("/")
    return "/".join(EACH if step.isdigit() else step for step in steps)


def _types(node: dict[str, Any]) -> set[str]:
    told = node.get("type", ())
    found = {told} if isinstance(told, str) else set(told)
    if isinstance(node.get("const"), bool):
        found.add("boolean")
    return {"number" if one == "integer" else one for one in found} - {"null"}
