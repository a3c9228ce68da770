"""Opens the storage gate for a run: a process of its own, which ends with the run."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from conformance.gate.remote import PLACE, TOKEN, Gate
from conformance.problem import KitFault, TargetProblem, UsageProblem
from conformance.runner.environment import changed_environment
from conformance.runner.processes import first_line, guarded
from conformance.settings.layers import exported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_OF_THE_STORE = ("ca_bundle", "insecure", "storage_resolve")


@contextmanager
def storage_gate(port: int = 0, values: Mapping[str, Any] | None = None) -> Iterator[Gate]:
    """Open the gate on a port of loopback, or on a free one, and tell it to this process.

    The settings say how it connects to the store: what TLS trusts, and where a host really is.
    Raises `UsageProblem` if the port is in use.
    """
    token = secrets.token_urlsafe(24)
    command = [sys.executable, "-m", "conformance.gate", str(port)]
    how = {name: value for name, value in (values or {}).items() if name in _OF_THE_STORE}
    environment = {**os.environ, **exported(how), TOKEN: token}
    with guarded(command, stdout=subprocess.PIPE, env=environment) as process:
        gate = _announced(first_line(process, "the storage gate"), port, token)
        variables = {PLACE: gate.place, "CONFORMANCE_STORAGE_GATE": str(gate.port)}
        with changed_environment(variables):
            yield gate


def check_gate() -> None:
    """Raise `TargetProblem` if the gate itself failed: then the run proves nothing."""
    gate = Gate.of()
    failures = gate.failures() if gate else []
    if failures:
        raise TargetProblem(
            f"the storage gate failed, so this run proves nothing: {'; '.join(failures[:3])}"
        )


def wanted(values: Mapping[str, Any]) -> bool:
    """Return whether the settings ask for the gate; raise `UsageProblem` if they do not suffice."""
    if values["storage_gate"] and not (values["s3_endpoint"] and values["s3_bucket"]):
        raise UsageProblem("--storage-gate also needs --s3-endpoint and --s3-bucket")
    return bool(values["storage_gate"])


def _announced(line: str, port: int, token: str) -> Gate:
    try:
        said = json.loads(line)
    except ValueError:
        raise KitFault(f"the storage gate did not start: {line.strip()}") from None
    if "error" in said:
        raise UsageProblem(f"--storage-gate {port} cannot be used ({said['error']})")
    return Gate(said["port"], said["control"], token)
