"""`conformance judge`: the report of a recording."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.model.profile import Profile
from conformance.reports.terminal.layout import print_copied, print_pair
from conformance.runner.conclusion import concluded, prepared
from conformance.runner.traffic import assessor_of, run_of
from conformance.target import checked_url
from conformance.traffic.operations import plain_paths
from conformance.traffic.recording import read, replay, server_of

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.reports.terminal.console import Console
    from conformance.runner.request import RunRequest
    from conformance.traffic.assessor import Assessor
    from conformance.traffic.recording import Recording


def judge(request: RunRequest, path: Path, base_url: str | None, console: Console) -> int:
    """Judge a recording, and return the exit code of the verdict.

    Args:
        request: The settings.
        path: The HAR file.
        base_url: Where the API was; None to find it in the recording.
        console: Where to print.

    Raises:
        UsageProblem: The file cannot be read or is not a recording, or a setting does not fit.
    """
    began = time.time()
    profile = Profile.load(request.profile)
    recording = read(path)
    base = base_url or server_of(recording, plain_paths(profile))
    base = checked_url(base, "--base-url")
    hidden = not recording.shows_tokens
    assessor = assessor_of(
        request, profile, base, names=recording.pseudonyms, alone=False, hidden=hidden
    )
    baseline = prepared(request)
    _print_header(console, assessor, recording, path)
    replay(assessor, recording)
    words = ["conformance", "judge", profile.name, str(path), "--base-url", base]
    run = run_of(assessor, request, source="recording", command=shlex.join(words), began=began)
    return concluded(request, run, assessor.redactor, console, baseline)


def _print_header(console: Console, assessor: Assessor, recording: Recording, path: Path) -> None:
    profile = assessor.profile
    version = f"{profile.name} catalogue {profile.catalogue.version}"
    count = len(profile.catalogue)
    console.print(Text(f"conformance judge, {version} ({count} requirements)"), soft_wrap=True)
    print_copied(console, "recording", str(path))
    print_copied(console, "server", assessor.base_url)
    if recording.unreadable:
        text = f"{recording.unreadable} entries have not the members of HAR 1.2, and are left out"
        print_pair(console, "note", text, style="yellow")
    if assessor.hidden:
        text = "the recording hides the tokens: what depends on the caller is not verified"
        print_pair(console, "note", text, style="yellow")
