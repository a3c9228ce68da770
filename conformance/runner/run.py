"""`conformance run`: start the target, run the suite, write and print the reports."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.harness.bucket_access import bucket_of
from conformance.harness.preflight import why_untestable
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.problem import Problem
from conformance.reports.terminal.layout import print_heading
from conformance.runner import server_log
from conformance.runner.announcement import announce
from conformance.runner.conclusion import concluded, prepared
from conformance.runner.estimate import Estimate
from conformance.runner.events import events
from conformance.runner.execution import empty, execute, untestable
from conformance.runner.failure_limit import FailureLimit
from conformance.runner.launch import with_target_up
from conformance.runner.progress import Quiet, shown_on
from conformance.runner.repetition import repeat_failures
from conformance.runner.server_log import ServerLog
from conformance.runner.storage_gate import check_gate
from conformance.runner.waiting import why_absent
from conformance.settings import layers
from conformance.settings.target import target_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model.run import Run
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
    limit = FailureLimit.of(request, baseline)
    log = ServerLog(place / server_log.FILE)
    with events(request.values["events"], request.profile) as written:
        try:
            with shown_on(console, estimate) as bar:
                progress = written.before(bar)
                run, target = examine(request, progress, log, whole=True, limit=limit)
            _print_end(console, log)
            redactor = Redactor([*target.secrets, *run.secrets])
            return concluded(request, run, redactor, console, baseline, ended=written.ended)
        except Problem as problem:
            written.stopped(problem)
            raise


def _print_end(console: Console, log: ServerLog) -> None:
    """Print the last lines of a server that was started for the run and ended too early."""
    if not log.died:
        return
    print_heading(console, "The server that --start started has ended; its last lines", "bold")
    for line in log.tail():
        console.print(Text(f"  {line}"), soft_wrap=True)


def examine(
    request: RunRequest,
    progress: Progress,
    log: ServerLog | None = None,
    *,
    whole: bool = False,
    asks: bool = False,
    limit: FailureLimit | None = None,
) -> tuple[Run, Target]:
    """Start the target, run the suite, and return the run and its target.

    Args:
        request: What to run.
        progress: Receives the progress.
        log: Takes what a server logs that is started for the run.
        whole: Whether it runs failed cases again at the end.
        asks: Whether it says first how much it will make, as a whole run does, and asks before it
            writes to a public host.
        limit: Ends it after so many failures.
    """
    profile = Profile.load(request.profile)
    log = log or ServerLog()
    with ExitStack() as stack:
        values, origins = with_target_up(request, stack, log)
        target = target_from(profile.name, values)
        shown = _shown(values, origins, target)
        progress.ready(replace(empty(profile, target, values), settings=shown))
        reason = why_absent(profile, target, values["wait_for_target"], progress)
        due = time.monotonic() + target.limits.run
        reason = why_not(profile, target) if reason is None else reason
        if reason is None and (whole or asks):
            selected = bool(request.expression or request.cases or values["shard"])
            announce(profile, target, values, progress, selected=selected)
        if reason is not None:
            run = untestable(profile, target, values, reason)
        else:
            run = execute(
                *(profile, target, values, progress, request.expression),
                only=request.cases,
                limit=limit,
            )
        if whole:
            _repeat(run, profile, target, values, due)
        check_gate()
        run.settings = shown
    log.attach(run, Redactor([*target.secrets, *run.secrets]))
    if log.died and run.incomplete:
        run.incomplete += f"; the server itself had ended, see {server_log.FILE}"
    return run, target


def why_not(profile: Profile, target: Target) -> str | None:
    """Return why a target cannot be tested, or None; raise `Problem` for a bad bucket."""
    if target.s3_bucket:
        with closing(bucket_of(target)) as bucket:
            bucket.check()
    return why_untestable(profile, target)


def _repeat(
    run: Run, profile: Profile, target: Target, values: Mapping[str, Any], due: float
) -> None:
    """Run failed cases again, one by one, before the run has to end."""
    alone = {**values, "workers": 1, "concurrency": 1}
    repeat_failures(
        run,
        lambda ids: execute(profile, target, _within(alone, due), Quiet(), only=ids),
        left_s=lambda: due - time.monotonic(),
    )


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
