"""What processes say at their end is added up: this process's own word, and that of workers."""

from __future__ import annotations

from types import SimpleNamespace

from conformance.suite.ending import Ending

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


def test_a_clean_up_after_workers_adds_what_it_found() -> None:
    ending = Ending(leftovers=["post p_1"])

    ending.add_removal(["media m_1"], {"upload": 1})

    assert ending.leftovers == ["post p_1", "media m_1"]
    assert ending.left_behind == {"upload": 1}
