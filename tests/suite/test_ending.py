"""What processes say at their end is added up: this process's own word, and that of workers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.suite.ending import Ending
from tests.harness.test_stream import written
from tests.oracles import test_hayon as hayon

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.oracles.engine import Timed

_TOLD = {
    "ended": "the run took longer than 600 s",
    "leftovers": ["media m_1"],
    "left_behind": {"upload": 2},
    "made": {"uploads": 3},
    "secrets": ["tok_0123456789"],
    "oracles": {},
}


def test_the_words_of_two_workers_are_added_up() -> None:
    ending = Ending()

    for told in (_TOLD, {**_TOLD, "ended": "", "leftovers": []}):
        ending.add_worker(SimpleNamespace(workeroutput={"conformance_ending": told}))

    assert ending.ended == "the run took longer than 600 s"
    assert ending.leftovers == ["media m_1"]
    assert (ending.left_behind["upload"], ending.made["uploads"]) == (4, 6)


def test_a_worker_that_died_says_nothing() -> None:
    ending = Ending()

    ending.add_worker(SimpleNamespace())

    assert ending == Ending()


def told_of(tmp_path: Path, worker: str, stream: list[Timed]) -> dict[str, Any]:
    told = written(stream, tmp_path, worker, hayon.engine())
    return {**_TOLD, "oracles": {"stream": told}, "workers": 2}


def streams_of(tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what two workers say to whom a server gives the same key."""
    visits = [hayon.visit(hayon.Publisher()) for _ in range(2)]
    first, second = (told_of(tmp_path, f"gw{number}", visit) for number, visit in enumerate(visits))
    return first, second


def test_the_streams_of_all_workers_are_judged_together_and_removed(tmp_path: Path) -> None:
    ending = Ending()
    for told in streams_of(tmp_path):
        ending.add_worker(SimpleNamespace(workeroutput={"conformance_ending": told}))

    ending.judge_together("hayon", whole=True)

    assert {proof.requirement for proof in ending.oracles.findings} == {"HY-UPLOAD-16"}
    (row,) = [row for row in ending.oracles.rows if row["found"]]
    assert (row["name"], row["found"]) == ("keys-differ", 5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("harm", ["a worker died", "interrupted"])
def test_without_the_whole_session_nothing_is_judged_together(tmp_path: Path, harm: str) -> None:
    ending = Ending()
    first, second = streams_of(tmp_path)
    second_output = {} if harm == "a worker died" else {"conformance_ending": second}
    ending.add_worker(SimpleNamespace(workeroutput={"conformance_ending": first}))
    ending.add_worker(SimpleNamespace(workeroutput=second_output))

    ending.judge_together("hayon", whole=harm != "interrupted")

    assert ending.oracles.findings == []
    assert not (tmp_path / "run-gw0.stream").exists()


def test_a_worker_that_ran_no_case_hides_nothing(tmp_path: Path) -> None:
    ending = Ending()
    first, _ = streams_of(tmp_path)
    for told in (first, {}):
        ending.add_worker(SimpleNamespace(workeroutput={"conformance_ending": told}))

    ending.judge_together("hayon", whole=True)

    assert {row["name"]: row["judged"] for row in ending.oracles.rows}["keys-differ"] > 0


def test_a_clean_up_after_workers_adds_what_it_found() -> None:
    ending = Ending(leftovers=["post p_1"])

    ending.add_removal(["media m_1"], {"upload": 1})

    assert ending.leftovers == ["post p_1", "media m_1"]
    assert ending.left_behind == {"upload": 1}
