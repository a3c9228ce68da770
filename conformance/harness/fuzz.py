"""Schemathesis on one operation: it generates requests, the kit sends and judges them.

Only the generation is from schemathesis. The scenarios check what a server must refuse or
accept and how it authenticates, since they give fewer false alarms. The paths get real ids,
since random ones only lead to a 404, and DELETE gets only ids of the ledger.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from conformance.judge import expect
from conformance.judge.contract import contracts_of
from conformance.judge.finding import Violation
from conformance.model.exchange import Request
from conformance.model.requirement import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.harness.harness import Harness
    from conformance.judge.contract import Contract
    from conformance.model.exchange import Exchange

#: How many requests schemathesis generates for each operation and mode.
EXAMPLES = {"quick": 3, "standard": 12, "thorough": 100}


def exercise(harness: Harness, operation_id: str, ids: Sequence[str], *, robust: str) -> None:
    """Send the requests that schemathesis generates for an operation, and raise the first finding.

    A listener of the transcript also notes answers that differ from the reference's schema.

    Args:
        harness: It sends the requests.
        operation_id: The operation.
        ids: Real ids for the parameters of the path.
        robust: The requirement that a server error breaks.

    Raises:
        Violation: A success does not fit the page's schema.
    """
    contract = _contract(harness, operation_id)
    loaded = schemathesis.openapi.from_dict(contract.document, config=_config())
    operation = loaded.find_operation_by_id(operation_id)
    findings: list[Violation] = []
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)

    for mode in modes:

        @seed(harness.seed)
        @settings(
            max_examples=EXAMPLES[harness.effort],
            phases=(Phase.generate,),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), real_id=st.sampled_from(ids))
        def search(case: Any, real_id: str) -> None:
            exchange = _sent(harness, case, operation_id, real_id)
            _notice_server_error(harness, exchange, robust)
            violation = contract.mismatch(exchange, Level.MUST)
            if violation is not None:
                findings.append(violation)

        search()
    if findings:
        raise findings[0]


def _notice_server_error(harness: Harness, exchange: Exchange, robust: str) -> None:
    """Note a server error under its own requirement; it says nothing about the schemas."""
    try:
        expect.not_a_server_error(exchange)
    except Violation as violation:
        violation.requirement = robust
        harness.proof.notice(violation)


def _contract(harness: Harness, operation_id: str) -> Contract:
    contracts = contracts_of(harness.profile.name)
    return next(contract for contract in contracts if operation_id in contract.operations)


def _config() -> Any:
    return schemathesis.Config.from_dict({"generation": {"database": "none"}})


def _sent(harness: Harness, case: Any, operation_id: str, real_id: str) -> Exchange:
    for name in case.path_parameters or {}:
        case.path_parameters[name] = quote(real_id, safe="")
    base_url = harness.target.base_url
    arguments = case.as_transport_kwargs(base_url=base_url)
    body = _body(arguments)
    headers = {
        name: value
        for name, value in dict(arguments.get("headers") or {}).items()
        if name.lower() not in {"authorization", "user-agent", "x-schemathesis-testcaseid"}
        and str(value).isprintable()
        and str(value).isascii()
    }
    if body and "json" in arguments:
        headers["Content-Type"] = "application/json"
    query = urlencode(list((arguments.get("params") or {}).items()), doseq=True, errors="replace")
    url = f"{arguments['url']}?{query}" if query else arguments["url"]
    request = Request(arguments["method"], url, tuple(headers.items()), body)
    exchange: Exchange = harness.api.send_generated(request, operation_id)
    return exchange


def _body(arguments: dict[str, Any]) -> bytes:
    if arguments.get("json") is not None:
        return json.dumps(arguments["json"]).encode()
    data = arguments.get("data")
    if isinstance(data, bytes):
        return data
    return data.encode("utf-8", "replace") if isinstance(data, str) else b""
