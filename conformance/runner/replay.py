"""Runs the failed cases of a report again: which requirements are fixed, which still fail?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.model.profile import Profile
from conformance.model.run import INTERRUPTED
from conformance.problem import TargetProblem, UsageProblem, did_you_mean
from conformance.reports.report import is_broken
from conformance.runner.collection import cases
from conformance.runner.replay_results import cases_of, compared, undecided
from conformance.runner.request import RunRequest
from conformance.runner.run import examine
from conformance.settings.file import configuration_file
from conformance.settings.layers import environment, resolved
from conformance.settings.table import BY_NAME, UNSET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from conformance.model.run import Run
    from conformance.reports.report import Report
    from conformance.runner.progress import Progress
    from conformance.runner.replay_results import ReplayResult
    from conformance.settings.layers import Layer
    from conformance.settings.rerun import Rerun


#: A report is data: it must not decide that nothing is encrypted, or who is in between.
_NEVER_FROM_A_REPORT = ("insecure", "proxy")


def request_for(
    report: Report, requirements: Sequence[str], options: Mapping[str, Any]
) -> RunRequest:
    """Return the request that runs the failed cases again.

    The options win over the report, then come the environment and the settings file.
    Raises `UsageProblem` if the report's server was started by a command: a report is data,
    and the kit never runs a command from it unless the user passes the command too.
    """
    rerun = report.rerun
    base_url, start = options["base_url"], options["start"]
    if base_url and start:
        raise UsageProblem("pass only one of --base-url and --start")
    if rerun.start and not base_url and not start:
        raise UsageProblem(
            f"the report's server was started by a command: pass --start {rerun.start!r} again,"
            " or --base-url"
        )
    file = configuration_file(options["config"], options["target"])
    own: tuple[Layer, ...] = (lambda setting: options.get(setting.name), environment(), file)
    values = resolved(own[0], rerun.layer, *own[1:]) | _on_our_word(rerun, own)
    reference = rerun.reference and not base_url and not start
    known = {case for _, case in cases(Profile.load(report.profile))}
    only = tuple(failing_cases(report, requirements, known))
    return RunRequest(report.profile, values, reference=reference, start=start, cases=only)


def _on_our_word(rerun: Rerun, own: Iterable[Layer]) -> dict[str, Any]:
    """Return the settings that decide who may read the token: they never come from a report.

    Raises `UsageProblem` if the run had one of them, and the user does not give it again.
    """
    found = {}
    for name in _NEVER_FROM_A_REPORT:
        setting = BY_NAME[name]
        given = (layer(setting) for layer in own)
        found[name] = next((one for one in given if one not in UNSET), setting.unset)
        before = rerun.values.get(name)
        if before and not found[name]:
            again = f"{setting.flag} {before}" if isinstance(before, str) else setting.flag
            raise UsageProblem(f"the report's run had {again}: pass it again")
    return found


def chosen(report: Report, names: Sequence[str]) -> list[str]:
    """Return the requirements to replay: the named ones, or all that failed or warned.

    Raises `UsageProblem` for a name that the report does not have, or that did not fail.
    """
    rows = report.rows
    for name in names:
        if name not in rows:
            hint = did_you_mean(name, rows)
            raise UsageProblem(f"no requirement {name!r} in {report.path}{hint}")
        if not is_broken(rows[name]):
            raise UsageProblem(
                f"{name} is {rows[name]['outcome']} in {report.path}: there is nothing to replay"
            )
    return list(dict.fromkeys(names)) or [name for name in rows if name in report.broken]


def failing_cases(report: Report, requirements: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the ids of the cases that showed the requirements broken.

    Raises `UsageProblem` if this kit lacks one of them: another version wrote the report.
    """
    found = [case for name in requirements for case in cases_of(report.rows[name])]
    strange = [case for case in found if case not in known]
    if strange:
        version = report.get("kit_version", "another version")
        raise UsageProblem(
            f"this kit has no case {strange[0]!r}: kit {version} wrote the report,"
            " so run the whole suite again"
        )
    if not found:
        raise UsageProblem(f"{report.path} names no case for {', '.join(requirements)}")
    return list(dict.fromkeys(found))


def replayed(
    report: Report, requirements: Sequence[str], request: RunRequest, progress: Progress
) -> tuple[list[ReplayResult], Run]:
    """Run the failed cases again, and the whole suite where only that can decide.

    Args:
        report: The earlier report.
        requirements: The ids of the requirements to replay.
        request: The run of their failed cases.
        progress: Receives the progress, and asks before anything is written to a public host.

    Returns:
        What became of each requirement, and the last run.

    Raises:
        TargetProblem: The target could not be tested.
    """
    progress.note("replay", f"{_counted(request.cases)}, {lasts(report, request.cases)}")
    run = _examined(request, progress)
    results = compared(report, requirements, run)
    among = undecided(results)
    if not among:
        return results, run
    why = f"{', '.join(among)} failed only beside other cases: now the whole suite runs"
    progress.note("replay", f"{why}, about {report['duration_s']:.0f} s")
    run = _examined(replace(request, cases=()), progress)
    return compared(report, requirements, run, whole=True), run


def lasts(report: Report, cases: Collection[str]) -> str:
    """Return in words how long cases took in the earlier run, one after the other."""
    took = {
        case["id"]: case.get("duration_s", 0.0)
        for row in report.requirements
        for case in row.get("cases", ())
    }
    seconds = sum(took.get(case, 0.0) for case in cases)
    return f"at most about {max(seconds, 1):.0f} s"


def _counted(cases: Collection[str]) -> str:
    return "1 case" if len(cases) == 1 else f"{len(cases)} cases"


def _examined(request: RunRequest, progress: Progress) -> Run:
    run, _ = examine(request, progress, asks=True)
    if run.untestable:
        raise TargetProblem(run.untestable)
    if run.incomplete == INTERRUPTED:
        raise KeyboardInterrupt
    if run.incomplete:
        raise TargetProblem(f"the replay ended early: {run.incomplete}")
    return run
