"""`conformance run`: bring the target up, conduct the suite, write and print what it found."""

from __future__ import annotations

import os
import shlex
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import launch, settings, waiver
from conformance.bucket import Bucket
from conformance.comparison import Comparison, read_baseline
from conformance.conductor import cases, conduct, untestable
from conformance.earlier import EarlierReport
from conformance.exchange import Redactor
from conformance.preflight import why_untestable
from conformance.problem import UsageProblem
from conformance.profile import Profile, profile_names
from conformance.progress import shown_on
from conformance.reports import document, folder, github, terminal
from conformance.reports.formats import FILES
from conformance.reports.report import Report
from conformance.reproducers import writing
from conformance.settings import Origin
from conformance.verdict import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.console import Console
    from conformance.progress import Progress
    from conformance.settings import Given, Setting
    from conformance.target import Target

_INTERRUPTED = 130


@dataclass(frozen=True)
class Order:
    """What the user asked for: the profile, the settings, and where the target comes from.

    `bends` names faults and variants of the reference server (`conformance selftest`),
    `cases` the only cases to run, by the ids of a report (`conformance replay`);
    `origins` says who gave each of the values.
    """

    profile: str
    values: dict[str, Any]
    reference: bool = False
    bends: tuple[str, ...] = ()
    start: str | None = None
    expression: str | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)
    waivers: tuple[waiver.Waiver, ...] = ()
    cases: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, profile: str, given: Mapping[str, Given], waivers: tuple[waiver.Waiver, ...] = ()
    ) -> Order:
        """Build the order that the settings give; `UsageProblem` for an unknown profile.

        So is more than one target: those of several layers are settled before.
        """
        Profile.load(profile)
        values = {name: one.value for name, one in given.items()}
        if sum(bool(values[name]) for name in ("base_url", "reference", "start")) > 1:
            raise UsageProblem("pass only one of --base-url, --reference and --start")
        return cls(
            profile,
            values,
            reference=values["reference"],
            start=values["start"],
            expression=values["k"],
            origins={name: one.origin for name, one in given.items()},
            waivers=waivers,
        )


def run_order(order: Order, console: Console) -> int:
    """Carry out the order and return the exit code; raises `Problem` with one clear line."""
    # Read before anything is sent or written: it may be the very report that is replaced.
    baseline = order.values["baseline"] and read_baseline(
        Path(order.values["baseline"]), order.profile
    )
    place = emptied(Path(order.values["report_dir"]))
    with shown_on(console) as progress:
        run, target = examine(order, progress)
    _apply_waivers(order, run)
    report = write_reports(run, place, command_again(order), Redactor(target.secrets))
    with _no_commands(console):
        terminal.print_report(console, report.document, every=order.values["verbose"])
        if baseline:
            Comparison.of(baseline, report).print(console)
    terminal.print_paths(console, [place / name for name in FILES])
    _tell_github(Report(report.document), console)
    if run.incomplete:
        return _INTERRUPTED
    return run.exit_code(
        require_verified=order.values["require_verified"],
        strict_waivers=order.values["strict_waivers"],
        known=baseline.broken if baseline else None,
    )


def emptied(place: Path) -> Path:
    """Make a report folder ready: what it holds of an earlier report is removed, no other file."""
    folder.cleared(place)
    writing.clear(place)
    return place


def write_reports(run: Run, place: Path, replay: str, redactor: Redactor) -> EarlierReport:
    """Write a report of every format, and what shows its failures again, into an emptied folder."""
    report = Report(document.document(run, replay))
    blank = replace(run, cases=[], leftovers=[], waivers=[], incomplete="", untestable="")
    without_cases = Report(document.document(blank, replay))
    folder.publish(report, place, redactor, blank=without_cases)
    written = EarlierReport(place / document.FILE, report.data)
    writing.write(written, place, redactor, ordinary=document.render(without_cases))
    return written


def _apply_waivers(order: Order, run: Run) -> None:
    known = {row.id for name in profile_names() for row in Profile.load(name).catalogue}

    def left_out() -> set[str]:
        ran = {case.case for case in run.cases}
        return {row for row, case in cases(Profile.load(order.profile)) if case not in ran}

    waiver.apply(order.waivers, run, known=known, left_out=left_out)


