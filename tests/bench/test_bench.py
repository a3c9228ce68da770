"""The bench: its proxy delays, its rows know their goals, and it compares with an earlier one."""

from __future__ import annotations

import json
import socket
import threading
import time
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tests.bench import __main__ as bench
from tests.bench.delay import delayed
from tests.bench.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DELAY_S = 0.05


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets, once."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(connection.recv(100))

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]


def test_the_proxy_delays_what_it_forwards(echo: int) -> None:
    with delayed(echo, _DELAY_S) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            began = time.monotonic()
            client.sendall(b"hello")
            answer = client.recv(100)
        elapsed = time.monotonic() - began

    assert answer == b"hello"
    assert elapsed >= _DELAY_S


@pytest.mark.parametrize(
    ("ratio", "goal", "met"), [(1.0, 1.2, True), (1.3, 1.2, False), (9, None, None)]
)
def test_a_row_knows_whether_its_goal_is_met(
    ratio: float, goal: float | None, *, met: bool | None
) -> None:
    assert Row("a", ratio, goal).is_met is met


def test_rows_are_written_and_compared_with_earlier_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "CORE", {"near": lambda: iter([Row("a", 1.5, 1.25, {"s": 3})])})
    monkeypatch.setattr(bench, "MORE", {})
    old = tmp_path / "old.json"
    old.write_text(json.dumps({"rows": [{"name": "a", "ratio": 2.5}]}))

    new = tmp_path / "new.json"
    assert bench.main(["--json", str(new), "--compare", str(old)]) == 0

    assert json.loads(new.read_text())["rows"] == [
        {"name": "a", "ratio": 1.5, "goal": 1.25, "figures": {"s": 3}}
    ]
    shown = capsys.readouterr().out
    assert "2.5" in shown
    assert "no" in shown


def test_an_unknown_row_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["nosuch"])

    assert ended.value.code == 2
    assert "no rows 'nosuch': choose of start-up, near" in capsys.readouterr().err


def test_a_row_without_a_goal_is_not_judged() -> None:
    out = StringIO()
    Console(file=out, width=100).print(bench.table([Row("a", 1.5)]))

    assert "yes" not in out.getvalue()
