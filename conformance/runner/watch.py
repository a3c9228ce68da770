"""`conformance watch`: a proxy between a client and its server, and the report at its end."""

from __future__ import annotations

import shlex
import signal
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.text import Text

from conformance.harness.proxies import Proxies
from conformance.model.profile import Profile
from conformance.model.redaction import visible
from conformance.reports.connection import proxy_note, warnings
from conformance.reports.terminal.layout import print_copied, print_hanging, print_pair
from conformance.runner.conclusion import concluded, prepared
from conformance.runner.traffic import assessor_of, run_of
from conformance.settings.target import connection_from
from conformance.target import checked_url, parsed_network, parsed_resolve
from conformance.traffic.egress import Allowed
from conformance.traffic.excerpt import API_BYTES, FILE_BYTES
from conformance.traffic.listening import Listener
from conformance.traffic.proxy import Door, Proxy
from conformance.traffic.relevance import Kind
from conformance.traffic.upload_urls import UploadUrls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.finding import Violation
    from conformance.model.exchange import Exchange
    from conformance.reports.terminal.console import Console
    from conformance.runner.request import RunRequest
    from conformance.target import Connection
    from conformance.traffic.assessor import Assessor, Observed

_KNOCK_BOUND_S = 2.0
_SHOWN_PATH = 100


@dataclass(frozen=True)
class Watching:
    """What to watch: the server, the port for its clients, and the port for its storage."""

    profile: str
    upstream: str
    port: int = 0
    storage_port: int | None = None

    @property
    def command(self) -> str:
        """The command that watches again."""
        words = ["conformance", "watch", self.profile, "--upstream", self.upstream]
        words += ["--port", str(self.port)] if self.port else []
        storage = self.storage_port
        words += [] if storage is None else ["--watch-storage", str(storage)]
        return shlex.join(words)


def watch(request: RunRequest, watching: Watching, console: Console) -> int:
    """Forward and judge traffic until SIGINT or SIGTERM; return the exit code of the verdict."""
    profile = Profile.load(request.profile)
    upstream = checked_url(watching.upstream, "--upstream")
    watching = Watching(profile.name, upstream, watching.port, watching.storage_port)
    sees_storage = watching.storage_port is not None
    assessor = assessor_of(request, profile, upstream, sees_storage=sees_storage)
    allowed, connection = _allowed(request, upstream), connection_from(request.values)
    lines = LiveLines(console, assessor, every=request.values["verbose"])
    with ExitStack() as stack:
        stopped = stack.enter_context(_stopped())
        here = stack.enter_context(Listener(watching.port, "--port"))
        leads = None
        if watching.storage_port is not None:
            there = stack.enter_context(Listener(watching.storage_port, "--watch-storage"))
            leads = UploadUrls(there.url)
        baseline = prepared(request)
        began = time.time()
        parts = urlsplit(upstream)
        origin = f"{parts.scheme}://{parts.netloc}"
        door = Door(lambda _: origin, parts.path, API_BYTES, leads, here.url, to_target=True)
        here.serve(Proxy(door, assessor, allowed, lines, connection))
        if leads is not None:
            files = Door(leads.origin_of, kept=FILE_BYTES)
            there.serve(Proxy(files, assessor, allowed, lines, connection))
        behind = Proxies(connection).of_url(upstream)
        silent = "" if behind else _silent(upstream)
        lines.begin(here.url, there.url if leads is not None else "", silent, connection)
        stopped.wait()
    assessor.finished()
    run = run_of(assessor, request, source="watch", command=watching.command, began=began)
    run.target |= connection.described()
    return concluded(request, run, assessor.redactor, console, baseline)


def _allowed(request: RunRequest, upstream: str) -> Allowed:
    values = request.values
    return Allowed(
        upstream,
        dict(map(parsed_resolve, values["storage_resolve"])),
        tuple(map(parsed_network, values["allow_network"])),
        storage_host=frozenset(map(str.lower, values["storage_host"])),
    )


@contextmanager
def _stopped() -> Iterator[threading.Event]:
    """Yield what SIGINT and SIGTERM set; a second signal interrupts as usual."""
    stopped = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(*_: object) -> None:
        restore()
        stopped.set()

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        restore()


def _silent(upstream: str) -> str:
    """Return why nothing listens at a URL yet, or an empty text."""
    parts = urlsplit(upstream)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_KNOCK_BOUND_S).close()
    except (OSError, UnicodeError) as error:
        return str(getattr(error, "strerror", None) or error)
    return ""


class LiveLines:
    """A line for each exchange of the API and its storage, and one for each finding.

    With `every`, also for requests that are not part of the contract.
    """

    def __init__(self, console: Console, assessor: Assessor, *, every: bool) -> None:
        self._console = console
        self._assessor = assessor
        self._every = every
        self._lock = threading.Lock()

    def begin(self, here: str, storage: str, silent: str, connection: Connection) -> None:
        """Say where to point the client, and what is missing."""
        console, assessor = self._console, self._assessor
        profile = assessor.profile
        count = len(profile.catalogue)
        version = f"{profile.name} catalogue {profile.catalogue.version} ({count} requirements)"
        console.print(Text(f"conformance watch, {version}"), soft_wrap=True)
        print_copied(console, "client", f"{here}   <- give your client this URL")
        print_copied(console, "upstream", assessor.base_url)
        if storage:
            print_copied(console, "storage", f"{storage} (signed URLs of answers lead here)")
        else:
            text = "not watched: pass --watch-storage PORT to judge what is uploaded"
            print_pair(console, "storage", text)
        described = connection.described()
        if note := proxy_note(described):
            print_pair(console, "proxy", note)
        for line in warnings(described):
            print_pair(console, "warning", line, style="bold red")
        if silent:
            print_pair(console, "note", f"nothing answers there yet: {silent}", style="yellow")
        print_pair(console, "end", "Ctrl-C ends it and writes the reports")
        console.print()
        console.file.flush()

    def __call__(self, observed: Observed, exchange: Exchange, found: list[Violation]) -> None:
        """Print one exchange, and what was found in it."""
        strange = observed.kind in {Kind.OTHER, Kind.VARIANT}
        if strange and not self._every and exchange.response is not None:
            return
        with self._lock:
            self._print(exchange, strange=strange)
            for violation in found:
                self._print_finding(violation)
            self._console.file.flush()

    def _print(self, exchange: Exchange, *, strange: bool) -> None:
        request, response = exchange.request, exchange.response
        path = urlsplit(request.url).path if strange else request.url.partition("?")[0]
        path = path.removeprefix(self._assessor.base_url)
        shown = self._assessor.redactor.text(path)[:_SHOWN_PATH]
        answer = f"{response.status}" if response else f"no answer: {exchange.error}"
        took = f"{response.elapsed_s * 1000:.0f} ms" if response else ""
        moment = time.strftime("%H:%M:%S")
        line = f"{moment}  {request.method:<6} {shown}  {answer}  {took}".rstrip()
        style = "dim" if strange else "red" if response is None else ""
        self._console.print(Text(visible(line), style=style), soft_wrap=True)

    def _print_finding(self, violation: Violation) -> None:
        redactor, row = self._assessor.redactor, violation.requirement or ""
        level = self._assessor.profile.catalogue[row].level
        text = f"expected {violation.expected}, but {violation.actual}"
        head = Text(f"          {row} {level.value}  ", style="bold red")
        print_hanging(self._console, head, Text(visible(redactor.brief(text))))
