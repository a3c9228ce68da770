"""Makes `report.json`: the whole run as one document (schema: `specs/report.schema.json`)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.model.exchange import excerpt
from conformance.model.guidance import Guidance, load_guidance
from conformance.model.left_behind import STAYS
from conformance.model.profile import profile_of, specs_folder
from conformance.reports.connection import warnings
from conformance.reports.detail import LEVELS, MOST_BYTES, Detail, reduced
from conformance.reports.repeatable import decides, is_resent
from conformance.reports.report import REPRODUCERS, SCHEMA_VERSION, Report, render
from conformance.settings.rerun import Rerun
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model.decision import Decision
    from conformance.model.evidence import CaseRecord, Evidence
    from conformance.model.requirement import Requirement
    from conformance.model.run import RequirementResult, Run
    from conformance.model.traffic import Traffic
    from conformance.model.waiver import Waiver

_NAME_CHARACTERS = 200
# So many cases are named as the slowest.
_SLOWEST = 10


def report_of(run: Run, rerun: Rerun | None = None, decision: Decision | None = None) -> Report:
    """Return the report of a run.

    Args:
        run: The run.
        rerun: The settings that start the same run again; without it, only its seed is known.
            The traffic of others cannot be started again.
        decision: The exit code and what decided it, once the run has ended.
    """
    for detail in LEVELS:
        report = Report(_decided(_detailed(run, rerun, detail), decision))
        if len(render(report).encode("utf-8", "replace")) <= MOST_BYTES:
            break
    return report


def _decided(document: dict[str, Any], decision: Decision | None) -> dict[str, Any]:
    """Add the decision, and mark the failures that were known before."""
    if decision is None:
        return document
    for row in document["requirements"]:
        if row["id"] in decision.known:
            row["known"] = True
    return {**document, "decision": decision.as_dict()}


def _detailed(run: Run, rerun: Rerun | None, detail: Detail) -> dict[str, Any]:
    if run.traffic is not None:
        return _of_traffic(run, run.traffic, detail)
    rerun = rerun or Rerun(run.profile, {"seed": run.seed})
    return {**_document(run, rerun.command(), detail), "rerun": rerun.as_dict()}


def _of_traffic(run: Run, traffic: Traffic, detail: Detail) -> dict[str, Any]:
    document = _document(run, traffic.command, detail)
    broken = [row["id"] for row in document["requirements"] if row["evidence"]]
    for row in document["requirements"]:
        row["judged"] = traffic.exercised.get(row["id"], 0)
    document["requests"] += traffic.exchanges
    load = {"load": run.load} if run.load else {}
    return {**document, "traffic": traffic.as_dict(run.catalogue, broken), **load}


def _document(run: Run, replay: str, detail: Detail) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "kit_version": __version__,
        "profile": run.profile,
        "catalogue_version": run.catalogue.version,
        "target": run.target,
        "settings": run.settings,
        "verdict": run.verdict.value,
        "warnings": warnings(run.target),
        "complete": not run.incomplete and not run.faults,
        "reason": _reason(run),
        "started": datetime.fromtimestamp(run.started, UTC).isoformat(timespec="milliseconds"),
        **({"as_of": run.catalogue.as_of} if run.catalogue.as_of else {}),
        **({"build": run.build} if run.build else {}),
        "effort": run.effort,
        "seed": run.seed,
        "selection": run.selection,
        **({"shard": run.shard.as_dict()} if run.shard else {}),
        **({"merged": run.merged} if run.merged else {}),
        "strict": run.strict,
        "duration_s": run.duration_s,
        "requests": sum(case.requests for case in run.cases),
        "rate_limited": sum(case.retries for case in run.cases),
        "replay": replay,
        "counts": run.counts,
        "leftovers": _leftovers(run.leftovers),
        "made": {word: run.made[word] for word in ("uploads", "posts", "media", "bytes")},
        "left_behind": left_behind(run.left_behind),
        "lifecycle": run.lifecycle,
        "oracles": run.oracles.rows,
        **_timing(run),
        "history": run.history,
        "waivers": [use.as_dict() for use in run.waivers],
        "requirements": [
            _requirement(result, replay, detail, gone=_is_gone(run)) for result in run.requirements
        ],
    }


def _timing(run: Run) -> dict[str, Any]:
    """Return the member `timing`, if anything was measured, with the slowest cases."""
    timing = run.timing.summary(run.started, run.duration_s)
    if not timing:
        return {}
    slowest = sorted(run.cases, key=lambda case: -case.duration_s)[:_SLOWEST]
    return {
        "timing": {
            **timing,
            "slowest": [
                {"case": case.case, "duration_s": case.duration_s, "requests": case.requests}
                for case in slowest
            ],
        }
    }


def left_behind(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return what no operation can delete as rows of the report: what, how many, why.

    Args:
        counts: How many there are of each kind.
    """
    return [
        {"what": what, "count": counts[what], "why": why}
        for what, why in STAYS.items()
        if counts.get(what)
    ]