def examine(order: Order, progress: Progress) -> tuple[Run, Target]:
    """Bring the target up, conduct the suite, and return what it found and where."""
    profile = Profile.load(order.profile)
    with ExitStack() as stack:
        values, origins = with_target_up(order, stack)
        target = settings.target(profile.name, values)
        shown = _shown(values, origins, target)
        described = target.described()
        progress.ready(Run(profile.name, profile.catalogue, [], target=described, settings=shown))
        if target.s3_bucket:
            Bucket(target).check()
        reason = why_untestable(profile, target)
        if reason is not None:
            run = untestable(profile, target, values, reason)
        else:
            run = conduct(profile, target, values, progress, order.expression, only=order.cases)
        run.settings = shown
        return run, target


def _shown(
    values: Mapping[str, Any], origins: Mapping[str, Origin], target: Target
) -> list[dict[str, str]]:
    redactor = Redactor(target.secrets)
    return [
        {**setting, "value": redactor.text(setting["value"])}
        for setting in settings.described(values, origins)
    ]


def with_target_up(order: Order, stack: ExitStack) -> tuple[dict[str, Any], Mapping[str, Origin]]:
    """Start what the order asks for, until the stack closes.

    Returns the settings with what came of it in them, and their origins.
    """
    if order.start:
        given: dict[str, Any] = {"base_url": stack.enter_context(launch.started(order.start))}
        return _overlaid(order, given, Origin.START)
    if not order.reference:
        return order.values, order.origins
    announced = stack.enter_context(launch.reference(order.profile, order.bends))
    stack.enter_context(_credentials(announced))
    same = ("base_url", "short_lived_url", "token", "other_token", "s3_endpoint")
    claimed = Profile.load(order.profile).module("api").OPTIONAL_PARTS
    given = {
        **{name: announced[name] for name in same},
        "s3_bucket": announced["bucket"],
        "capability": (*order.values["capability"], *claimed),
    }
    return _overlaid(order, given, Origin.REFERENCE)


def _overlaid(
    order: Order, given: dict[str, Any], origin: Origin
) -> tuple[dict[str, Any], Mapping[str, Origin]]:
    return {**order.values, **given}, {**order.origins, **dict.fromkeys(given, origin)}


class _credentials:  # noqa: N801 - used as a context manager
    """The store's key pair in the AWS variables, for as long as the reference runs."""

    def __init__(self, announced: dict[str, Any]) -> None:
        self._variables = {
            "AWS_ACCESS_KEY_ID": announced["s3_access_key"],
            "AWS_SECRET_ACCESS_KEY": announced["s3_secret_key"],
        }

    def __enter__(self) -> None:
        self._before = dict(os.environ)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        os.environ.update(self._variables)

    def __exit__(self, *_: object) -> None:
        os.environ.clear()
        os.environ.update(self._before)


def _no_commands(console: Console) -> AbstractContextManager[None]:
    """Keep a server's text from steering the workflow of GitHub that shows it."""
    return github.commands_stopped(console.out) if _in_github() else nullcontext()


def _in_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _tell_github(report: Report, console: Console) -> None:
    """Tell GitHub Actions, where the run is a step of a workflow of it."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        warning = github.append_summary(report, Path(summary))
        if warning:
            console.print(warning, style="yellow", soft_wrap=True, markup=False)
    if _in_github():
        console.out(github.render(report), end="", highlight=False)


def command_again(order: Order) -> str:
    """Return the command that asks for the same, without secrets and without what only I want."""
    values = {**order.values, "base_url": order.values["base_url"] or ""}
    if order.reference or order.start:
        values["base_url"] = None
    values |= {"reference": order.reference, "start": order.start}
    words = ["conformance", "run", order.profile]
    for setting in settings.SETTINGS:
        value = values[setting.name]
        if setting.name == "seed" or (value != setting.unset and _repeats(setting, order)):
            words += _words(setting, value)
    return " ".join(words)


def _repeats(setting: Setting, order: Order) -> bool:
    """Say whether a setting belongs into the command; the file does where a token is from it."""
    if setting.name in {"config", "target"}:
        return any(order.origins.get(name) is Origin.FILE for name in ("token", "other_token"))
    return not setting.secret and (setting.pytest or setting.name in {"reference", "start"})


def _words(setting: Setting, value: Any) -> list[str]:
    if setting.kind is bool:
        return [setting.flag]
    values = value if setting.multiple else (setting.shown(value),)
    return [word for one in values for word in (setting.flag, shlex.quote(one))]
