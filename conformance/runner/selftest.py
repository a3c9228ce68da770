"""`conformance selftest`: the kit against every fault and variant of the reference servers.

A fault must fail the requirement that it names; a variant must pass. The kill matrix holds
the outcome of each trial.
"""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatch
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from conformance.problem import ExitCode, Problem, UsageProblem, did_you_mean
from conformance.reports.terminal.console import print_rows
from conformance.runner.collection import cases
from conformance.runner.processes import end_with_parent, interruptible_pool
from conformance.runner.progress import Quiet
from conformance.runner.request import RunRequest
from conformance.runner.run import examine
from conformance.servers.reference import FAULTS, VARIANTS
from conformance.settings import layers
from conformance.suite.marks import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.profile import Profile
    from conformance.model.run import RequirementResult, Run
    from conformance.reports.terminal.console import Console
    from conformance.servers.deviation import Deviation

#: The cases that only do what the documents tell a client to do.
HAPPY_PATHS = "lifecycle or takes_the_pair or walk or each_type or each_of or serves"
#: The expression that selects the cases of each part of the suite. Oracles need no case of
#: their own, so only what they find themselves on the happy paths counts.
_SELECTIONS = {
    "all": None,
    "rows": None,
    "cases": "not machine and not generated",
    "machine": "machine",
    "schemathesis": "generated",
    "oracles": HAPPY_PATHS,
}


@dataclass(frozen=True)
class Plan:
    """The trials, the part of the suite, the effort, and the file for the matrix.

    `by="rows"` tries each fault with the cases of its requirement, and with the whole suite only
    where they are silent: the same survivors for a fraction of the time. The quick effort omits
    the parts that search, so these use the standard effort.
    """

    only: tuple[str, ...] = ()
    sample: int | None = None
    by: str = "all"
    effort: str | None = None
    workers: int | None = None
    out: str | None = None

    def effort_for(self, deviation: Deviation) -> str:
        """Return the effort that the user chose, or the least that the part and a fault need."""
        return self.effort or ("standard" if self.by in PARTS else deviation.effort)


@dataclass
class Trial:
    """The kit against one fault, or against one variant, which has no expected requirement.

    `allowed` names the SHOULD requirements that a variant may break; `found_by` the parts of
    the suite that found the expected requirement broken; `first` the ids of the cases to run
    before the whole suite; `effort` is that of the run.
    """

    name: str
    expected: str
    allowed: tuple[str, ...] = ()
    failed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    verdict: str = ""
    problem: str = ""
    duration_s: float = 0.0
    found_by: list[str] = field(default_factory=list)
    first: tuple[str, ...] = ()
    effort: str = ""

    @property
    def findings(self) -> list[str]:
        """The requirements that did not hold."""
        return [*self.failed, *self.warned]

    @property
    def collateral(self) -> list[str]:
        """The requirements that did not hold beyond the expected one."""
        return [row for row in self.findings if row not in {self.expected, *self.allowed}]

    @property
    def outcome(self) -> str:
        """Return `killed`, `survived`, `passed`, `false alarm`, or `broken` if the kit failed."""
        if self.problem:
            return "broken"
        if self.expected:
            return "killed" if self.expected in self.findings else "survived"
        alarmed = self.failed or self.collateral or self.verdict == "untestable"
        return "false alarm" if alarmed else "passed"


def planned(profile: Profile, plan: Plan) -> list[Trial]:
    """Return the trials of a plan; raise `UsageProblem` if it selects none."""
    runs = [fault for fault in FAULTS[profile.name] if not fault.shown_by]
    faults = _chosen(
        [Trial(one.name, one.requirement, effort=plan.effort_for(one)) for one in runs], plan
    )
    variants = _chosen(
        [
            Trial(one.name, "", one.warns, effort=plan.effort_for(one))
            for one in VARIANTS[profile.name]
        ],
        plan,
    )
    if plan.by != "all":
        variants = []
    if plan.by == "rows":
        _set_first_cases(profile, faults)
    if not faults and not variants:
        _refuse_others(profile, plan)
        names = [each.name for found in (FAULTS, VARIANTS) for each in found[profile.name]]
        hints = filter(None, (did_you_mean(glob, names) for glob in plan.only))
        raise UsageProblem(
            f"--only selects nothing: `conformance list faults {profile.name}` shows the names"
            f"{next(hints, '')}"
        )
    return [*faults, *variants]


