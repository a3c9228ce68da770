"""Runs the kit as its users do, and measures what one run costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from conformance.runner import launch
from tests.bench.delay import delayed

if TYPE_CHECKING:
    import resource
    from collections.abc import Iterator, Sequence

_KIT = (sys.executable, "-m", "conformance")
# A run that takes longer than this is stopped.
_RUN_S = 900.0


@dataclass(frozen=True)
class Cost:
    """What one run cost: seconds, processor seconds, requests, and MiB at its peak.

    `in_order_s` are the seconds of all its answers one after the other, each as long as half of
    its kind took at most: some are held on purpose. `of_target` counts those of the target.
    """

    wall_s: float
    cpu_s: float
    start_up_s: float
    in_order_s: float
    requests: int
    of_target: int
    peak_mib: float
    verdict: str
    not_verified: int

    def as_dict(self) -> dict[str, Any]:
        """Return everything by name."""
        return asdict(self)


@contextmanager
def served(profile: str, *, delay_s: float = 0.0, preload: int = 0) -> Iterator[dict[str, str]]:
    """Serve the reference server and its twin, behind a delay; yield what `serve --json` prints."""
    with ExitStack() as stack:
        place = stack.enter_context(launch.reference(profile, preload=preload))
        if delay_s:
            for name in ("base_url", "short_lived_url"):
                parts = urlsplit(place[name])
                port = stack.enter_context(delayed(parts.port or 80, delay_s))
                place[name] = urlunsplit(parts._replace(netloc=f"127.0.0.1:{port}"))
        yield place


def cost(profile: str, place: dict[str, str], *words: str) -> Cost:
    """Run the kit once against a served place, with more arguments, and return what it cost."""
    secrets = {
        "CONFORMANCE_TOKEN": place["token"],
        "CONFORMANCE_OTHER_TOKEN": place["other_token"],
        "AWS_ACCESS_KEY_ID": place["s3_access_key"],
        "AWS_SECRET_ACCESS_KEY": place["s3_secret_key"],
    }
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        arguments = [
            *_KIT,
            *("run", profile, "--base-url", place["base_url"]),
            *("--short-lived-url", place["short_lived_url"], "--capability", "posts"),
            *("--s3-endpoint", place["s3_endpoint"], "--s3-bucket", place["bucket"]),
            *("--report-dir", folder, *words),
        ]
        began = time.monotonic()
        used, _ = _used_by(arguments, {**os.environ, **secrets})
        wall = time.monotonic() - began
        report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    rows = report["timing"]["operations"]
    in_order = sum(row["answers"] * row["p50_ms"] / 1000 for row in rows)
    of_target = sum(row["answers"] for row in rows if row["answered_by"] == "target")
    return Cost(
        *(round(wall, 2), round(used.ru_utime + used.ru_stime, 2)),
        report["timing"]["start_up_s"],
        *(round(in_order, 2), report["requests"], of_target),
        peak_mib=round(used.ru_maxrss / 1024, 1),  # Linux counts it in KiB
        verdict=report["verdict"],
        not_verified=report["counts"]["not-verified"],
    )


@dataclass(frozen=True)
class FleetCost:
    """What a run of several targets cost: seconds, and MiB of its largest process.

    `exit_code` is that of the run, `page_kib` the size of its overview.
    """

    wall_s: float
    peak_mib: float
    exit_code: int
    page_kib: float

    def as_dict(self) -> dict[str, Any]:
        """Return everything by name."""
        return asdict(self)


def fleet_cost(profile: str, places: Sequence[dict[str, str]], *words: str) -> FleetCost:
    """Run the kit once against several served places, and return what it cost.

    The targets have no access to the bucket, whose keys are variables of the whole run.
    """
    lines: list[str] = []
    secrets: dict[str, str] = {}
    for number, place in enumerate(places):
        names = {one: f"BENCH_{one.upper()}_{number}" for one in ("token", "other_token")}
        secrets |= {names[one]: place[one] for one in names}
        lines += [
            f"[targets.server-{number:02}]",
            *(f'{one} = "{place[one]}"' for one in ("base_url", "short_lived_url")),
            *(f'{one}_env = "{name}"' for one, name in names.items()),
        ]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "fleet.toml").write_text("\n".join(lines), encoding="utf-8")
        arguments = [
            *(*_KIT, "run", profile, "--targets-from", str(folder / "fleet.toml")),
            *("--report-dir", str(folder / "report"), *words),
        ]
        began = time.monotonic()
        used, code = _used_by(arguments, {**os.environ, **secrets})
        wall = time.monotonic() - began
        page = (folder / "report" / "index.html").stat().st_size
    return FleetCost(round(wall, 2), round(used.ru_maxrss / 1024, 1), code, round(page / 1024, 1))


def seconds_of(*words: str, times: int = 3) -> float:
    """Return the fewest seconds that a command took, of several tries."""
    taken = []
    for _ in range(times):
        began = time.monotonic()
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
        taken.append(time.monotonic() - began)
    return min(taken)


def _used_by(words: list[str], environment: dict[str, str]) -> tuple[resource.struct_rusage, int]:
    """Run a command without its output; return what it used, and its exit code.

    It is killed when it hangs.
    """
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(words, env=environment, stdout=nothing, stderr=nothing)
    hangs = threading.Timer(_RUN_S, process.kill)
    hangs.start()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # it is waited for already
    hangs.cancel()
    return used, process.returncode
