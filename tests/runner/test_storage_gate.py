"""The gate of a run: a process of its own, which the processes of the run find."""

from __future__ import annotations

import os
import shlex
import socket
import sys

import pytest

from conformance.gate.remote import PLACE, Gate
from conformance.problem import TargetProblem, UsageProblem
from conformance.runner.launch import started
from conformance.runner.storage_gate import check_gate, storage_gate, wanted
from conformance.settings import layers


def test_the_gate_is_open_for_the_block_and_its_failure_stops_the_run() -> None:
    check_gate()  # a run without a gate
    with storage_gate() as gate:
        assert Gate.of() == gate
        assert os.environ["CONFORMANCE_STORAGE_GATE"] == str(gate.port)
        gate.lead("http://127.0.0.1:1", "media")
        check_gate()
        with socket.create_connection(("127.0.0.1", gate.port), 10) as client:
            client.sendall(b"GET /media/a HTTP/1.1\r\n\r\n")
            assert client.recv(10) == b""
        with pytest.raises(TargetProblem, match=r"no connection to http://127\.0\.0\.1:1"):
            check_gate()
    assert PLACE not in os.environ


def test_a_server_that_the_run_starts_is_not_told_how_to_ask_the_gate() -> None:
    script = (
        "import os, http.server as h; a = os.environ;"
        f" ok = {PLACE!r} not in a and 'CONFORMANCE_STORAGE_GATE' in a;"
        " ok and h.HTTPServer(('127.0.0.1', int(a['PORT'])), None).serve_forever()"
    )
    with storage_gate(), started(shlex.join([sys.executable, "-c", script])) as url:
        assert url.startswith("http://127.0.0.1:")


def test_a_port_that_is_in_use_is_a_usage_problem() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = pytest.raises(UsageProblem, match=f"--storage-gate {port} cannot be used")
        with refused, storage_gate(port):
            pass


def test_the_gate_needs_the_real_store() -> None:
    values = layers.resolved()

    assert not wanted(values)
    assert wanted({**values, "storage_gate": 9, "s3_endpoint": "http://h", "s3_bucket": "b"})
    with pytest.raises(UsageProblem, match="also needs --s3-endpoint and --s3-bucket"):
        wanted({**values, "storage_gate": 9})