def _set_first_cases(profile: Profile, faults: list[Trial]) -> None:
    """Let each fault meet the cases of its own requirement first."""
    of_row: dict[str, list[str]] = {}
    for requirement, case in cases(profile):
        of_row.setdefault(requirement, []).append(case)
    for fault in faults:
        fault.first = tuple(of_row.get(fault.expected, ()))


def left_out(profile: str, plan: Plan) -> list[Deviation]:
    """Return the chosen faults that no run of the suite can show."""
    return [
        fault
        for fault in FAULTS[profile]
        if fault.shown_by and (not plan.only or any(fnmatch(fault.name, one) for one in plan.only))
    ]


def _refuse_others(profile: Profile, plan: Plan) -> None:
    """Raise `UsageProblem` if a plan names only faults that no run of the suite can show."""
    others = left_out(profile.name, plan) if plan.only else []
    if others:
        raise UsageProblem(
            f"only `conformance {others[0].shown_by}` shows {others[0].name}: no run of the suite"
            " can"
        )


def _chosen(trials: list[Trial], plan: Plan) -> list[Trial]:
    if plan.only:
        trials = [trial for trial in trials if any(fnmatch(trial.name, glob) for glob in plan.only)]
    if plan.sample and plan.sample < len(trials):
        step = len(trials) / plan.sample
        trials = [trials[int(number * step)] for number in range(plan.sample)]
    return trials


def run(profile: Profile, plan: Plan, console: Console) -> ExitCode:
    """Run the trials, print the matrix, and return the exit code of `conformance selftest`."""
    started = time.monotonic()
    _check_writable(plan.out)
    trials = list(_finished(profile.name, planned(profile, plan), plan, console))
    trials.sort(key=lambda trial: (not trial.expected, trial.expected, trial.name))
    _print_matrix(trials, console)
    for fault in left_out(profile.name, plan) if plan.by == "all" and not plan.sample else ():
        console.print(f"not tried: {fault.name}, which only `conformance {fault.shown_by}` shows")
    _print_figures(profile.name, trials, time.monotonic() - started, console)
    if plan.out:
        Path(plan.out).write_text(json.dumps([*map(_row, trials)], indent=2) + "\n", "utf-8")
    wrong = {"survived", "false alarm", "broken"}
    failed = plan.by in {"all", "rows"} and any(trial.outcome in wrong for trial in trials)
    return ExitCode.FAILED if failed else ExitCode.OK


def _row(trial: Trial) -> dict[str, Any]:
    """Return a trial as the matrix shows it."""
    row = {**asdict(trial), "outcome": trial.outcome}
    del row["first"]
    return row


def _check_writable(out: str | None) -> None:
    """Raise `UsageProblem` before the trials if the matrix cannot be written."""
    try:
        if out:
            Path(out).touch()
    except OSError as error:
        raise UsageProblem(f"--out {out} cannot be written: {error.strerror}") from None


def _finished(profile: str, trials: list[Trial], plan: Plan, console: Console) -> Iterator[Trial]:
    workers = plan.workers or os.cpu_count() or 1
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.live,
    )
    new = get_context("spawn")
    with (
        bar,
        ProcessPoolExecutor(workers, mp_context=new, initializer=end_with_parent) as pool,
        interruptible_pool(pool),
    ):
        task = bar.add_task("trials", total=len(trials))
        futures = [pool.submit(run_trial, profile, trial, _SELECTIONS[plan.by]) for trial in trials]
        for future in as_completed(futures):
            trial = future.result()
            bar.update(task, advance=1, description=trial.name)
            if not console.live:
                console.print(f"{trial.outcome}: {trial.name} ({trial.duration_s:.0f} s)")
            yield trial


