"""One OpenAPI document, ready to compare answers with it: its operations, schemas and promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from conformance.judge.promises import Promise, promises, with_keywords_apart
from conformance.problem import KitFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError


@dataclass(frozen=True)
class Operation:
    """One OpenAPI operation: its method, path and responses."""

    id: str
    method: str
    path: str
    responses: dict[str, Any]

    def response(self, status: int) -> dict[str, Any] | None:
        """Return the response that is documented for a status, or None."""
        for name in (str(status), f"{status // 100}XX", "default"):
            if name in self.responses:
                found: dict[str, Any] = self.responses[name]
                return found
        return None

    def success(self) -> dict[str, Any] | None:
        """Return the first documented success."""
        found = (response for name, response in self.responses.items() if name[0] == "2")
        return next(found, None)


class Document:
    """An OpenAPI document. Keywords that have a requirement of their own are promises in it.

    Args:
        tree: The document as it is written.
    """

    def __init__(self, tree: dict[str, Any]) -> None:
        self._tree: dict[str, Any] = with_keywords_apart(tree)
        # By the identity of a node of the tree, which lives as long as the document.
        self._quick: dict[int, jsonschema_rs.Validator] = {}
        self._promises: dict[int, tuple[Promise, ...]] = {}
        self.operations = {operation.id: operation for operation in _operations(self._tree)}

    def schema(self, response: dict[str, Any]) -> dict[str, Any] | None:
        """Return the schema of the JSON of a response, or None."""
        found: dict[str, Any] | None = self.media(response).get("schema")
        return found

    def media(self, response: dict[str, Any]) -> dict[str, Any]:
        """Return the description of the JSON of a response; an empty one if it has none."""
        content = self.resolved(response).get("content", {})
        media: dict[str, Any] = content.get("application/json", {})
        return media

    def promised(self, response: dict[str, Any]) -> tuple[Promise, ...]:
        """Return the promises of the members of a response."""
        media = self.media(response)
        if "schema" not in media:
            return ()
        if id(media) not in self._promises:
            self._promises[id(media)] = promises(self.resolved, media)
        return self._promises[id(media)]

    def quickly_valid(self, schema: dict[str, Any], instance: Any) -> bool:
        """Say quickly whether an instance fits; the slower validator then names the error."""
        if id(schema) not in self._quick:
            self._quick[id(schema)] = jsonschema_rs.Draft202012Validator(self._bundled(schema))
        return self._quick[id(schema)].is_valid(instance)

    def error(self, schema: dict[str, Any], instance: Any) -> ValidationError | None:
        """Return why an instance does not fit a schema, or None; most instances fit."""
        if self.quickly_valid(schema, instance):
            return None
        from jsonschema.exceptions import best_match  # noqa: PLC0415 - few runs need its words

        found: ValidationError | None = best_match(self.validator(schema).iter_errors(instance))
        return found

    def validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        """Return a validator for a schema that may refer into the document.

        Formats are not asserted: ISO 8601 allows date-times that RFC 3339 does not.
        """
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - as above

        return Draft202012Validator(self._bundled(schema))

    def _bundled(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {**schema, "components": self._tree.get("components", {})}

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return a node of the document, or the one that its `$ref` names."""
        reference = node.get("$ref")
        if reference is None:
            return node
        found: Any = self._tree
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        if not isinstance(found, dict):
            raise KitFault(f"{reference} of the OpenAPI document is not an object")
        return found


def _operations(tree: dict[str, Any]) -> Iterator[Operation]:
    for path, item in tree["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "operationId" in operation:
                yield Operation(
                    operation["operationId"], method.upper(), path, operation["responses"]
                )
