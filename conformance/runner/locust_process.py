"""Starts locust in processes of its own, waits for its end, and stops it where the user does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import conformance
from conformance.load.orders import PLACE
from conformance.problem import UsageProblem
from conformance.runner.processes import guarded
from conformance.runner.server_log import ServerLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.load.loading import Loading
    from conformance.model.redaction import Redactor

#: The command that installs what `conformance load` needs.
INSTALL = 'pip install "media-conformance[load]"'

_HOST = "127.0.0.1"
_FILE = Path(conformance.__file__).parent / "load" / "locustfile.py"
# The variable by which processes know how many share a rate and the bounds of the run.
_SHARE = "PYTEST_XDIST_WORKER_COUNT"
# A round that is under way when the time is over may end within so many seconds.
_STOP_S = 30
_WORKERS_START_S = 30
# So many seconds later than it should have, locust has not ended: then it is stopped.
_LATE_S = 90.0
_LINE_S = 30.0
# So long an interrupted load may take to tell what it saw.
_TELL_S = 40.0


def check_installed() -> None:
    """Raise `UsageProblem` where locust is not installed."""
    if find_spec("locust") is None:
        raise UsageProblem(f"conformance load needs locust: {INSTALL}")


def check_port(port: int | None) -> None:
    """Raise `UsageProblem` where the page of locust cannot be served at a port of loopback."""
    if port is None:
        return
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((_HOST, port))
    except OSError as error:
        raise UsageProblem(f"--web {port} cannot be used ({error.strerror})") from None


def command(loading: Loading, figures: Path) -> list[str]:
    """Return the command that starts locust; no argument is a secret.

    Args:
        loading: How many users, for how long.
        figures: Where locust writes its own figures.
    """
    words = [sys.executable, "-m", "locust", "--locustfile", str(_FILE)]
    words += ["--users", str(loading.users), "--spawn-rate", str(loading.users)]
    words += ["--run-time", f"{loading.seconds}s", "--stop-timeout", str(_STOP_S)]
    words += ["--exit-code-on-error", "0", "--loglevel", "WARNING"]
    words += ["--json-file", str(figures)]
    if loading.web is None:
        words += ["--headless", "--only-summary"]
    else:
        words += ["--autostart", "--autoquit", "0"]
        words += ["--web-host", _HOST, "--web-port", str(loading.web)]
    if loading.processes > 1:
        port = str(_free_port())
        words += ["--processes", str(loading.processes)]
        words += ["--master-bind-host", _HOST, "--master-bind-port", port]
        words += ["--master-host", _HOST, "--master-port", port]
        words += ["--expect-workers-max-wait", str(_WORKERS_START_S)]
    return words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def environment(orders: Path, processes: int) -> dict[str, str]:
    """Return the variables of locust: those of this process, without what would change locust.

    Args:
        orders: The file of the orders.
        processes: How many processes there are.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LOCUST_", "CONFORMANCE_"))
    }
    # locust runs in another folder, so that no file of the user's project changes it.
    paths = [str(Path(conformance.__file__).parents[1]), *kept.get("PYTHONPATH", "").split(":")]
    own = {PLACE: str(orders), _SHARE: str(processes), "PYTHONUNBUFFERED": "1"}
    return {**kept, **own, "PYTHONPATH": ":".join(filter(None, paths))}


def driven(
    loading: Loading, orders: Path, end: Path, redactor: Redactor, said: Callable[[str], None]
) -> tuple[int, list[str]]:
    """Run locust to its end; return its exit code and the last lines that it logged.

    It ends with this process, also where that is killed or interrupted.

    Args:
        loading: How many users, for how long.
        orders: The file of the orders; its folder is private.
        end: The file that ends the load where the user interrupts it.
        redactor: Knows the secrets of the load.
        said: Takes a line for the user now and then.
    """
    figures = orders.with_suffix("")
    log = ServerLog()
    began = time.monotonic()
    try:
        with (
            log.taking(redactor) as out,
            guarded(
                command(loading, figures),
                env=environment(orders, loading.processes),
                cwd=orders.parent,
                stdout=out,
                stderr=out,
            ) as process,
        ):
            try:
                code = _awaited(process, began, loading.seconds, said)
            except KeyboardInterrupt:
                end.touch()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_TELL_S)
                raise
    finally:
        orders.unlink(missing_ok=True)
        figures.with_suffix(".json").unlink(missing_ok=True)
    return code, log.tail()


def _awaited(
    process: subprocess.Popen[bytes], began: float, seconds: float, said: Callable[[str], None]
) -> int:
    """Wait until locust ends; return its exit code, or -1 where it did not end in time."""
    while True:
        try:
            return process.wait(_LINE_S)
        except subprocess.TimeoutExpired:
            passed = time.monotonic() - began
            if passed > seconds + _STOP_S + _LATE_S:
                return -1
            late = passed >= seconds
            said("the last rounds end" if late else f"{passed:.0f} of {seconds:.0f} s")
