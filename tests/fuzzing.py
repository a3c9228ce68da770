"""Runs the command of schemathesis with a printed document, against the reference server.

    python -m tests.fuzzing hayon hayon-whole.json hayon-whole.toml

All of its phases and checks run. The token of the server is not printed.
"""

from __future__ import annotations

import subprocess
import sys

from conformance.runner import launch

_EXAMPLES, _SEED = 20, 1


def main(profile: str, document: str, config: str) -> int:
    """Return the exit code of schemathesis."""
    command = ["schemathesis", "--config-file", config, "run", document]
    print(*command, flush=True)  # noqa: T201 - it is a command
    with launch.reference(profile) as announced:
        command += ["--url", announced["base_url"]]
        command += ["--header", f"Authorization: Bearer {announced['token']}"]
        command += ["--max-examples", str(_EXAMPLES), "--seed", str(_SEED)]
        return subprocess.run([*command, "--generation-database", "none"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
