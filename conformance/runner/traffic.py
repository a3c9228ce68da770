"""Makes a run of the traffic that an assessor judged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance.model.evidence import Cause
from conformance.model.oracle_tally import OracleTally
from conformance.model.redaction import Redactor, remember
from conformance.model.requirement import Proof, is_optional_part
from conformance.model.run import Run
from conformance.model.traffic import Traffic
from conformance.problem import UsageProblem
from conformance.settings import layers
from conformance.settings.build import build_of
from conformance.settings.target import secrets_of
from conformance.settings.traffic import OF_TRAFFIC
from conformance.traffic.assessor import Assessor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.model.profile import Profile
    from conformance.model.requirement import Requirement
    from conformance.runner.request import RunRequest

_STORAGE_FLAG = "the requests to the storage are not watched: pass --watch-storage PORT"
_STORAGE_HIDDEN = "a recording may lack requests to the storage"


def assessor_of(
    request: RunRequest,
    profile: Profile,
    base_url: str,
    *,
    sees_storage: bool = False,
    alone: bool = True,
    hidden: bool = False,
    names: Mapping[str, str] | None = None,
) -> Assessor:
    """Return the assessor of a server's traffic.

    Args:
        request: The settings, with the tokens that the user declares.
        profile: The API.
        base_url: Where the server is.
        sees_storage: Whether the requests to the storage are seen too.
        alone: Whether all requests to the API are seen, as far as anybody knows.
        hidden: Whether requests may lack a token that was really sent.
        names: The pseudonyms of tokens by the names of their callers.

    Raises:
        UsageProblem: A setting does not fit.
    """
    secrets = secrets_of(request.values)
    remember(secrets)
    redactor = Redactor(secrets)
    claimed = frozenset(request.values["capability"])
    known = {need for row in profile.catalogue for need in row.needs}
    if unknown := claimed - known:
        raise UsageProblem(f"no requirement needs the capability {', '.join(sorted(unknown))}")
    return Assessor(
        profile,
        base_url,
        _declared(request) | dict(names or {}),
        hidden=hidden,
        sees_storage=sees_storage,
        alone=alone,
        claimed=claimed,
        redactor=redactor,
    )


def _declared(request: RunRequest) -> dict[str, str | None]:
    """Return the tokens whose callers the user declares to be two."""
    token, other = request.values["token"], request.values["other_token"]
    if token and token == other:
        raise UsageProblem("--other-token must belong to another caller than --token")
    return {"main": token, "other": other}


def run_of(
    assessor: Assessor, request: RunRequest, *, source: str, command: str, began: float
) -> Run:
    """Return the run of everything that was judged.

    Args:
        assessor: It has seen the whole traffic.
        request: The settings.
        source: `watch` or `recording`.
        command: The command that judges such traffic again.
        began: When it began, in seconds since the epoch.
    """
    tally = OracleTally(findings=assessor.evidence())
    tally.add({"counts": assessor.engine.counts()})
    profile = assessor.profile
    traffic = Traffic(
        source,
        command,
        exchanges=sum(assessor.operations.values()),
        others=assessor.others,
        operations=dict(assessor.operations),
        callers=tuple(assessor.seen_callers),
        storage_seen=assessor.knowledge.sees_storage,
        exercised=dict(assessor.exercised),
        hidden=dict(_hidden(profile.catalogue, assessor, source)),
        first=tuple(assessor.first_exchanges()),
    )
    return Run(
        profile.name,
        profile.catalogue.pinned_to(request.values["as_of"]),
        [],
        target={"base_url": assessor.base_url, "capabilities": sorted(_capabilities(assessor))},
        build=build_of(request.values),
        strict=bool(request.values["strict"]),
        duration_s=round(time.time() - began, 3),
        started=began,
        untestable=_untestable(assessor),
        settings=shown(request, assessor.redactor),
        oracles=tally,
        traffic=traffic,
    )


def shown(request: RunRequest, redactor: Redactor) -> list[dict[str, str]]:
    """Return the settings that matter for traffic, as reports show them."""
    described = layers.described(request.values, request.origins)
    return [
        {**setting, "value": redactor.text(setting["value"])}
        for setting in described
        if setting["name"] in OF_TRAFFIC
    ]


def _untestable(assessor: Assessor) -> str:
    if not assessor.operations:
        if assessor.others:
            return f"no request of the traffic was for an operation of {assessor.profile.name}"
        return "no request was seen"
    return "" if assessor.answered else f"no request got an answer from {assessor.base_url}"


def _capabilities(assessor: Assessor) -> set[str]:
    two = {"main", "other"} <= assessor.seen_callers.keys()
    return {*assessor.claimed, *(["other-token"] if two else [])}


def _hidden(
    rows: Iterable[Requirement], assessor: Assessor, source: str
) -> Iterator[tuple[str, Cause]]:
    """Yield why a requirement could not be judged, where more traffic alone would not help."""
    present = _capabilities(assessor)
    for row in rows:
        if row.proof is not Proof.CASE:
            continue
        needs = [need for need in row.needs if need not in present]
        flags = [need for need in needs if need == "other-token" or is_optional_part(need)]
        if flags:
            yield row.id, Cause(needs=flags[0])
        elif "PUT" in row.id.split("-") and not assessor.knowledge.sees_storage:
            limit = _STORAGE_FLAG if source == "watch" else _STORAGE_HIDDEN
            yield row.id, Cause(limit=limit)
