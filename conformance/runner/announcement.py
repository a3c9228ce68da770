"""What a run says before it writes: how much it will make, and what is there already."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.harness.client import Client
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Finding
from conformance.model.profile import specs_folder
from conformance.model.volume import estimated
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.model.profile import Profile
    from conformance.runner.progress import Progress
    from conformance.target import Target

_KIB = 1024


def announce(
    profile: Profile,
    target: Target,
    values: Mapping[str, Any],
    progress: Progress,
    *,
    selected: bool,
) -> None:
    """Say what a run will make; on a terminal, ask before it writes to a public host.

    Args:
        profile: The profile of the target.
        target: The target.
        values: The settings.
        progress: Shows the lines, and asks.
        selected: Whether only a part of the cases runs.

    Raises:
        UsageProblem: The user does not want it.
    """
    if target.read_only:
        progress.note("will make", "nothing: it only reads")
        return
    progress.note("will make", will_make(profile, target, values["effort"], selected=selected))
    for words in already_there(profile, target):
        progress.note("has already", words)
    confirm_public(target, values, progress)


def confirm_public(target: Target, values: Mapping[str, Any], progress: Progress) -> None:
    """On a terminal, ask before anything is written to a public host.

    Raises `UsageProblem` where the user does not want it.
    """
    if values["yes"] or not is_public(target.base_url):
        return
    if not progress.confirms(f"Write to {target.base_url}, which is a public host?"):
        raise UsageProblem("nothing was written: pass --yes, or yes = true for this target")


def will_make(profile: Profile, target: Target, effort: str, *, selected: bool = False) -> str:
    """Return in words how much a run makes, and what bounds it.

    Args:
        profile: The profile of the target.
        target: The target, with its capabilities.
        effort: The effort of the run.
        selected: Whether only a part of the cases runs.
    """
    found = estimated(specs_folder() / profile.name / "volume.toml", effort, target.capabilities)
    size = f"{found['bytes'] / _KIB:,.0f} KiB"
    parts = [f"{found['uploads']:,} uploads ({size})"]
    parts += [f"{found['posts']:,} posts"] if found["posts"] else []
    deletes = 0 if profile.module("belongings").POSTS_STAY else found["media"] + found["posts"]
    parts += [f"{deletes:,} deletes of its own things"] if deletes else []
    about = "at most about" if selected else "about"
    most = target.limits.created
    bound = f"; it ends after {most:,} uploads and posts" if most is not None else ""
    return f"{about} {', '.join(parts)}{bound}"


def already_there(profile: Profile, target: Target) -> Iterator[str]:
    """Yield how many items each caller has already, where the API tells that."""
    client = Client(target, Transcript("announcement"))
    listed = profile.module("belongings").listed
    callers = ["main", *(["other"] if target.other_token else [])]
    try:
        for caller in callers:
            total = listed(client, target.base_url, caller, pages=1).total
            if total is not None:
                whose = "the caller" if caller == "main" else "the other caller"
                yield f"{total:,} items of {whose}, which stay as they are"
    except Finding:
        return
    finally:
        client.close()


def is_public(url: str) -> bool:
    """Whether a host has an address that everybody may reach, or none that is known here."""
    host = urlsplit(url).hostname or ""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True
    addresses = [ipaddress.ip_address(str(row[4][0]).split("%")[0]) for row in found]
    return any(address.is_global for address in addresses)