def run_trial(profile: str, trial: Trial, expression: str | None) -> Trial:
    """Run the suite against the reference server with the trial's fault or variant."""
    started = time.monotonic()
    values = {**layers.unbounded(layers.resolved()), "effort": trial.effort}
    request = RunRequest(
        profile, values, reference=True, deviations=(trial.name,), expression=expression
    )
    if trial.first:
        _try(trial, replace(request, cases=trial.first))
    if not trial.first or trial.outcome != "killed":
        _try(trial, request)
    trial.duration_s = round(time.monotonic() - started, 1)
    return trial


def _try(trial: Trial, request: RunRequest) -> None:
    """Run the suite and note in the trial what it found."""
    try:
        found, _ = examine(request, Quiet())
    except Problem as problem:
        trial.problem = str(problem)
        return
    only_oracles = request.expression == HAPPY_PATHS
    trial.failed = _ids(found.failed, only_oracles=only_oracles)
    trial.warned = _ids(found.warned, only_oracles=only_oracles)
    trial.verdict = found.verdict.value
    trial.found_by = _parts_that_found(found, trial.expected)
    trial.problem = "".join(case.fault for case in found.faults[:1])


def _ids(results: list[RequirementResult], *, only_oracles: bool) -> list[str]:
    """Return the ids of requirements that do not hold, or only of those that an oracle saw."""
    return [
        result.requirement.id
        for result in results
        if not only_oracles or any(proof.oracle for proof in result.evidence)
    ]


def _parts_that_found(run: Run, requirement: str) -> list[str]:
    """Return the parts that found a requirement broken; the oracles are a part of their own."""
    proofs = [(case.part, proof) for case in run.cases for proof in case.evidence]
    proofs += [("oracles", proof) for proof in run.oracles.findings]
    found = {
        "oracles" if proof.oracle else part
        for part, proof in proofs
        if proof.requirement == requirement
    }
    return sorted(found)


_STYLES = {"killed": "green", "passed": "green"}


def _print_matrix(trials: list[Trial], console: Console) -> None:
    names = ("fault or variant", "expected", "outcome", "s", "beyond it")
    rows = [tuple(Text(name, style="bold") for name in names)]
    for trial in trials:
        outcome = Text(trial.outcome, style=_STYLES.get(trial.outcome, "bold red"))
        beyond = ", ".join(trial.collateral) or trial.problem.strip().rpartition("\n")[2]
        seconds = f"{trial.duration_s:.0f}"
        rows.append(
            (*map(Text, (trial.name, trial.expected)), outcome, *map(Text, (seconds, beyond)))
        )
    print_rows(console, rows)


def _print_figures(profile: str, trials: list[Trial], seconds: float, console: Console) -> None:
    faults = [trial for trial in trials if trial.expected]
    variants = [trial for trial in trials if not trial.expected]
    console.print(f"\n{profile}: {len(trials)} trials in {seconds:.0f} s")
    if faults:
        _print_faults(faults, console)
    if variants:
        _print_count("variants", "passed", variants, console)


def _print_faults(faults: list[Trial], console: Console) -> None:
    _print_count("faults", "killed", faults, console)
    beyond = [len(trial.collateral) for trial in faults]
    console.print(
        f"  beyond the expected requirement fail {median(beyond):g} in the median,"
        f" {max(beyond)} at most"
    )
    for part in ("cases", *PARTS, "oracles"):
        count = sum(part in trial.found_by for trial in faults)
        console.print(f"  {part} alone would have killed {count}")


def _print_count(noun: str, wanted: str, trials: list[Trial], console: Console) -> None:
    """Print how many trials had the wanted outcome, and name the others."""
    others = [f"{trial.name} ({trial.outcome})" for trial in trials if trial.outcome != wanted]
    exceptions = f": not {', '.join(others)}" if others else ""
    console.print(f"  {noun}: {len(trials) - len(others)} of {len(trials)} {wanted}{exceptions}")
