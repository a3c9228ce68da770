"""What is not loaded before it is used: the help stays quick, and so does the first request."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "boto3",
    "botocore",
    "httpx",
    "hypothesis",
    "jinja2",
    "jsonschema",
    "s3transfer",
    "schemathesis",
    "starlette",
    "urllib3",
    "uvicorn",
}
HELP = """
from conformance.cli.main import main
sys.argv = ["conformance", "--help"]
main()
"""
FIRST_REQUEST = """
import conformance.runner.run
from conformance.harness.client import Client
from conformance.harness.transcript import Transcript
from conformance.judge.contract import contracts_of, mismatches
from conformance.model.profile import Profile
from conformance.target import Limits, Target

target = Target("feedhive", "http://127.0.0.1:1", "token", limits=Limits(connect=1.0))
client = Client(target, Transcript("run"))
client.is_own = lambda url: False  # nobody waits for a server that starts again
exchange = client.send("GET", "http://127.0.0.1:1/media", operation="list_media")
assert "refused" in exchange.error, exchange.error
assert not list(mismatches(Profile.load("feedhive").catalogue, contracts_of("feedhive"), exchange))
"""


@pytest.mark.parametrize(
    ("code", "more"),
    [(HELP, {"httpcore", "jsonschema_rs", "pytest", "yaml"}), (FIRST_REQUEST, set())],
    ids=["--help", "the first request"],
)
def test_what_is_not_needed_is_not_loaded(code: str, more: set[str]) -> None:
    """Of a run without a bucket; jsonschema only says in words why an answer does not fit."""
    shown = "print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\n{shown}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(done.stdout.splitlines()[-1].split()) & (HEAVY | more) == set()
