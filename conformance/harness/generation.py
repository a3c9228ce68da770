"""Schemathesis: its view of each OpenAPI document, loaded once, and which of its checks run.

It generates requests, and the kit sends them. It is imported when the first request is
generated: `--help`, and a run that generates nothing, need not wait for it.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from conformance.judge.contract import contracts_of
from conformance.model.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.judge.contract import Contract

#: The checks of schemathesis that fit the documents, and that run in each sequence of links.
CHECKS = ("not_a_server_error", "use_after_free")
#: The checks that do not run, each with the reason.
CHECKS_OFF = {
    "response_schema_conformance": "the kit compares each answer with the same schemas at two"
    " levels, those of the page and those of the further reference",
    "status_code_conformance": "the pages name no status: every success is one, and a refusal"
    " may have any 4xx that fits",
    "content_type_conformance": "a framework or a proxy may refuse in plain text; the label of a"
    " success is judged as a SHOULD",
    "response_headers_conformance": "the documents require no header of an answer",
    "negative_data_rejection": "a server may clamp a limit, ignore unknown members and parameters,"
    " and read a body with another label; an oracle judges what the pages tell a server to refuse",
    "positive_data_acceptance": "a server may refuse an odd filename, or reach a quota",
    "missing_required_header": "the only required header is the key, and it has its own cases",
    "unsupported_method": "the pages do not say how another method is refused; a case judges that"
    " it gives no success",
    "allow_header_conformance": "the pages name no Allow header",
    "ensure_resource_availability": "a session is completed once, so a server may answer a second"
    " complete with 404; the oracle of the same name knows the difference",
    "ignored_auth": "it sends requests of its own; the cases of the keys judge it",
    "max_response_time": "the documents name no time for an answer",
}
# Headers that the kit sends itself, or that name the tool.
_NOT_SENT = frozenset({"authorization", "user-agent", "x-schemathesis-testcaseid"})


@cache
def loaded(profile: str) -> tuple[tuple[Contract, Any], ...]:
    """Return each contract of a profile, with the schema that schemathesis makes of it."""
    import schemathesis

    found = []
    for contract in contracts_of(profile):
        # Schemathesis writes into the links of the document that it works on.
        schema = schemathesis.openapi.from_dict(deepcopy(contract.document), config=_config())
        # Without a codec, any character but a surrogate is drawn, as with UTF-8. Hypothesis
        # needs seconds for its table of UTF-8, in each folder where it runs for the first time.
        schema.config.generation.codec = None
        found.append((contract, schema))
    return tuple(found)


def _config() -> Any:
    import schemathesis

    # Without a configuration of its own, schemathesis would read that of the user.
    generation = {"database": "none", "codec": "ascii"}
    coverage = {"unexpected-methods": [], "generate-duplicate-query-parameters": True}
    return schemathesis.Config.from_dict(
        {"generation": generation, "phases": {"coverage": coverage}}
    )


def operation_of(profile: str, operation_id: str) -> tuple[Contract, Any]:
    """Return the contract that holds an operation, and the operation for schemathesis."""
    found = next(pair for pair in loaded(profile) if operation_id in pair[0].operations)
    return found[0], found[1].find_operation_by_id(operation_id)


def operation_id(case: Any) -> str:
    """Return the operationId of a generated case."""
    return str(case.operation.definition.raw["operationId"])


def request_of(case: Any, base_url: str, path_parameters: Mapping[str, str]) -> Request:
    """Return a generated case as a request without a key.

    Args:
        case: The case of schemathesis.
        base_url: The URL of the server.
        path_parameters: Values that replace those of the case, also for the links that follow.
    """
    values = {**(case.path_parameters or {}), **path_parameters}
    case.path_parameters = {name: quote(str(value), safe="") for name, value in values.items()}
    arguments = case.as_transport_kwargs(base_url=base_url)
    case.path_parameters = values
    body = _body(arguments)
    headers = {
        name: str(value)
        for name, value in dict(arguments.get("headers") or {}).items()
        if name.lower() not in _NOT_SENT and str(value).isprintable() and str(value).isascii()
    }
    if body and "json" in arguments:
        headers.setdefault("Content-Type", "application/json")
    query = urlencode(list((arguments.get("params") or {}).items()), doseq=True, errors="replace")
    url = f"{arguments['url']}?{query}" if query else arguments["url"]
    return Request(arguments["method"], url, tuple(headers.items()), body)


def _body(arguments: Mapping[str, Any]) -> bytes:
    if arguments.get("json") is not None:
        return json.dumps(arguments["json"]).encode()
    data = arguments.get("data")
    if isinstance(data, bytes):
        return data
    return data.encode("utf-8", "replace") if isinstance(data, str) else b""
