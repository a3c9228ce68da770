"""The progress of a run: a bar on a terminal, some lines in a log."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol, Self

from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from conformance.model.evidence import Outcome
from conformance.model.redaction import visible
from conformance.reports.document import report_of
from conformance.reports.terminal.layout import print_copied, print_pair
from conformance.reports.terminal.report import print_header
from conformance.runner.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Task

    from conformance.model.evidence import CaseRecord
    from conformance.model.run import Run
    from conformance.reports.report import Report
    from conformance.reports.terminal.console import Console

#: Seconds of silence after which a log gets a line: CI stops jobs without output.
SILENCE_BOUND_S = 60.0
#: How many lines a log gets for a run without pauses.
_STEPS = 5
#: Below this width there is no room for the bar itself.
_NARROW = 60


class Progress(Protocol):
    """Receives the progress of a run."""

    def ready(self, run: Run) -> None:
        """The target is ready; `run` is the run without its cases."""

    def note(self, label: str, text: str) -> None:
        """Something that the user should know before the cases begin."""

    def confirms(self, question: str) -> bool:
        """Whether the user says yes; without a terminal, nobody is asked, and the run goes on."""

    def begin(self, total: int) -> None:
        """The cases are known."""

    def started(self, case: str) -> None:
        """One more case begins; several workers run several cases at once."""

    def case(self, record: CaseRecord) -> None:
        """One more case has ended."""


class Quiet:
    """Shows no progress."""

    def ready(self, run: Run) -> None:
        """Ignore the run."""

    def note(self, label: str, text: str) -> None:
        """Ignore the note."""

    def confirms(self, question: str) -> bool:
        """Ask nobody."""
        del question
        return True

    def begin(self, total: int) -> None:
        """Ignore the number of cases."""

    def started(self, case: str) -> None:
        """Ignore the case."""

    def case(self, record: CaseRecord) -> None:
        """Ignore the case."""


def shown_on(console: Console, estimate: Estimate | None = None) -> LiveBar | Lines:
    """Return the progress that suits the console; `estimate` knows how long the run takes."""
    shown = estimate or Estimate()
    return LiveBar(console, shown) if console.live else Lines(console, shown)


class _Time(ProgressColumn):
    """How long the run still takes, or takes already."""

    def __init__(self, estimate: Estimate) -> None:
        super().__init__()
        self._estimate = estimate

    def render(self, task: Task) -> Text:
        del task
        return Text(self._estimate.words, style="cyan")


def brief_on(console: Console) -> LiveBar | Lines:
    """Return the progress that suits the console, with one line instead of the header."""
    return (LiveBar if console.live else Lines)(console, Estimate(), _print_target)


def _print_target(console: Console, report: Report) -> None:
    print_copied(console, "target", report["target"]["base_url"])


class LiveBar:
    """One line that is rewritten: number of cases, time, running case."""

    def __init__(
        self,
        console: Console,
        estimate: Estimate,
        header: Callable[[Console, Report], None] = print_header,
    ) -> None:
        self._console = console
        self._estimate = estimate
        self._header = header
        bar = (
            [BarColumn(20, complete_style="cyan", finished_style="cyan")]
            if console.width >= _NARROW
            else []
        )
        name = Column(no_wrap=True, overflow="ellipsis", ratio=1)
        self._bar = Bar(
            *bar,
            MofNCompleteColumn(),
            _Time(estimate),
            TextColumn("{task.fields[failed]}", style="bold red"),
            TextColumn("{task.description}", markup=False, table_column=name),
            console=console,
            transient=True,
            expand=True,
        )
        self._failed = 0
        self._task = self._bar.add_task("getting ready", total=None, failed="")

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._bar.stop()

    def ready(self, run: Run) -> None:
        """Print the header above the bar."""
        self._header(self._console, report_of(run))
        self._bar.update(self._task, description="collecting the cases")

    def note(self, label: str, text: str) -> None:
        """Print the note above the bar."""
        print_pair(self._console, label, text)

    def confirms(self, question: str) -> bool:
        """Ask on the terminal, without the bar meanwhile; everything but yes is no."""
        if not sys.stdin.isatty():
            return True
        self._bar.stop()
        answer = self._console.input(Text(f"{question} [y/N] "))
        self._bar.start()
        return answer.strip().lower() in {"y", "yes"}

    def begin(self, total: int) -> None:
        """Set the length of the bar."""
        self._estimate.begin(total)
        self._bar.update(self._task, total=total)

    def started(self, case: str) -> None:
        """Show the running case at once: most end before the next refresh."""
        self._bar.update(self._task, description=words_of(case), refresh=True)

    def case(self, record: CaseRecord) -> None:
        """Count the case."""
        self._failed += record.outcome is Outcome.FAILED
        failed = f"{self._failed} failed" if self._failed else ""
        self._bar.update(self._task, advance=1, failed=failed)


class Lines:
    """A line for every fifth of the cases, and one after a long silence."""

    def __init__(
        self,
        console: Console,
        estimate: Estimate,
        header: Callable[[Console, Report], None] = print_header,
    ) -> None:
        self._console = console
        self._estimate = estimate
        self._header = header
        self._total = self._done = self._failed = self._written = 0
        self._running = ""
        self._last_line = time.monotonic()
        self._left = threading.Event()
        self._watch = threading.Thread(target=self._break_silence, daemon=True)

    def __enter__(self) -> Self:
        """Start the thread that ends a silence."""
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the thread."""
        self._left.set()
        self._watch.join()

    def ready(self, run: Run) -> None:
        """Write the header."""
        self._header(self._console, report_of(run))
        self._console.print()

    def note(self, label: str, text: str) -> None:
        """Write the note below the header."""
        print_pair(self._console, label, text)

    def confirms(self, question: str) -> bool:
        """Ask nobody: this is not a terminal."""
        del question
        return True

    def begin(self, total: int) -> None:
        """Remember the number of cases."""
        self._total = total
        self._estimate.begin(total)

    def started(self, case: str) -> None:
        """Remember the case that runs."""
        self._running = case

    def case(self, record: CaseRecord) -> None:
        """Count the case, and write a line after each fifth of the cases."""
        self._done += 1
        self._failed += record.outcome is Outcome.FAILED
        step = self._done * _STEPS // max(self._total, 1)
        if step > self._written:
            self._written = step
            self._write()

    def _write(self, note: str = "") -> None:
        self._last_line = time.monotonic()
        failed = f", {self._failed} failed" if self._failed else ""
        self._console.print(
            Text(f"{self._done:>4} of {self._total} cases{failed}, {self._estimate.words}{note}"),
            soft_wrap=True,
        )

    def _break_silence(self) -> None:
        while not self._left.wait(SILENCE_BOUND_S):
            if time.monotonic() - self._last_line >= SILENCE_BOUND_S and self._total:
                self._write(f"; still running: {words_of(self._running)}")


def words_of(case: str) -> str:
    """Return the name of a case in words."""
    function, bracket, example = case.rsplit("::", 1)[-1].partition("[")
    words = function.removeprefix("test_").replace("_", " ")
    return visible(f"{words} {bracket}{example}".rstrip())
