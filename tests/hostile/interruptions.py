"""Runs that are interrupted at random moments: nothing of them stays, and nothing foreign goes.

    python -m tests.hostile.interruptions [--runs N] [--seed N] [--results FILE]
        [-- ARGUMENTS OF THE RUN]

Each run is ended by SIGINT, by two of them, by SIGTERM, or by SIGKILL to all its processes; after
two SIGINTs and after SIGKILL, `conformance cleanup` removes the rest. FILE counts the runs for the
page; those of an earlier call stay in it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import boto3
import httpx

from conformance.harness import sample_files
from conformance.servers import service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: The arguments of the run where none are given.
DEFAULT = ("--effort", "quick")
#: The ways in which a run is ended: their names, and the signals.
WAYS = {
    "SIGINT": (signal.SIGINT,),
    "SIGTERM": (signal.SIGTERM,),
    "SIGKILL": (signal.SIGKILL,),
    "SIGINT twice": (signal.SIGINT, signal.SIGINT),
}
#: The file that counts the runs.
RESULTS = Path("interruptions.json")
#: A run is interrupted between these seconds after its start, and ends within `_ENDS_S` more.
_FIRST_S, _LAST_S, _ENDS_S = 2.0, 45.0, 120.0
_BETWEEN_S = 0.4
#: A server goes on with a delete whose client is gone.
_SETTLES_S = 10.0
_CLEAN = ("CONFORMANCE_", "AWS_", "PYTEST_", "GITHUB_")
_INTERRUPTED = 130


@dataclass(frozen=True)
class State:
    """What the server and its bucket hold: the ids of media, and the keys of objects."""

    media: frozenset[str]
    objects: frozenset[str]


class Server:
    """A correct server with media of somebody, seen from behind the back of the kit."""

    def __init__(self, announced: Mapping[str, str]) -> None:
        self.announced = announced
        self._s3 = boto3.client(
            "s3",
            endpoint_url=announced["s3_endpoint"],
            aws_access_key_id=announced["s3_access_key"],
            aws_secret_access_key=announced["s3_secret_key"],
            region_name="us-east-1",
        )
        for token in ("token", "token", "other_token"):
            self._make_media(token)
        self.foreign = self.state()

    def state(self) -> State:
        """Return what is there now."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.announced["bucket"])
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        ids = [each for token in ("token", "other_token") for each in self._library(token)]
        return State(frozenset(ids), frozenset(keys))

    def _library(self, token: str) -> Iterator[str]:
        cursor = ""
        while True:
            page = self._send(token, "GET", f"/media?limit=100{cursor}").json()["data"]
            yield from (item["id"] for item in page["items"])
            if not page["has_more"]:
                return
            cursor = f"&cursor={quote(page['next_cursor'], safe='')}"

    def _make_media(self, token: str) -> None:
        body = {"filename": "theirs.png", "content_type": "image/png"}
        upload = self._send(token, "POST", "/media/uploads", body).json()["data"]
        put = httpx.put(
            upload["upload_url"],
            content=sample_files.unique("image/png"),
            headers={"Content-Type": "image/png"},
        )
        put.raise_for_status()
        self._send(token, "POST", f"/media/uploads/{upload['upload_id']}/complete")

    def _send(
        self, token: str, method: str, path: str, body: Mapping[str, str] | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.announced[token]}"}
        url = self.announced["base_url"] + path
        return httpx.request(method, url, headers=headers, json=body, timeout=60).raise_for_status()


