"""`conformance run`: bring the target up, conduct the suite, write and print what it found."""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from conformance import launch, settings
from conformance.client import Client, Transcript
from conformance.conductor import Progress, conduct, untestable
from conformance.exchange import Redactor
from conformance.problem import TargetProblem, UsageProblem
from conformance.profile import Profile
from conformance.reports import document, junit, terminal
from conformance.storage import Bucket

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.target import Target
    from conformance.verdict import CaseRecord, Run

_INTERRUPTED = 130
_REFUSED_CREDENTIALS = frozenset({401, 403})
_REPORTS = ("report.json", "junit.xml")


@dataclass(frozen=True)
class Order:
    """What the user asked for: the profile, the settings, and where the target comes from.

    `bends` names faults and variants of the reference server (`conformance selftest`).
    """

    profile: str
    values: dict[str, Any]
    reference: bool = False
    bends: tuple[str, ...] = ()
    start: str | None = None
    expression: str | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown profile, and more than one target (`UsageProblem`)."""
        Profile.load(self.profile)
        if sum((self.reference, bool(self.start), bool(self.values["base_url"]))) > 1:
            raise UsageProblem("pass only one of --base-url, --reference and --start")


def run_order(order: Order, console: Console) -> int:
    """Carry out the order and return the exit code; raises `Problem` with one clear line."""
    folder = _report_folder(Path(order.values["report_dir"]))
    with _ProgressBar(console) as progress:
        run, target = examine(order, progress)
    replay = _replay(order)
    document.write(run, folder / "report.json", replay)
    junit.write(run, folder / "junit.xml", replay)
    _check_for_leaks(folder, Redactor(target.secrets))
    terminal.print_run(console, run, replay)
    console.print(f"report: {folder / 'report.json'}", soft_wrap=True)
    if run.incomplete:
        return _INTERRUPTED
    return run.exit_code(require_verified=order.values["require_verified"])


def examine(order: Order, progress: Progress) -> tuple[Run, Target]:
    """Bring the target up, conduct the suite, and return what it found and where."""
    profile = Profile.load(order.profile)
    with ExitStack() as stack:
        values = with_target_up(order, stack)
        target = settings.target(profile.name, values)
        if target.s3_bucket:
            Bucket(target).check()
        reason = _why_untestable(profile, target)
        if reason is not None:
            return untestable(profile, target, reason), target
        return conduct(profile, target, values, progress, order.expression), target


def with_target_up(order: Order, stack: ExitStack) -> dict[str, Any]:
    """Start what the order asks for, until the stack closes; return the settings with it in."""
    if order.start:
        return {**order.values, "base_url": stack.enter_context(launch.started(order.start))}
    if not order.reference:
        return order.values
    announced = stack.enter_context(launch.reference(order.profile, order.bends))
    stack.enter_context(_credentials(announced))
    given = {
        "base_url": announced["base_url"],
        "short_lived_url": announced["short_lived_url"],
        "token": announced["token"],
        "other_token": announced["other_token"],
        "s3_endpoint": announced["s3_endpoint"],
        "s3_bucket": announced["bucket"],
    }
    claimed = Profile.load(order.profile).module("api").OPTIONAL_PARTS
    return {**order.values, **given, "capability": (*order.values["capability"], *claimed)}


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


def _why_untestable(profile: Profile, target: Target) -> str | None:
    """Knock once: return why nothing can be tested here, or None."""
    for url in filter(None, (target.base_url, target.short_lived_url)):
        reason = launch.reachable(url, target.limits.connect)
        if reason is not None:
            return f"{url} cannot be reached: {reason}"
    client = Client(target, Transcript("preflight"))
    try:
        answers = profile.module("api").knock(client)
    finally:
        client.close()
    if all(answer.response is None for answer in answers):
        return f"{target.base_url} does not answer: {answers[0].error}"
    if all(answer.status in _REFUSED_CREDENTIALS for answer in answers):
        return f"{target.base_url} refuses the token ({answers[0].status}): check CONFORMANCE_TOKEN"
    return None


def _report_folder(folder: Path) -> Path:
    """Make the folder ready: a report that it already holds is replaced as a whole."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _REPORTS:
            (folder / name).unlink(missing_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageProblem(
            f"the report folder {folder} cannot be written ({error.strerror});"
            " choose another with --report-dir"
        ) from None
    return folder


def _check_for_leaks(folder: Path, redactor: Redactor) -> None:
    """Look for our own secrets in everything written, and rather write nothing than leak."""
    for path in (folder / name for name in _REPORTS):
        if redactor.finds(path.read_text(encoding="utf-8")):
            path.unlink()
            raise TargetProblem(f"{path.name} would have held a secret and was removed")


def _replay(order: Order) -> str:
    words = ["conformance", "run", order.profile]
    if order.reference:
        words.append("--reference")
    elif order.start:
        words += ["--start", shlex.quote(order.start)]
    else:
        words += ["--base-url", order.values["base_url"] or ""]
    for name in ("s3_endpoint", "s3_bucket", "short_lived_url"):
        if order.values[name]:
            words += [settings.BY_NAME[name].flag, order.values[name]]
    return " ".join([*words, "--seed", str(order.values["seed"])])


class _ProgressBar:
    """A bar on a terminal, nothing elsewhere: a log wants lines, not movement."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bar = Bar(*columns, TimeRemainingColumn(), console=console, transient=True)
        self._shown = console.is_terminal
        self._width = max(shutil.get_terminal_size().columns - 50, 10)
        self._task = self._bar.add_task("collecting", total=None)

    def __enter__(self) -> Self:
        if self._shown:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._bar.stop()

    def begin(self, total: int) -> None:
        self._bar.update(self._task, total=total)

    def case(self, record: CaseRecord) -> None:
        name = record.case.rsplit("::", 1)[-1][: self._width]
        self._bar.update(self._task, advance=1, description=name)
