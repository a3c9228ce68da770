"""`conformance load`: many users at the same time, and the same oracles for each of them."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from conformance.harness import signals
from conformance.harness.ledger import ledger_folder, make_private
from conformance.harness.told import told_by
from conformance.load.audit import Audit
from conformance.load.figures import figures
from conformance.load.gathering import Gathered
from conformance.load.orders import Orders
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.model.run import INTERRUPTED, Run
from conformance.model.traffic import Traffic
from conformance.problem import ExitCode, KitFault, UsageProblem
from conformance.runner import server_log
from conformance.runner.announcement import already_there, confirm_public
from conformance.runner.conclusion import concluded, prepared
from conformance.runner.execution import empty
from conformance.runner.launch import with_target_up
from conformance.runner.locust_process import check_installed, check_port, driven
from conformance.runner.progress import brief_on
from conformance.runner.run import why_not
from conformance.runner.server_log import ServerLog
from conformance.runner.storage_gate import check_gate
from conformance.runner.traffic import shown
from conformance.settings.layers import Origin
from conformance.settings.target import target_from
from conformance.settings.token_file import shared_out, tokens_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.load.loading import Loading
    from conformance.reports.terminal.console import Console
    from conformance.runner.progress import Progress
    from conformance.runner.request import RunRequest
    from conformance.target import Target

_SHOWN_LINES = 3
# What locust logs where a processor is busy all the time.
_BUSY = "CPU usage"
_FAULT_CHARACTERS = 8_000


def load(request: RunRequest, loading: Loading, console: Console) -> int:
    """Load a server, write and print the reports; return the exit code of the verdict.

    Raises `UsageProblem` for settings that do not fit, or where locust is not installed, and
    `KitFault` where the kit itself failed and no MUST did.
    """
    tokens = tokens_in(loading.tokens_from) if loading.tokens_from else ()
    check_installed()
    check_port(loading.web)
    profile = Profile.load(request.profile)
    baseline = prepared(request)
    log = ServerLog(Path(request.values["report_dir"]) / server_log.FILE)
    with ExitStack() as stack:
        if request.reference:
            request, tokens = _reference_with_tokens(request, loading, tokens, stack)
        values, _ = with_target_up(request, stack, log)
        target = _target(profile, request, values, tokens, loading)
        redactor = Redactor(target.secrets)
        with brief_on(console) as progress:
            run = replace(empty(profile, target, values), settings=shown(request, redactor))
            progress.ready(run)
            reason = why_not(profile, target)
            if reason is None:
                _announce(profile, target, values, loading, progress)
        if reason is not None:
            run.untestable, run.started = reason, time.time()
        else:
            run = _Load(profile, target, loading, redactor, console).run(run)
        check_gate()
    code = concluded(request, run, redactor, console, baseline)
    if run.dead_worker and code == ExitCode.KIT_FAULT:
        raise KitFault(run.dead_worker)
    return code


def _reference_with_tokens(
    request: RunRequest, loading: Loading, tokens: tuple[str, ...], stack: ExitStack
) -> tuple[RunRequest, tuple[str, ...]]:
    """Let the reference server accept a token for each user; without a file, new ones."""
    place = loading.tokens_from
    if not tokens and loading.users > 2:  # noqa: PLR2004 - the server has two callers by itself
        tokens = tuple(f"user-{secrets.token_urlsafe(25)}" for _ in range(loading.users - 2))
        folder = ledger_folder(request.profile, "reference")
        make_private(folder)
        place = folder / f"{uuid4().hex}.tokens"
        stack.callback(place.unlink, missing_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(tokens))
    return replace(request, tokens_from=str(place) if place else ""), tokens


def _target(
    profile: Profile,
    request: RunRequest,
    values: Mapping[str, Any],
    tokens: tuple[str, ...],
    loading: Loading,
) -> Target:
    """Return the target with the callers of the load; raise `UsageProblem` for one that is not."""
    token, other, more = shared_out(tokens, values["token"], values["other_token"])
    target = target_from(profile.name, {**values, "token": token, "other_token": other})
    if target.read_only:
        raise UsageProblem("a load writes: leave --read-only and read_only out")
    chosen = {name for name, origin in request.origins.items() if origin is not Origin.DEFAULT}
    return loading.bounded(replace(target, more_tokens=more), chosen)


def _announce(
    profile: Profile,
    target: Target,
    values: Mapping[str, Any],
    loading: Loading,
    progress: Progress,
) -> None:
    """Say what the load will make; on a terminal, ask before it writes to a public host."""
    callers = min(len(target.tokens), loading.users)
    each = "each a caller" if callers == loading.users else f"who share {callers} callers"
    progress.note("users", f"{loading.users}, {each}, in {loading.processes} process(es)")
    most = target.limits.created
    bound = f"; it ends after {most:,} uploads and posts" if most is not None else ""
    progress.note("will make", f"as many uploads as the server takes in {loading.seconds} s{bound}")
    for words in already_there(profile, target):
        progress.note("has already", words)
    if loading.web is not None:
        progress.note("locust", f"http://127.0.0.1:{loading.web}")
    confirm_public(target, values, progress)


class _Load:
    """One load: the users, the reading of the libraries, the clean-up, and what was found."""

    def __init__(
        self,
        profile: Profile,
        target: Target,
        loading: Loading,
        redactor: Redactor,
        console: Console,
    ) -> None:
        self._profile = profile
        self._target = target
        self._loading = loading
        self._redactor = redactor
        self._console = console
        self._run_id = uuid4().hex[:12]
        self._folder = ledger_folder(profile.name, target.base_url)
        self._gathered = Gathered()
        self._interrupted = False
        self._failed = ""

    def run(self, run: Run) -> Run:
        """Return the run of the load; everything that it made is removed by then."""
        began = time.time()
        with signals.interruptible():
            try:
                self._drive()
            except KeyboardInterrupt:
                self._interrupted = True
                signals.taken()
            stopped = time.monotonic()
            self._gather()
            self._audit(stopped)
        gathered = self._gathered
        gathered.judge_together(self._profile.name, self._redactor)
        self._forget()
        member = figures(gathered, self._profile.catalogue, self._loading.users)
        return self._made(run, member, began)

    def _drive(self) -> None:
        make_private(self._folder)
        orders = Orders.of(
            self._target, self._run_id, self._folder, processes=self._loading.processes
        )
        place = self._folder / f"{self._run_id}.orders"
        orders.write(place)
        code, lines = driven(self._loading, place, orders.end, self._redactor, self._say)
        self._gathered.busy = any(_BUSY in line for line in lines)
        if code:
            last = "; ".join(lines[-_SHOWN_LINES:])
            self._failed = f"locust ended with {code}: {last}"

    def _say(self, words: str) -> None:
        self._console.print(words, markup=False)

    def _gather(self) -> None:
        orders = Orders.of(self._target, self._run_id, self._folder, self._loading.processes)
        for index in range(self._loading.processes):
            self._gathered.add_file(orders.told(f"load{index}"))

    def _audit(self, stopped: float) -> None:
        """Read the libraries, unless the user is waiting; then remove everything."""
        audit = Audit(self._profile, self._target, self._run_id)
        try:
            if not self._interrupted and self._gathered.callers:
                self._say("reading the libraries, which nobody changes any more")
                audit.read(list(self._gathered.callers), stopped)
        except KeyboardInterrupt:
            self._interrupted = True
            signals.taken()
        finally:
            self._say("removing what was made")
            audit.close()
        self._gathered.stopped.update(audit.unread)
        self._gathered.add_audit(told_by(audit.harness))

    def _forget(self) -> None:
        """Remove what processes left behind that did not come to their end."""
        for path in self._folder.glob(f"{self._run_id}*"):
            if path.suffix in {".stream", ".told", ".partial", ".orders", ".library", ".end"}:
                path.unlink(missing_ok=True)

    def _made(self, run: Run, member: dict[str, Any], began: float) -> Run:
        gathered = self._gathered
        traffic = Traffic(
            "load",
            self._loading.command(self._profile.name, self._target.base_url),
            exchanges=member["requests"],
            operations=dict(gathered.operations),
            callers=tuple(name for name in self._target.tokens if name in gathered.callers),
            storage_seen=True,
            exercised=dict(gathered.exercised),
            first=tuple(gathered.first),
        )
        return replace(
            run,
            started=began,
            duration_s=round(time.time() - began, 3),
            incomplete=self._why_incomplete(),
            dead_worker=gathered.fault[-_FAULT_CHARACTERS:],
            leftovers=gathered.leftovers,
            left_behind=gathered.left_behind,
            made=gathered.made,
            oracles=gathered.oracles,
            traffic=traffic,
            load={"processes": self._loading.processes, **member},
        )

    def _why_incomplete(self) -> str:
        """Return why the load ended early, or is not known as a whole; empty if it did not."""
        if self._interrupted:
            return INTERRUPTED
        gathered = self._gathered
        last = gathered.fault.strip().rpartition("\n")[2]
        fault = f"the kit itself failed while it went round: {last}" if last else ""
        died = f"{gathered.missing} of its processes died" if gathered.missing else ""
        reasons = (fault, gathered.ended, self._failed, died, self._why_nothing())
        return self._redactor.text(next(filter(None, reasons), ""))

    def _why_nothing(self) -> str:
        """Return why no user came round once; empty if one did, or a broken promise says it."""
        gathered = self._gathered
        if gathered.rounds or gathered.oracles.findings:
            return ""
        why = next(iter(gathered.stopped), "the time was too short for one round")
        return f"no user came round: {why}"