def _leftovers(names: list[str]) -> list[str]:
    """Return the names of what is left, each cut: an id comes from the server."""
    return [excerpt(name, _NAME_CHARACTERS) for name in names]


def _reason(run: Run) -> str:
    faults = f"the kit itself failed in {len(run.faults)} case(s)" if run.faults else ""
    return run.untestable or run.incomplete or faults


def _requirement(
    result: RequirementResult, replay: str, detail: Detail, *, gone: bool
) -> dict[str, Any]:
    return {
        **described(result.requirement),
        "outcome": result.outcome.value,
        "reason": result.reason,
        "cause": result.cause and asdict(result.cause),
        "waiver": result.waiver and _waiver(result.waiver),
        "cases": [_case(case) for case in result.cases],
        "evidence": _evidence(result, replay, detail, gone=gone),
        **({"remedies": remedies(result.requirement)} if result.evidence else {}),
    }


def described(row: Requirement) -> dict[str, Any]:
    """Return the members of a requirement's row that do not depend on a run."""
    return {
        "id": row.id,
        "level": row.level.value,
        "title": row.title,
        "statement": row.statement,
        "operation": row.operation,
        "source": {"document": row.source.document, "section": row.source.section},
        "note": row.note,
        "needs": list(row.needs),
        **({"since": row.since} if row.since else {}),
        **({"newer": True} if row.is_newer else {}),
    }


@cache
def _guidance(profile: str) -> dict[str, Guidance]:
    return load_guidance(specs_folder() / profile / "guidance.toml")


def remedies(row: Requirement) -> list[dict[str, str]]:
    """Return the usual causes of a broken requirement, each with its fix."""
    found = _guidance(profile_of(row.id).name).get(row.id, Guidance())
    return [{"cause": cause, "fix": fix} for cause, fix in found.remedies]


def with_replay(proof: Evidence, replay: str) -> dict[str, Any]:
    """Return evidence as data, with the command that runs its case again.

    `replay` is the command that runs everything again; empty where there is not one.
    """
    shown = {**asdict(proof), "replay": replay and replay_line(replay, proof.case)}
    if proof.repeated is None:
        del shown["repeated"]
    if not proof.oracle:
        del shown["oracle"], shown["against"]
    if not proof.server_log:
        del shown["server_log"]
    return shown


def _is_gone(run: Run) -> bool:
    """Return whether the server ended with the run that started it."""
    return any(setting["origin"] in {"start", "reference"} for setting in run.settings)


def _evidence(
    result: RequirementResult, replay: str, detail: Detail, *, gone: bool
) -> list[dict[str, Any]]:
    """Return the evidence of a requirement; that of its own cases keeps the most detail.

    `gone` says that the server ended with the run, so that nothing can be sent to it again.
    """
    own = {case.case for case in result.cases}
    places = {id(proof): number for number, proof in enumerate(result.evidence)}
    chosen = sorted(result.evidence, key=lambda proof: proof.case not in own)
    shown = [(places[id(proof)], proof) for proof in chosen[: detail.proofs]]
    rows = reduced([with_replay(proof, replay) for _, proof in shown], detail)
    numbered = zip((number for number, _ in shown), rows, strict=True)
    found = [row for _, row in sorted(numbered, key=lambda one: one[0])]
    names = reproducer_names(result.requirement.id, found)
    for proof in found:
        del proof["requirement"]
        proof["reproducers"] = names
        proof["resend"] = not gone and is_resent(proof)
    return found


def reproducer_names(requirement: str, evidence: list[dict[str, Any]]) -> list[str]:
    """Return the names of the reproducers of a requirement, relative to the report folder."""
    names = []
    if not all(proof["aside"] for proof in evidence):
        names.append(f"{REPRODUCERS}/test_{requirement.lower().replace('-', '_')}.py")
    if any(map(decides, evidence)):
        names.append(f"{REPRODUCERS}/{requirement}.sh")
    return names


def _waiver(waiver: Waiver) -> dict[str, Any]:
    described = waiver.as_dict()
    return {name: described[name] for name in ("reason", "issue", "owner", "expires")}


def _case(case: CaseRecord) -> dict[str, Any]:
    return {
        "id": case.case,
        "outcome": case.outcome.value,
        "reason": case.reason,
        "duration_s": case.duration_s,
        "requests": case.requests,
        "fault": case.fault,
        **({"cause": asdict(case.cause)} if case.cause else {}),
        **({"repeated": asdict(case.repeated)} if case.repeated else {}),
    }


def replay_line(replay: str, case: str) -> str:
    """Return the command that runs one case again, or everything if no case was running."""
    if not case:
        return replay
    function = case.rsplit("::", 1)[-1].split("[", 1)[0]
    return f"{replay} -k {function}"
