"""Every command line of the documentation: who runs it, or why nobody can.

The tutorial's lines are run by `test_tutorial`, the others by `tests/test_lines.py`. A line that
matches a row of `ELSEWHERE` is run by a session of the noxfile, one of `NEVER` by nobody.
"""

from __future__ import annotations

import re

from tests.docs import pages

TUTORIAL = "tutorial/first-server.md"
#: Lines that something else runs in the same form.
ELSEWHERE = {
    r"(\.venv/bin/)?nox -s .+": "CI runs the sessions of the noxfile",
    r"python3 -m venv \.venv && \.venv/bin/pip install nox && .+": "the first lines of .ci/run",
    r"conformance selftest .+": "nox -s selftest and nox -s mutants run it, with other numbers",
    r"conformance serve \w+ --fault [a-z0-9-]+": "nox -s selftest starts each fault",
    r"schemathesis --config-file .+": "nox -s spec runs it, by tests/fuzzing.py",
    r"python -m conformance\.harness\.boundary_file": "tests/harness compares what it writes",
    r"conformance cleanup /.+\.jsonl": "tests/runner/test_cleanup.py removes what a journal names",
    r"conformance merge (shard-1/|reports/).+": "the lines of guides/shards.md merge real reports",
    r"conformance load .+": "tests/runner/test_load.py loads servers, with fewer users",
    r"python -m tests\.compared .+": "it takes minutes, and makes figures",
}
#: Lines that cannot be run here.
NEVER = {
    r"(pip|pipx) install \"media-conformance.* @ git\+https://github\.com/OWNER/.+":
        "OWNER is a placeholder; the tutorial's test installs the same words from a wheel",
    r"git tag .+": "it publishes a release",
    r"(\$ )?docker .+": "it needs a Docker daemon",
    r"npx .+": "it needs a package of npm",
    r"pipx run .+": "it needs pipx and another project's package",
    r"eval \"\$\(conformance completion zsh\)\".*": "it needs zsh",
    r"export S3_ENDPOINT=.+": "it is part of the next line",
    r"conformance run \w+ --start \"\./serve .+ --storage-gate .+":
        "it needs a server whose storage can be moved; tests/runner run such servers",
}  # fmt: skip


def lines_of(page: str) -> list[str]:
    """Return the command lines of a page, with continued lines joined, in their order."""
    return [
        line.strip()
        for language, body in pages.fences(page)
        if language in ("sh", "bash", "console")
        for line in re.sub(r"\\\n\s*", "", body).splitlines()
        if line.strip()
    ]


def first_places() -> dict[str, str]:
    """Return the first page of each command line."""
    places: dict[str, str] = {}
    for path, page in sorted(pages.everything().items()):
        for line in lines_of(page):
            places.setdefault(line, path)
    return places


def left_out(line: str) -> str:
    """Return why `tests/test_lines.py` does not run a line, or an empty string."""
    reasons = {**ELSEWHERE, **NEVER}
    return next((reasons[row] for row in reasons if re.fullmatch(row, line)), "")


def to_run() -> dict[str, list[str]]:
    """Return the lines that `tests/test_lines.py` runs, by page."""
    tutorial = set(lines_of(pages.everything()[TUTORIAL]))
    found: dict[str, list[str]] = {}
    for line, page in first_places().items():
        if line not in tutorial and not left_out(line):
            found.setdefault(page, []).append(line)
    return found
