"""Storage engines that speak S3: each runs on loopback, with one empty bucket.

An engine that does not start is an error with the end of its log, never a skip.
"""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from conformance.servers.store import StoreAccess, object_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

#: Seconds within which an engine must store an object, and within which it must stop.
READY_BOUND_S = 90.0
STOP_BOUND_S = 10.0

_POLL_S = 0.1
_LOG_CHARACTERS = 2_000
# SeaweedFS is several servers in one process, each with a port for HTTP and one for gRPC.
_SEAWEEDFS_SERVERS = ("master", "volume", "filer", "s3")


class EngineError(Exception):
    """The engine does not start; the message has the end of its log."""


@contextmanager
def rclone(_: Path) -> Iterator[StoreAccess]:
    """Run rclone, the store of the reference servers."""
    with object_store() as access:
        yield access


@contextmanager
def seaweedfs(folder: Path) -> Iterator[StoreAccess]:
    """Run SeaweedFS, with its only key pair in a file in the folder."""
    ports = _free_ports(2 * len(_SEAWEEDFS_SERVERS))
    numbers = {
        f"{server}.{port}": str(ports.pop())
        for server in _SEAWEEDFS_SERVERS
        for port in ("port", "port.grpc")
    }
    access = access_at(int(numbers["s3.port"]))
    keys = {"accessKey": access.access_key, "secretKey": access.secret_key}
    owner = {"name": "owner", "credentials": [keys], "actions": ["Admin", "Read", "List", "Write"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [owner]}), encoding="utf-8")
    (folder / "data").mkdir()
    command = [
        *(_beside_python("weed"), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"),
        *(f"-dir={folder / 'data'}", f"-s3.config={folder / 's3.json'}"),
        *("-volume.max=20", "-master.volumeSizeLimitMB=64", "-master.telemetry=false"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # two other protocols
        *(f"-{name}={number}" for name, number in numbers.items()),
    ]
    with running(command, access, folder):
        yield access


@contextmanager
def moto(folder: Path) -> Iterator[StoreAccess]:
    """Run moto's server, which takes any key pair and any signature."""
    (port,) = _free_ports(1)
    access = access_at(port)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, access, folder):
        yield access


#: Each engine by the name that the documentation gives it.
ENGINES: dict[str, Callable[[Path], AbstractContextManager[StoreAccess]]] = {
    "rclone": rclone,
    "SeaweedFS": seaweedfs,
    "moto": moto,
}
#: The engines that enforce no signatures.
LAX = {"moto"}
#: The rows that no run can verify where signatures are not enforced.
SIGNATURE_ROWS = {
    "feedhive": {"FH-PUT-05", "FH-PUT-06", "FH-PUT-07", "FH-PUT-09"},
    "hayon": {"HY-PUT-02", "HY-PUT-03", "HY-PUT-04", "HY-PUT-05"},
}


@contextmanager
def running(command: list[str], access: StoreAccess, folder: Path) -> Iterator[None]:
    """Run an engine, which ends with this process too; it is ready when the block begins."""
    log = folder / "engine.log"
    guard = [sys.executable, "-m", "conformance.servers.guard", "--", *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            guard, stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=folder
        )
        try:
            _wait_until_ready(access, process, log)
            yield
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(STOP_BOUND_S)


def _wait_until_ready(access: StoreAccess, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the engine stores objects; raise `EngineError` if it does not in time."""
    deadline = time.monotonic() + READY_BOUND_S
    seen: Exception | None = None
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _store_an_object(access)
        except (BotoCoreError, ClientError) as error:
            seen = error
            threading.Event().wait(_POLL_S)
        else:
            return
    code = process.poll()
    late = f"is not ready after {READY_BOUND_S:.0f} s: {seen}"
    why = late if code is None else f"ended with {code}"
    text = log.read_text(encoding="utf-8", errors="replace")[-_LOG_CHARACTERS:]
    raise EngineError(f"the engine {why}\n{text}")


def _store_an_object(access: StoreAccess) -> None:
    """Make the bucket unless it is there, and store an object: buckets work before objects do."""
    try:
        access.client.create_bucket(Bucket=access.bucket)
    except ClientError as error:
        if not error.response.get("Error", {}).get("Code", "").startswith("BucketAlready"):
            raise
    access.write("ready", b"ready", "text/plain")
    access.remove("ready")


def access_at(port: int) -> StoreAccess:
    key, secret = f"AK{secrets.token_hex(9).upper()}", secrets.token_urlsafe(30)
    return StoreAccess(f"http://127.0.0.1:{port}", "media", key, secret)


def _beside_python(name: str) -> str:
    """Return the path of a command that a package installs."""
    return str(Path(sys.executable).parent / name)


def _free_ports(count: int) -> list[int]:
    """Return ports that are all free, and all different, at this moment."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
