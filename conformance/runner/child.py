"""A process of its own for one run: it reads a request, runs it, and says how it ended.

`conformance.validate` starts one, and a run of several targets one for each of them.

The request is one line of JSON on the standard input. When the input closes, the caller is gone or
was interrupted: then the run ends as after Ctrl-C, and removes what it created.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from conformance.model.decision import Decision
from conformance.model.redaction import Redactor, remembered
from conformance.model.run import INTERRUPTED
from conformance.problem import KitFault, Problem
from conformance.reports.terminal.console import Console
from conformance.reports.terminal.report import print_report
from conformance.runner.progress import Quiet, shown_on
from conformance.runner.publish import emptied, write_reports
from conformance.runner.request import RunRequest
from conformance.runner.run import examine, run_request
from conformance.settings.layers import Origin, resolved
from conformance.settings.table import BY_NAME

_FAULT_CHARACTERS = 20_000


def main() -> None:
    """Run what the standard input requests, and write the outcome into the file of `argv`."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    place = Path(sys.argv[-1])
    outcome: dict[str, Any] = {"problem": "", "text": "", "interrupted": False, "exit_code": None}
    try:
        data = json.loads(sys.stdin.readline())
        threading.Thread(target=_end_with_input, daemon=True).start()
        if "request" in data:
            request = RunRequest.from_dict(data["request"])
            outcome["exit_code"] = int(run_request(request, Console(file=sys.stdout)))
        else:
            outcome["interrupted"] = _run(data)
    except KeyboardInterrupt:
        outcome["interrupted"] = True
    except Problem as problem:
        outcome |= {
            "problem": type(problem).__name__,
            "text": Redactor(remembered()).text(str(problem)),
        }
    except BaseException:  # noqa: BLE001 - the caller raises it
        text = Redactor(remembered()).text(traceback.format_exc())[-_FAULT_CHARACTERS:]
        outcome |= {"problem": KitFault.__name__, "text": text}
    place.write_text(json.dumps(outcome), encoding="utf-8")


def _end_with_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)


def _run(data: dict[str, Any]) -> bool:
    """Run a request and write its reports; return whether it was interrupted."""
    given = {name: _value(name, value) for name, value in data["values"].items()}
    origins = {
        name: Origin.PROGRAM for name, value in given.items() if value != BY_NAME[name].unset
    }
    values = {**resolved(), **given}
    request = RunRequest(data["profile"], values, expression=values["k"], origins=origins)
    place = emptied(Path(values["report_dir"]))
    console = Console(file=sys.stdout)
    if data["shown"]:
        with shown_on(console) as progress:
            run, target = examine(request, progress, whole=True)
    else:
        run, target = examine(request, Quiet(), whole=True)
    redactor = Redactor([*target.secrets, *run.secrets])
    decision = Decision.of(
        run,
        require_verified=values["require_verified"],
        strict_waivers=values["strict_waivers"],
        baseline=None,
    )
    written = write_reports(run, place, request.rerun, redactor, decision)
    if data["shown"]:
        print_report(console, written.report)
    written.check()
    return run.incomplete == INTERRUPTED


def _value(name: str, value: Any) -> Any:
    return tuple(value) if BY_NAME[name].multiple else value
