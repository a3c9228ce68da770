"""Joins the reports of shards, or of earlier runs, into one run with one verdict."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import Outcome
from conformance.model.oracle_tally import OracleTally
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.model.run import Run, Verdict
from conformance.model.waiver import Waiver
from conformance.problem import ExitCode, UsageProblem
from conformance.reports.document import report_of
from conformance.reports.records import records_of
from conformance.reports.terminal.layout import print_pair
from conformance.reports.terminal.report import print_header
from conformance.runner.agreement import check_agreement, part_of, whole_selection
from conformance.runner.conclusion import concluded, prepared
from conformance.runner.request import RunRequest
from conformance.settings.layers import Origin, environment, resolved, traced
from conformance.settings.table import BY_NAME
from conformance.settings.target import secrets_of_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.model.evidence import CaseRecord
    from conformance.reports.report import Report, Row
    from conformance.reports.terminal.console import Console

#: Of two outcomes of one case, the first here counts: what was seen once is not unseen.
_ORDER = (
    Outcome.FAILED,
    Outcome.WARNED,
    Outcome.PASSED,
    Outcome.NOT_APPLICABLE,
    Outcome.NOT_VERIFIED,
    Outcome.INFORMATIVE,
)
_FAULTS = "the kit itself failed in "


def merge_reports(reports: Sequence[Report], flags: Mapping[str, Any], console: Console) -> int:
    """Join reports, write and print the one that this makes, and return its exit code.

    Args:
        reports: The reports.
        flags: The settings of the command line, by their names.
        console: Where to print.

    Raises:
        UsageProblem: The reports do not belong together, or the new one would replace one of them.
        KitFault: A file that was written showed a secret.
    """
    run = merged(reports)
    request = _request(reports, flags)
    place = Path(request.values["report_dir"]).resolve()
    if any(report.path and report.path.parent.resolve() == place for report in reports):
        raise UsageProblem(
            f"{request.values['report_dir']} holds one of the reports to merge:"
            " choose another --report-dir"
        )
    baseline = prepared(request)
    print_header(console, report_of(run, request.rerun))
    print_pair(console, "merged", f"{len(reports)} reports: {', '.join(map(part_of, reports))}")
    return concluded(request, run, Redactor(secrets_of_environment()), console, baseline)


def _request(reports: Sequence[Report], flags: Mapping[str, Any]) -> RunRequest:
    """Return the request whose run this is, with what was set to judge its end."""
    first = reports[0]
    rerun = first.rerun
    given = {
        Origin.FLAG: lambda setting: flags.get(setting.name),
        Origin.ENVIRONMENT: environment(),
    }
    judging = {name: traced(given)[name].value for name in flags}
    for name in ("require_verified", "strict_waivers"):
        judging[name] = judging[name] or any(_was_set(report, name) for report in reports)
    origins = {setting["name"]: Origin(setting["origin"]) for setting in first["settings"]}
    return RunRequest(
        first.profile,
        {**resolved(), **rerun.values, **judging},
        reference=rerun.reference,
        start=rerun.start,
        origins=origins,
        waivers=tuple(dict.fromkeys(waiver for report in reports for waiver in _waivers(report))),
    )


def _was_set(report: Report, name: str) -> bool:
    return any(one["name"] == name and one["value"] == "true" for one in report["settings"])


def _waivers(report: Report) -> Iterator[Waiver]:
    for row in report["waivers"]:
        try:
            yield Waiver.from_dict(row)
        except ValueError:
            raise UsageProblem(f"{report.path}: {row['expires']!r} is not a day") from None


def merged(reports: Sequence[Report]) -> Run:
    """Return one run with everything that the reports hold.

    Raises:
        UsageProblem: The reports do not belong together, or one is missing or there twice.
    """
    check_agreement(reports)
    records = [records_of(report) for report in reports]
    first = reports[0]
    untestable = [reason for report in reports if (reason := _why_untestable(report))]
    nothing = len(untestable) == len(reports)
    return Run(
        first.profile,
        Profile.load(first.profile).catalogue.pinned_to(first.get("as_of")),
        _joined(case for one in records for case in one.cases),
        target=_target(reports),
        strict=first["strict"],
        duration_s=max(report["duration_s"] for report in reports),
        incomplete="" if nothing else _why_incomplete(reports),
        untestable=untestable[0] if nothing else "",
        selection=whole_selection(reports),
        leftovers=[name for report in reports for name in report["leftovers"]],
        left_behind=_left_behind(reports),
        made=sum((Counter(report.get("made", {})) for report in reports), Counter()),
        dead_worker=next(filter(None, map(_dead_worker, reports)), ""),
        settings=_settings(first),
        build=first.get("build", ""),
        started=min(map(_started, reports)),
        effort=first["effort"],
        seed=first["seed"],
        oracles=_oracles(reports, [proof for one in records for proof in one.late]),
        merged=[_row(report) for report in reports],
    )


def _joined(cases: Iterable[CaseRecord]) -> list[CaseRecord]:
    """Return each case once; what any of the runs saw of it is kept."""
    found: dict[str, CaseRecord] = {}
    for case in cases:
        known = found.setdefault(case.case, case)
        if known is case:
            continue
        better = _ORDER.index(case.outcome) < _ORDER.index(known.outcome)
        kept, other = (case, known) if better else (known, case)
        kept.evidence += other.evidence
        kept.fault = kept.fault or other.fault
        kept.requests += other.requests
        kept.retries += other.retries
        kept.lifecycle = max(kept.lifecycle, other.lifecycle, key=len)
        kept.repeated = kept.repeated or other.repeated
        found[case.case] = kept
    return list(found.values())


def _target(reports: Sequence[Report]) -> dict[str, Any]:
    """Return the target; it has only the capabilities that it had in all runs."""
    target: dict[str, Any] = dict(reports[0]["target"])
    common = set.intersection(*(set(report.capabilities) for report in reports))
    target["capabilities"] = sorted(common)
    if any(report["target"].get("shared") for report in reports):
        target["shared"] = True
    return target


def _settings(report: Report) -> list[dict[str, str]]:
    """Return the settings, without those of the shard alone."""
    names = ("shard", "own_tokens", "report_dir", "verbose", "profile_time")
    empty = {name: BY_NAME[name].shown(BY_NAME[name].unset) for name in names}
    return [
        {**setting, "value": empty[setting["name"]], "origin": "default"}
        if setting["name"] in empty
        else setting
        for setting in report["settings"]
    ]


def _oracles(reports: Sequence[Report], late: list[Any]) -> OracleTally:
    tally = OracleTally(findings=late)
    for report in reports:
        tally.add({"counts": report.get("oracles", ())})
    return tally


def _left_behind(reports: Sequence[Report]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update({row["what"]: row["count"] for row in report.get("left_behind", ())})
    return counts


def _why_untestable(report: Report) -> str:
    """Return why nothing could be tested; empty where cases ran."""
    nothing = report.verdict == Verdict.UNTESTABLE and report["complete"]
    return report.reason if nothing else ""


def _why_incomplete(reports: Sequence[Report]) -> str:
    """Return which parts ended early or could not begin, each with its reason."""
    found = []
    for report in reports:
        reason = _why_untestable(report) or ("" if report["complete"] else report.reason)
        if reason and not reason.startswith(_FAULTS):
            found.append(f"{part_of(report)}: {reason}")
    return "; ".join(found)


def _dead_worker(report: Report) -> str:
    """Return that a process of the run died: then no case holds the fault of the kit."""
    decided = report.get("decision") or {}
    faults = any(case["fault"] for row in report.requirements for case in row["cases"])
    died = decided.get("exit_code") == ExitCode.KIT_FAULT and not faults
    return f"{part_of(report)}: {report.reason}" if died else ""


def _started(report: Report) -> float:
    try:
        return datetime.fromisoformat(report["started"]).timestamp()
    except ValueError:
        raise UsageProblem(f"{report.path} does not say when its run began") from None


def _row(report: Report) -> Row:
    names = ("started", "duration_s", "requests", "verdict", "selection")
    return {name: report[name] for name in names}
