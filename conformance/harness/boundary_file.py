"""Writes `specs/<profile>/boundaries.json`: the requests of schemathesis' coverage phase.

Run `python -m conformance.harness.boundary_file` after a change of an OpenAPI document's
parameters or request bodies. The file names a digest of these, so that a test notices the
change, and the release of schemathesis that generated it.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from conformance.harness.boundaries import file_of
from conformance.harness.generation import operation_of, request_of
from conformance.judge.contract import contracts_of
from conformance.model.profile import profile_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The operations that the scenarios probe. Posts are an optional part, with cases of their own.
PROBED = {
    "feedhive": ("create_upload", "complete_upload", "list_media", "get_media", "delete_media"),
    "hayon": ("create_media_upload",),
}
_METHODS = ("get", "put", "post", "delete", "patch")
_HOST = "http://target.invalid"
# What no other case sends: a malformed label, parameters that are repeated or that no document
# names. The quick effort sends these first.
_ALONE = frozenset(
    {"malformed_content_type", "duplicate_parameter", "object_unexpected_properties"}
)
# Headers of the transport, which are not about the case.
_TRANSPORT = frozenset({"accept", "accept-encoding", "connection"})


def written(profile: str) -> dict[str, Any]:
    """Return the content of the file of a profile."""
    return {
        "generated_by": f"schemathesis {version('schemathesis')}, its coverage phase",
        "digest": digest(profile),
        "operations": {name: list(_cases(profile, name)) for name in PROBED[profile]},
    }


def digest(profile: str) -> str:
    """Return a digest of what clients send: the parameters and bodies of the probed operations."""
    told = {}
    for contract in contracts_of(profile):
        for path, item in contract.document["paths"].items():
            for method in _METHODS:
                operation = item.get(method, {})
                if operation.get("operationId") in PROBED[profile]:
                    parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
                    sent = [parameters, operation.get("requestBody"), path]
                    told[operation["operationId"]] = _resolved(sent, contract.document)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _resolved(node: Any, document: Mapping[str, Any]) -> Any:
    """Return a part of a document with its references replaced, and without its prose."""
    if isinstance(node, list):
        return [_resolved(one, document) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        found: Any = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return _resolved(found, document)
    prose = {"description", "summary"}
    return {
        name: _resolved(value, document)
        for name, value in node.items()
        if name not in prose or not isinstance(value, str)
    }


def _cases(profile: str, operation_id: str) -> Iterator[dict[str, Any]]:
    """Yield the different requests at the boundaries of one operation."""
    import schemathesis

    _, operation = operation_of(profile, operation_id)
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    config = operation.schema.config.generation_for(operation=operation, phase="coverage")
    seen = set()
    for case in operation.schema.iter_coverage_cases(
        operation, generation_modes=modes, generation_config=config
    ):
        told = _told(case)
        key = json.dumps({**told, "why": ""})
        if key not in seen:
            seen.add(key)
            yield told


def _told(case: Any) -> dict[str, Any]:
    """Return a case as the file holds it; members without a value are left out."""
    about = case.meta.phase.data
    own_id = ""
    if case.method == "GET" and about.parameter in (case.path_parameters or {}):
        own_id = str(case.path_parameters[about.parameter])
    request = request_of(case, _HOST, {})
    told = {
        "why": about.description,
        "query": _query(request.url.partition("?")[2], about.parameter),
        "headers": {k: v for k, v in request.headers if k.lower() not in _TRANSPORT},
        "body": request.body.decode(),
        "id": own_id,
        "keyless": about.parameter == "Authorization",
        "alone": about.scenario.value in _ALONE,
    }
    return {name: value for name, value in told.items() if value}


def _query(query: str, parameter: str | None) -> str:
    """Return a query; that of a case about one parameter holds no other one.

    A made-up cursor would be refused, and then the limit beside it is not looked at.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    if parameter in dict(pairs):
        pairs = [pair for pair in pairs if pair[0] == parameter]
    return urlencode(pairs)


def text_of(content: dict[str, Any]) -> str:
    """Return the text of a file, with each request on a line of its own."""
    operations = [
        f"    {json.dumps(name)}: [\n      "
        + ",\n      ".join(json.dumps(case) for case in cases)
        + "\n    ]"
        for name, cases in content["operations"].items()
    ]
    head = [
        f"  {json.dumps(name)}: {json.dumps(content[name])}" for name in ("generated_by", "digest")
    ]
    body = '  "operations": {\n' + ",\n".join(operations) + "\n  }"
    return "{\n" + ",\n".join([*head, body]) + "\n}\n"


def main() -> None:
    """Write the file of each profile."""
    for profile in profile_names():
        file_of(profile).write_text(text_of(written(profile)), encoding="utf-8")


if __name__ == "__main__":
    main()
