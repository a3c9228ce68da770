"""The Python face: `conformance.validate`, `conformance.requirements`, `conformance.render`.

A validation runs in a process of its own. The suite is a pytest session with threads, signal
handlers and plugins, and the caller may be a test of pytest, unittest or Django, or a notebook with
an event loop. Nothing of the one may reach the other, so they share only the network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import conformance.problem
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.problem import KitFault, Problem, UsageProblem
from conformance.reports.formats import FORMATS
from conformance.reports.report import Report
from conformance.settings.table import EFFORTS
from conformance.settings.target import values_from
from conformance.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model.requirement import Requirement

#: The file in which the child says what came of it.
OUTCOME = "outcome.json"
# Seconds that a child has beyond its clean-up after an interruption.
_END_S = 30.0
# The lines of a child that a fault shows.
_LAST_LINES = 40
# Variables that would change what the child does or prints.
_FOREIGN = ("CONFORMANCE_", "PYTEST_", "GITHUB_")
_FOREIGN_NAMES = frozenset({"PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONSTARTUP"})
# The package is found where it was found here, and behind everything else. No file of the current
# folder can take the place of a module.
_START = (
    "import sys; sys.path.append(sys.argv.pop()); from conformance.runner.child import main; main()"
)


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
    if effort not in EFFORTS:
        raise UsageProblem(f"effort must be one of {', '.join(EFFORTS)}, and is {effort!r}")


def _run(request: Mapping[str, Any], private: Path, output: IO[str] | None, target: Target) -> None:
    """Run a child until its end; raise what it says that prevents a report."""
    if not sys.executable:
        raise UsageProblem("this Python does not know its own program (sys.executable is empty)")
    home = str(Path(conformance.problem.__file__).parents[1])
    command = [sys.executable, "-P", "-c", _START, str(private / OUTCOME), home]
    child = subprocess.Popen(  # noqa: S603 - our own program
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
        start_new_session=True,  # the signals of this process are its own
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    try:
        lines = _followed(child, request, output)
        child.wait()
    finally:
        _ended(child, target.limits.clean_up + _END_S)
    _check(private / OUTCOME, lines, Redactor(target.secrets))


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and name not in _FOREIGN_NAMES
    }


def _followed(
    child: subprocess.Popen[str], request: Mapping[str, Any], output: IO[str] | None
) -> list[str]:
    """Send the request, show what the child prints, and return its last lines.

    The input stays open: the child ends when it closes, even where this process is killed.
    """
    last: deque[str] = deque(maxlen=_LAST_LINES)
    if child.stdin is not None and child.stdout is not None:
        with suppress(BrokenPipeError):  # it died at once, and its last words say why
            child.stdin.write(f"{json.dumps(request)}\n")
            child.stdin.flush()
        for line in child.stdout:
            last.append(line)
            if output is not None:
                output.write(line)
                output.flush()
    return list(last)


def _ended(child: subprocess.Popen[str], bound: float) -> None:
    """End a child that still runs: it removes what it created, as long as that does not last."""
    try:
        if child.stdin is not None:
            with suppress(BrokenPipeError):
                child.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            child.wait(bound)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()


def _check(place: Path, lines: list[str], redactor: Redactor) -> None:
    """Raise the problem that a child ended with."""
    try:
        outcome = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        said = redactor.text("".join(lines)).strip()
        raise KitFault(f"the process of the validation died: {said or 'it said nothing'}") from None
    if outcome["interrupted"]:
        raise KeyboardInterrupt
    kinds = {kind.__name__: kind for kind in (*Problem.__subclasses__(), Problem)}
    if outcome["problem"]:
        raise kinds.get(outcome["problem"], KitFault)(outcome["text"])