def interrupted(
    server: Server, way: str, after_s: float, workers: int, arguments: Sequence[str]
) -> tuple[str, list[str]]:
    """Interrupt one run; return what happened in words, and what is wrong."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        process = _started(server, place, workers, arguments)
        code = _ended(process, way, after_s)
        left = _left(server)
        needs = code not in {0, 1, 3, _INTERRUPTED} or way not in {"SIGINT", "SIGTERM"}
        cleanups = [_cleanup(server, place) for _ in range(2)] if needs else []
        wrong = [*_wrong(server, place), *(f"cleanup: {text}" for text in cleanups if text)]
        early = not (place / "out").read_bytes() and code == -WAYS[way][0]
    if way in {"SIGINT", "SIGTERM"} and code not in {0, 1, 3, _INTERRUPTED} and not early:
        wrong.append(f"the run ended with {code}")
    words = f"{way} after {after_s:4.1f} s, {workers} workers: exit {code}, left {left}"
    return words, wrong


def _started(
    server: Server, place: Path, workers: int, arguments: Sequence[str]
) -> subprocess.Popen[bytes]:
    words = ["run", "feedhive", *_where(server), "--report-dir", str(place / "report")]
    words += ["--short-lived-url", server.announced["short_lived_url"], "--capability", "posts"]
    words += ["--workers", str(workers), *arguments]
    with (place / "out").open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "conformance", *words],
            env=_environment(server, place), cwd=place, stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip


def _where(server: Server) -> list[str]:
    told = server.announced
    bucket = ["--s3-endpoint", told["s3_endpoint"], "--s3-bucket", told["bucket"]]
    return ["--base-url", told["base_url"], *bucket]


def _environment(server: Server, place: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CLEAN)}
    root = str(Path(__file__).parents[2])
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", "")))),
        "TMPDIR": str(place),
        "CONFORMANCE_TOKEN": server.announced["token"],
        "CONFORMANCE_OTHER_TOKEN": server.announced["other_token"],
        "AWS_ACCESS_KEY_ID": server.announced["s3_access_key"],
        "AWS_SECRET_ACCESS_KEY": server.announced["s3_secret_key"],
    }


def _ended(process: subprocess.Popen[bytes], way: str, after_s: float) -> int:
    """Send the signals, and return the exit code."""
    try:
        return process.wait(after_s)
    except subprocess.TimeoutExpired:
        pass
    for number, signum in enumerate(WAYS[way]):
        time.sleep(_BETWEEN_S if number else 0.0)
        if way == "SIGKILL":
            os.killpg(process.pid, signum)
        else:
            process.send_signal(signum)
    try:
        return process.wait(_ENDS_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()
    finally:
        _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the workers that a second interruption leaves to themselves."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    time.sleep(_BETWEEN_S)


def _left(server: Server) -> str:
    now = server.state()
    media, objects = now.media - server.foreign.media, now.objects - server.foreign.objects
    return f"{len(media)} media and {len(objects)} objects"


def _cleanup(server: Server, place: Path) -> str:
    """Run `conformance cleanup`; return what is wrong, or an empty text."""
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "cleanup", *_where(server)],
        env=_environment(server, place), cwd=place, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "Traceback" in done.stdout + done.stderr:
        return "it printed a traceback"
    return "" if done.returncode == 0 else f"exit {done.returncode}: {done.stdout}{done.stderr}"


def _settled(server: Server) -> State:
    """Return what is there when the server has finished what it was interrupted in."""
    until = time.monotonic() + _SETTLES_S
    while (now := server.state()) != server.foreign and time.monotonic() < until:
        time.sleep(1.0)
    return now


def _wrong(server: Server, place: Path) -> list[str]:
    foreign = server.foreign
    now = _settled(server)
    secret = server.announced["token"].encode()
    files = [path for path in place.rglob("*") if path.is_file()]
    out = (place / "out").read_text(encoding="utf-8", errors="replace")
    checks = {
        f"media stayed: {sorted(now.media - foreign.media)}": now.media - foreign.media,
        f"objects stayed: {sorted(now.objects - foreign.objects)}": now.objects - foreign.objects,
        "foreign media are gone": foreign.media - now.media,
        "foreign objects are gone": foreign.objects - now.objects,
        "a journal stayed": list(place.rglob("*.jsonl")),
        "it printed a traceback": "Traceback" in out or "Exception ignored" in out,
        "the token is in a file": any(secret in path.read_bytes() for path in files),
    }
    return [text for text, is_so in checks.items() if is_so]


def _count(path: Path, way: str, *, right: bool) -> None:
    """Add a run to the file: for each way, how many there were, and how many were right."""
    counts: dict[str, list[int]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    runs, good = counts.get(way, (0, 0))
    counts[way] = [runs + 1, good + right]
    path.write_text(json.dumps(counts, indent=1), encoding="utf-8")


def main(words: Sequence[str]) -> int:
    """Interrupt so many runs, print a line for each; return 1 where something is wrong."""
    where = list(words).index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.interruptions")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--last", type=float, default=_LAST_S, help="seconds of the latest signal")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(list(words[:where]))
    arguments = words[where + 1 :] or DEFAULT
    draw, bad = random.Random(given.seed), 0
    sys.stdout.write(f"seed {given.seed}\n")
    with service.running("feedhive") as announced:
        server = Server(announced)
        for number in range(given.runs):
            way = list(WAYS)[number % len(WAYS)]
            after_s, workers = draw.uniform(_FIRST_S, given.last), 1 + number // len(WAYS) % 2
            line, wrong = interrupted(server, way, after_s, workers, arguments)
            bad += bool(wrong)
            _count(given.results, way, right=not wrong)
            server.foreign = server.state()  # what stayed of this run is not held against others
            sys.stdout.write(f"{line}{''.join(f'; WRONG: {text}' for text in wrong)}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{given.runs - bad} of {given.runs} runs left nothing and took nothing\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
