"""The Python face: `conformance.validate`, `conformance.requirements`, `conformance.render`.

A validation runs in a process of its own. The suite is a pytest session with threads, signal
handlers and plugins, and the caller may be a test of pytest, unittest or Django, or a notebook with
an event loop. Nothing of the one may reach the other, so they share only the network.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.problem import UsageProblem
from conformance.reports.formats import FORMATS
from conformance.reports.report import Report
from conformance.runner.own_process import OwnProcess
from conformance.settings.table import EFFORTS
from conformance.settings.target import values_from
from conformance.target import Target

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from conformance.model.requirement import Requirement

#: The file in which the child says what came of it.
OUTCOME = "outcome.json"


def validate(
    target: Target,
    *,
    effort: Literal["quick", "standard", "thorough"] = "standard",
    select: str | None = None,
    strict: bool = False,
    seed: int = 0,
    workers: int = 1,
    report_dir: str | os.PathLike[str] | None = None,
    output: IO[str] | None = None,
) -> Report:
    """Run the suite against a target, and return its report.

    It runs in a process of its own, and waits for it. Only the arguments and the `AWS_*`
    variables count: no `CONFORMANCE_*` variable, no settings file, and no pytest configuration.
    A server that breaks the contract is not an error: `report.verdict` says so.

    Args:
        target: The server. It may run in this process (`serving`, `serving_wsgi`).
        effort: How much is tried.
        select: Only the cases that match, as with pytest's `-k`.
        strict: Whether a broken SHOULD fails.
        seed: The seed of every random choice.
        workers: How many processes run the cases.
        report_dir: A folder for the reports in every format; without one, no file stays.
        output: Where to print the progress and the report, such as `sys.stdout`. Without it,
            nothing is printed.

    Returns:
        The report, as `report.json` holds it. If the target cannot be tested at all, its verdict
        is `untestable`.

    Raises:
        UsageProblem: An argument does not fit, or nothing was selected.
        TargetProblem: The target stopped the session, for example its bucket cannot be read.
        KitFault: The kit itself failed, or it found a secret in what it wrote.
        KeyboardInterrupt: It was interrupted; everything that it created was removed.
    """
    _check_arguments(target, effort)
    Profile.load(target.profile)
    given = {"effort": effort, "k": select, "strict": strict, "seed": seed, "workers": workers}
    with tempfile.TemporaryDirectory(prefix="conformance-validate-") as private:
        folder = Path(private, "report") if report_dir is None else Path(report_dir)
        values = {**values_from(target), **given, "report_dir": str(folder), "yes": True}
        request = {"profile": target.profile, "values": values, "shown": output is not None}
        _run(request, Path(private), output, target)
        report = Report.read(folder)
    return Report(report.data) if report_dir is None else report


def requirements(profile: str) -> tuple[Requirement, ...]:
    """Return the requirements of a profile, in the order of its catalogue.

    Args:
        profile: `feedhive` or `hayon`.

    Raises:
        UsageProblem: There is no such profile.
    """
    return tuple(Profile.load(profile).catalogue)


def render(report: Report, form: str = "markdown") -> str:
    """Return a report as text.

    Args:
        report: The report.
        form: `markdown`, or another format that `conformance report` has.

    Raises:
        UsageProblem: There is no such format.
    """
    if form not in FORMATS:
        raise UsageProblem(f"{form!r} is not one of the formats {', '.join(FORMATS)}")
    return FORMATS[form].text(report)


def _check_arguments(target: object, effort: str) -> None:
    if not isinstance(target, Target):
        kind = type(target).__name__
        raise UsageProblem(f"validate needs a conformance.Target, and got {kind}")
    if target.shared:
        raise UsageProblem("validate runs all cases: only a shard of `conformance run` is shared")
    if effort not in EFFORTS:
        raise UsageProblem(f"effort must be one of {', '.join(EFFORTS)}, and is {effort!r}")


def _run(request: Mapping[str, Any], private: Path, output: IO[str] | None, target: Target) -> None:
    """Run a child until its end; raise what it says that prevents a report."""
    child = OwnProcess(request, private / OUTCOME)
    try:
        child.follow(output)
    finally:
        child.end(target.limits.clean_up)
    child.outcome(Redactor(target.secrets))
