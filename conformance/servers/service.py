"""Runs a reference server for clients: the server, its short-lived twin, and the store."""

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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from conformance.servers import mutation
from conformance.servers.answers import CALLERS, Settings
from conformance.servers.connections import EndsKept
from conformance.servers.deviation import Deviation, Server
from conformance.servers.reference import FAULTS, REFERENCES, VARIANTS, Reference
from conformance.servers.store import StoreAccess, StoreError, object_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

#: The life of uploads on the twin, in seconds.
TWIN_TTL_S = 5.0
#: The seconds within which a server must listen.
READY_BOUND_S = 10.0

_POLL_S = 0.01


class ServiceError(Exception):
    """The service cannot start; the message says how to fix it."""


@dataclass(frozen=True)
class Setup:
    """The options of a reference server; `deviations` names the faults and variants to apply.

    `mutants` is the path of a file with rows for `conformance.servers.mutation`; `storage_gate`
    is the address that the servers use for their own calls to the store. `preload` is how many
    items the library of the first caller has from the beginning, `more_tokens` are keys of
    further callers.
    """

    port: int = 0
    upload_ttl: float | None = None
    plain_ids: bool = False
    s3_endpoint: str | None = None
    s3_bucket: str | None = None
    deviations: tuple[str, ...] = ()
    mutants: str | None = None
    storage_gate: str = ""
    preload: int = 0
    more_tokens: tuple[str, ...] = ()


@contextmanager
def running(profile: str, setup: Setup = Setup()) -> Iterator[dict[str, str]]:
    """Run server, twin and store during the block; yield what `serve --json` prints.

    Raises `ServiceError` if the profile has no server, a deviation is unknown, the port is
    in use, or the store cannot be used.
    """
    if profile not in REFERENCES:
        raise ServiceError(f"there is no reference server for {profile!r}")
    if bool(setup.s3_endpoint) != bool(setup.s3_bucket):
        raise ServiceError("--s3-endpoint and --s3-bucket need each other: give both or neither")
    reference = REFERENCES[profile]
    if setup.preload and reference.preload is None:
        raise ServiceError(f"--preload: {profile} has no library that could be filled")
    deviations = [deviation_named(profile, name) for name in setup.deviations]
    if setup.mutants:
        deviations.append(mutation.deviation(setup.mutants))
    with ExitStack() as stack:
        store = _store(setup, stack)
        for front in (one.front for one in deviations if one.front):
            endpoint = stack.enter_context(_listening(front(store), 0, Server(None, own_date=True)))
            store = replace(store, endpoint=endpoint)
        # So long that each character counts, also where a variant decodes the keys.
        tokens = {f"{caller}-{secrets.token_urlsafe(25)}": caller for caller in CALLERS}
        token, other_token = tokens
        tokens |= {key: f"user{number}" for number, key in enumerate(setup.more_tokens)}
        ttl = setup.upload_ttl
        lives = ttl or reference.upload_ttl, min(ttl or TWIN_TTL_S, TWIN_TTL_S)
        urls = []
        for life, port, items in zip(lives, (setup.port, 0), (setup.preload, 0), strict=True):
            settings = Settings(store, tokens, life, setup.plain_ids)
            serving = _serving(reference, settings, deviations, port, preload=items)
            urls.append(stack.enter_context(serving))
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


@contextmanager
def _serving(
    reference: Reference,
    settings: Settings,
    deviations: list[Deviation],
    port: int,
    *,
    preload: int,
) -> Iterator[str]:
    """Serve one subject with the deviations and so many items; yield its base URL."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-"))
        server = Server(stack.enter_context(reference.subject(settings, Path(folder))))
        if preload and reference.preload is not None:
            reference.preload(server, preload)
        for deviation in deviations:
            deviation.apply(server)
        app = reference.application(server)
        yield stack.enter_context(_listening(app, port, server))


def deviation_named(profile: str, name: str) -> Deviation:
    """Return a fault or variant of a profile; raise `ServiceError` if it is unknown."""
    for registry in (FAULTS[profile], VARIANTS[profile]):
        if name in registry:
            return registry[name]
    raise ServiceError(
        f"no fault or variant {name!r}: `conformance list faults {profile}` shows them"
    )


def _store(setup: Setup, stack: ExitStack) -> StoreAccess:
    try:
        if setup.s3_endpoint and setup.s3_bucket:
            return StoreAccess.external(setup.s3_endpoint, setup.s3_bucket, setup.storage_gate)
        return stack.enter_context(object_store(setup.storage_gate))
    except StoreError as error:
        raise ServiceError(str(error)) from None


@contextmanager
def _listening(app: Starlette, port: int, settings: Server) -> Iterator[str]:
    """Serve an application on loopback in a thread; yield its base URL when it listens."""
    # asyncio switches Nagle's algorithm off only if the socket names its protocol.
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
        date_header=not settings.own_date,
        timeout_keep_alive=settings.keep_alive_s,
        http=EndsKept if settings.ends_kept else "auto",
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
    """Serve until SIGINT or SIGTERM; print the addresses and keys when ready."""
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
