"""Runs the kit against the target of one way, and measures what that took and what it left."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from tests.hostile.target import misbehaving
from tests.hostile.ways.tls import authority

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.hostile.way import Way

#: Seconds after which the measurement gives up on a run.
GIVES_UP_S = 900.0
#: What a run may take against any target.
MOST_S, MOST_MIB, MOST_REPORT_BYTES = 660.0, 300, 5_000_000
#: What a run may use against a correct server: 200 MB.
MOST_CORRECT_MIB = 190
#: The names of the rows of a standard run against the kit's own server, and their profiles.
STANDARD = {f"standard-{profile}": profile for profile in ("feedhive", "hayon")}
#: The exit codes that fit a hostile target.
SENSIBLE = frozenset({0, 1, 3})
_LOOK_S = 0.05
_CLEAN = ("CONFORMANCE_", "AWS_", "PYTEST_", "GITHUB_", "SSL_")


@dataclass
class Measured:
    """What one run cost and left; `wrong` says what does not fit, in words."""

    name: str
    does: str
    seconds: float
    mib: int
    exit_code: int
    verdict: str
    complete: bool
    requests: int
    left: int
    report_bytes: int
    wrong: list[str]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measured(way: Way, server: Mapping[str, str], arguments: Sequence[str] = ()) -> Measured:
    """Run the kit against a way, with one token and no bucket.

    Args:
        way: How the target misbehaves.
        server: The announcement of the correct server behind it.
        arguments: Further arguments of `conformance run`.
    """
    before = set(_library(server))
    with tempfile.TemporaryDirectory() as folder, misbehaving(way, server["base_url"]) as target:
        place = Path(folder)
        code, seconds, mib = _run_against(way, server, target.base, place, arguments)
        left = sorted(set(_library(server)) - before)
        found = _report(place / "report")
        row = Measured(
            *(way.name, way.does, round(seconds, 1), mib, code),
            verdict=found.get("verdict", "none"),
            complete=bool(found.get("complete")),
            requests=target.requests,
            left=len(left),
            report_bytes=max((path.stat().st_size for path in _files(place)), default=0),
            wrong=[],
        )
        row.wrong = list(_wrong(way, row, place, server["token"]))
    for media in left:
        _send(server, "DELETE", f"/media/{quote(media, safe='')}")
    return row


def standard(name: str) -> Measured:
    """Run the kit at its usual effort against its own correct server, with everything given."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        words = [STANDARD[name], "--reference", "--report-dir", str(place / "report")]
        code, seconds, mib = _run(words, place, {})
        found = _report(place / "report")
        row = Measured(
            name,
            f"answers correctly: {STANDARD[name]} at the effort standard",
            *(round(seconds, 1), mib, code),
            verdict=found.get("verdict", "none"),
            complete=bool(found.get("complete")),
            requests=0,
            left=0,
            report_bytes=max((path.stat().st_size for path in _files(place)), default=0),
            wrong=[],
        )
    checks = {
        f"used more than {MOST_CORRECT_MIB} MiB": mib > MOST_CORRECT_MIB,
        f"ended with {code}": code != 0,
        f"a report of {row.report_bytes:,} bytes": row.report_bytes > MOST_REPORT_BYTES,
    }
    row.wrong = [text for text, is_so in checks.items() if is_so]
    return row


def _run_against(
    way: Way, server: Mapping[str, str], base: str, place: Path, arguments: Sequence[str]
) -> tuple[int, float, int]:
    """Run the kit against the target of a way; return what `_run` returns."""
    (place / "ca.pem").write_bytes(authority().cert_pem.bytes())
    variables = {"CONFORMANCE_TOKEN": server["token"]}
    if way.tls:
        variables["SSL_CERT_FILE"] = str(place / "ca.pem")
    words = ["feedhive", "--base-url", base, "--report-dir", str(place / "report"), *arguments]
    return _run(words, place, variables)


def _run(words: Sequence[str], place: Path, variables: Mapping[str, str]) -> tuple[int, float, int]:
    """Return the exit code, the seconds and the peak of the memory in MiB."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CLEAN)}
    began = time.monotonic()
    with (place / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "conformance", "run", *words],
            env={**kept, "TMPDIR": str(place), **variables}, cwd=place, stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    peak = 0
    while True:
        peak = max(peak, _peak_kib(process.pid))
        if (code := process.poll()) is not None:
            return code, time.monotonic() - began, peak // 1024
        if time.monotonic() - began > GIVES_UP_S:
            process.send_signal(signal.SIGKILL)
        time.sleep(_LOOK_S)


def _peak_kib(pid: int) -> int:
    """Return the peak of a process so far; what the kernel says at its end counts ours too."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM"))
    return next((int(words[1]) for words in lines), 0)


_NOT_PASSED = frozenset({"nonconformant", "untestable"})


def _wrong(way: Way, row: Measured, place: Path, token: str) -> list[str]:
    """Return what does not fit: the bounds, the exit code, the traces of a fault or a secret."""
    out = (place / "out").read_text(encoding="utf-8", errors="replace")
    checks = {
        f"took more than {MOST_S:.0f} s": row.seconds > MOST_S,
        f"used more than {MOST_MIB} MiB": row.mib > MOST_MIB,
        f"ended with {row.exit_code}": row.exit_code not in SENSIBLE,
        "printed a traceback": re.search(r"(?m)^(Traceback|Exception ignored)", out) is not None,
        "wrote no report": row.verdict == "none",
        "did not pass a correct server": way.correct and row.verdict in _NOT_PASSED,
        "ended early and green": not row.complete and row.exit_code == 0,
        f"left {row.left} media": row.left and not way.left,
        f"a report of {row.report_bytes:,} bytes": row.report_bytes > MOST_REPORT_BYTES,
    }
    holding = [path.name for path in _files(place) if _holds(path, token)]
    return [text for text, is_so in checks.items() if is_so] + [
        f"the token is in {name}" for name in holding
    ]


def _holds(path: Path, token: str) -> bool:
    data = path.read_bytes()
    forms = {token, quote(token, safe=""), base64.b64encode(token.encode()).decode()[:-4]}
    return any(form.encode() in data for form in forms)


def _files(place: Path) -> list[Path]:
    """Return everything that the run wrote, also its journal and its output."""
    return [path for path in place.rglob("*") if path.is_file() and path.name != "ca.pem"]


def _report(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _library(server: Mapping[str, str]) -> list[str]:
    """Return the ids of all media of the caller, from the correct server itself."""
    found: list[str] = []
    cursor = ""
    while True:
        page = _send(server, "GET", f"/media?limit=100{cursor}").json()["data"]
        found += [item["id"] for item in page["items"]]
        if not page["has_more"]:
            return found
        cursor = f"&cursor={quote(page['next_cursor'], safe='')}"


def _send(server: Mapping[str, str], method: str, path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server['token']}"}
    return httpx.request(method, server["base_url"] + path, headers=headers, timeout=30)
