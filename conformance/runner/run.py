"""`conformance run`: start the target, run the suite, write and print the reports."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.harness.bucket import Bucket
from conformance.harness.preflight import why_untestable
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.model.run import Run
from conformance.reports.terminal.layout import print_heading
from conformance.runner import server_log
from conformance.runner.announcement import announce
from conformance.runner.conclusion import concluded, prepared
from conformance.runner.estimate import Estimate
from conformance.runner.execution import execute, untestable
from conformance.runner.launch import with_target_up
from conformance.runner.progress import Quiet, shown_on
from conformance.runner.repetition import repeat_failures
from conformance.runner.server_log import ServerLog
from conformance.runner.storage_gate import check_gate
from conformance.settings import layers
from conformance.settings.target import target_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reports.terminal.console import Console
    from conformance.runner.progress import Progress
    from conformance.runner.request import RunRequest
    from conformance.settings.layers import Origin
    from conformance.target import Target


def run_request(request: RunRequest, console: Console) -> int:
    """Run what was requested and return the exit code; raise `Problem` with one clear line."""
    place = Path(request.values["report_dir"])
    estimate = Estimate.of(place, request.profile, request.values)
    baseline = prepared(request)
    log = ServerLog(place / server_log.FILE)
    with shown_on(console, estimate) as progress:
        run, target = examine(request, progress, log, whole=True)
    if log.died:
        print_heading(console, "The server that --start started has ended; its last lines", "bold")
        for line in log.tail():
            console.print(Text(f"  {line}"), soft_wrap=True)
    redactor = Redactor([*target.secrets, *run.secrets])
    return concluded(request, run, redactor, console, baseline)


def examine(
    request: RunRequest, progress: Progress, log: ServerLog | None = None, *, whole: bool = False
) -> tuple[Run, Target]:
    """Start the target, run the suite, and return the run and its target.

    Args:
        request: What to run.
        progress: Receives the progress.
        log: Takes what a server logs that is started for the run.
        whole: Whether it says first how much it will make, and runs failed cases again at the end.
    """
    profile, began = Profile.load(request.profile), time.monotonic()
    log = log or ServerLog()
    with ExitStack() as stack:
        values, origins = with_target_up(request, stack, log)
        target = target_from(profile.name, values)
        shown = _shown(values, origins, target)
        described = target.described()
        progress.ready(Run(profile.name, profile.catalogue, [], target=described, settings=shown))
        if target.s3_bucket:
            with closing(Bucket(target)) as bucket:
                bucket.check()
        reason = why_untestable(profile, target)
        if reason is None and whole:
            selected = bool(request.expression or request.cases)
            announce(profile, target, values, progress, selected=selected)
        if reason is not None:
            run = untestable(profile, target, values, reason)
        else:
            run = execute(profile, target, values, progress, request.expression, only=request.cases)
        if whole:
            alone = {**values, "workers": 1, "concurrency": 1}
            due = began + target.limits.run
            repeat_failures(
                run,
                lambda ids: execute(profile, target, _within(alone, due), Quiet(), only=ids),
                left_s=lambda: due - time.monotonic(),
            )
        check_gate()
        run.settings = shown
    log.attach(run, Redactor([*target.secrets, *run.secrets]))
    if log.died and run.incomplete:
        run.incomplete += f"; the server itself had ended, see {server_log.FILE}"
    return run, target


def _within(values: Mapping[str, Any], due: float) -> dict[str, Any]:
    """Return the settings of a further session that ends when the whole run has to end."""
    return {**values, "max_time": max(due - time.monotonic(), 1.0)}


def _shown(
    values: Mapping[str, Any], origins: Mapping[str, Origin], target: Target
) -> list[dict[str, str]]:
    redactor = Redactor(target.secrets)
    return [
        {**setting, "value": redactor.text(setting["value"])}
        for setting in layers.described(values, origins)
    ]
