"""Holds one run of the suite against a server with mutants, in a process that can be ended."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.problem import ExitCode, Problem
from conformance.reports.report import FILE
from conformance.reports.terminal.console import Console
from conformance.runner.processes import end_with_parent
from conformance.runner.request import RunRequest
from conformance.runner.run import run_request
from conformance.servers.mutated import MARK
from conformance.settings import layers

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from conformance.runner.mutants.derivation import Mutant

#: Seconds after which a run counts as one that hangs.
HANG_BOUND_S = 900.0
#: How many lines of a traceback are kept.
_LINES = 12


@dataclass
class Held:
    """What one run came to.

    `found` maps each row that failed or warned to its outcome; `shown` maps it to the
    mutants whose answers are in its evidence. `code` is None for a run that hung.
    """

    mutants: list[Mutant]
    code: int | None = None
    reason: str = ""
    fault: str = ""
    strikes: Counter[str] = field(default_factory=Counter)
    found: dict[str, str] = field(default_factory=dict)
    shown: dict[str, set[str]] = field(default_factory=dict)
    duration_s: float = 0.0


def hold(
    profile: str,
    mutants: list[Mutant],
    effort: str,
    cases: tuple[str, ...] = (),
    bound: float = HANG_BOUND_S,
) -> Held:
    """Run the suite against the reference server with the mutants, and read its report.

    Args:
        profile: The name of the profile.
        mutants: What the server answers wrong.
        effort: How hard the suite works.
        cases: The ids of the only cases to run; all of them without it.
        bound: Seconds after which the run is ended.
    """
    started = time.monotonic()
    held = Held(mutants)
    with tempfile.TemporaryDirectory(prefix="conformance-mutants-") as folder:
        place = Path(folder)
        strikes = place / "strikes"
        strikes.touch()
        rows = [asdict(one.mutation) for one in mutants]
        told = json.dumps({"strikes": str(strikes), "mutants": rows})
        (place / "mutants.json").write_text(told, encoding="utf-8")
        held.code, held.fault = _ended((profile, str(place), effort, cases), bound)
        held.strikes = Counter(strikes.read_text(encoding="utf-8").splitlines())
        _read_report(place / "report" / FILE, held)
        if held.code == ExitCode.KIT_FAULT and not held.fault:
            held.fault = _tail((place / "output").read_text(encoding="utf-8", errors="replace"))
    held.duration_s = round(time.monotonic() - started, 1)
    return held


def _ended(work: tuple[Any, ...], bound: float) -> tuple[int | None, str]:
    """Run in a child process; return its exit code, None after the bound, and what it raised."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_run, args=(theirs, *work))
    child.start()
    theirs.close()
    try:
        if not ours.poll(bound):
            return None, ""
        code, fault = ours.recv()
        child.join(bound)
    except EOFError:
        child.join(bound)
        return int(ExitCode.KIT_FAULT), f"the process of the run ended with {child.exitcode}"
    else:
        return int(code), str(fault)
    finally:
        if child.is_alive():
            child.kill()
            child.join()
        ours.close()


def _run(
    connection: Connection, profile: str, place: str, effort: str, cases: tuple[str, ...]
) -> None:
    """Run the suite in this process, its output in a file, and send the exit code."""
    end_with_parent()
    output = os.open(f"{place}/output", os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(output, stream)
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        del os.environ[name]
    settings = layers.unbounded(layers.resolved())
    values = {**settings, "effort": effort, "report_dir": f"{place}/report"}
    request = RunRequest(
        profile, values, reference=True, mutants=f"{place}/mutants.json", cases=cases
    )
    try:
        connection.send((int(run_request(request, Console(file=sys.stdout))), ""))
    except Problem as problem:
        connection.send((int(problem.exit_code), str(problem)))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the run ended by it
        lines = "".join(traceback.format_exception(error))
        connection.send((int(ExitCode.KIT_FAULT), _tail(lines)))


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_LINES:])


def _read_report(path: Path, held: Held) -> None:
    if not path.is_file():
        return
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    held.reason = report["reason"]
    for row in report["requirements"]:
        if row["outcome"] in {"failed", "warned"}:
            held.found[row["id"]] = row["outcome"]
            held.shown[row["id"]] = _marks(row["evidence"])
        for case in row["cases"]:
            if case["fault"] and not held.fault:
                held.fault = f"{case['id']}\n{_tail(case['fault'])}"


def _marks(evidence: list[dict[str, Any]]) -> set[str]:
    """Return the ids of the mutants whose answers are in the evidence of a row."""
    exchanges = [
        one
        for proof in evidence
        for one in (proof["exchange"], *proof["transcript"])
        if one and one.get("response")
    ]
    return {
        value
        for exchange in exchanges
        for name, value in exchange["response"]["headers"]
        if name.lower() == MARK.lower()
    }
