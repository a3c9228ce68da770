"""A reference server as people meet it: the app, its short-lived twin, and the store."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from conformance.servers.answers import Settings
from conformance.servers.bending import Bend, Server
from conformance.servers.faults import FAULTS
from conformance.servers.feedhive import app as feedhive
from conformance.servers.feedhive.library import Library
from conformance.servers.feedhive.state import State
from conformance.servers.hayon import app as hayon
from conformance.servers.hayon.publisher import Publisher
from conformance.servers.store import StoreAccess, StoreError, object_store
from conformance.servers.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.applications import Starlette

#: Seconds that uploads live: the ten minutes of FeedHive's page, the real Hayon's fifteen.
UPLOAD_TTL_S = {"feedhive": 600.0, "hayon": 900.0}
#: Seconds that uploads live on the twin.
TWIN_TTL_S = 5.0
#: Seconds that a server may take until it listens.
READY_BOUND_S = 10.0

_POLL_S = 0.01


class ServiceError(Exception):
    """The service cannot be started; the text says how to mend it."""


@dataclass(frozen=True)
class Setup:
    """How to run a profile's server; `bends` names the faults and variants to switch on."""

    port: int = 0
    upload_ttl: float | None = None
    plain_ids: bool = False
    s3_endpoint: str | None = None
    s3_bucket: str | None = None
    bends: tuple[str, ...] = ()


def _feedhive(settings: Settings, folder: Path, stack: ExitStack) -> Library:
    state = State(folder / "feedhive.sqlite")
    stack.callback(state.close)
    return Library(settings, state)


def _hayon(settings: Settings, folder: Path, stack: ExitStack) -> Publisher:
    publisher = Publisher(settings, folder / "hayon.sqlite")
    stack.callback(publisher.close)
    return publisher


_SUBJECTS: dict[str, Callable[[Settings, Path, ExitStack], Library | Publisher]] = {
    "feedhive": _feedhive,
    "hayon": _hayon,
}
_APPLICATIONS = {"feedhive": feedhive.application, "hayon": hayon.application}


@contextmanager
def running(profile: str, setup: Setup = Setup()) -> Iterator[dict[str, str]]:
    """Run server, twin and store for the length of the block; yield what `serve --json` prints.

    Raises `ServiceError` for a profile without a server, an unknown bend, a port in use, a
    store that cannot be used.
    """
    if profile not in _APPLICATIONS:
        raise ServiceError(f"there is no reference server for {profile!r}")
    if bool(setup.s3_endpoint) != bool(setup.s3_bucket):
        raise ServiceError("--s3-endpoint and --s3-bucket go together")
    bends = [bend_named(profile, name) for name in setup.bends]
    with ExitStack() as stack:
        store = _store(setup.s3_endpoint, setup.s3_bucket, stack)
        callers = ("main", "other")
        tokens = {f"{caller}-{secrets.token_urlsafe(24)}": caller for caller in callers}
        ttl = setup.upload_ttl
        lives = ttl or UPLOAD_TTL_S[profile], min(ttl or TWIN_TTL_S, TWIN_TTL_S)
        urls = []
        for life, port in zip(lives, (setup.port, 0), strict=True):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-")))
            settings = Settings(store, tokens, life, setup.plain_ids)
            server = Server(_SUBJECTS[profile](settings, folder, stack))
            for bend in bends:
                bend.apply(server)
            app = _APPLICATIONS[profile](server)
            urls.append(stack.enter_context(_listening(app, port, dated=not server.own_date)))
        token, other_token = tokens
        yield {
            "base_url": urls[0],
            "short_lived_url": urls[1],
            "token": token,
            "other_token": other_token,
            "s3_endpoint": store.endpoint,
            "s3_access_key": store.access_key,
            "s3_secret_key": store.secret_key,
            "bucket": store.bucket,
        }


def bend_named(profile: str, name: str) -> Bend:
    """Return a profile's fault or variant; raise `ServiceError` for an unknown one."""
    for bends in (FAULTS[profile], VARIANTS[profile]):
        if name in bends:
            return bends[name]
    raise ServiceError(
        f"no fault or variant {name!r}: `conformance list faults {profile}` shows them"
    )


def _store(endpoint: str | None, bucket: str | None, stack: ExitStack) -> StoreAccess:
    try:
        if endpoint and bucket:
            return StoreAccess.external(endpoint, bucket)
        return stack.enter_context(object_store())
    except StoreError as error:
        raise ServiceError(str(error)) from None


@contextmanager
def _listening(app: Starlette, port: int, *, dated: bool = True) -> Iterator[str]:
    """Serve an app on loopback in a thread; yield its base URL once it listens."""
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"port {port} cannot be used ({error.strerror}): choose another with --port"
        ) from None
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        lifespan="off",
        date_header=dated,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        _await_start(server, thread)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(READY_BOUND_S)
        listener.close()


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + READY_BOUND_S
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise ServiceError("the reference server did not start")
        threading.Event().wait(_POLL_S)


def serve(profile: str, setup: Setup, *, as_json: bool = False) -> int:
    """Serve until SIGINT or SIGTERM; print where and with which keys once ready."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with running(profile, setup) as announcement:
        text = json.dumps(announcement) if as_json else _described(profile, announcement)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def _described(profile: str, announcement: dict[str, str]) -> str:
    width = max(map(len, announcement))
    lines = [f"{name:<{width}}  {value}" for name, value in announcement.items()]
    return "\n".join([f"The {profile} reference server is ready; Ctrl-C stops it.", *lines])
