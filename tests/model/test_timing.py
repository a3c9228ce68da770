"""What several processes measured becomes one account of the time."""

from __future__ import annotations

from conformance.model.timing import Timing


def process(began: float, ended: float, **answers: list[float]) -> Timing:
    timing = Timing(began, ended, cleaned=ended + 2, cpu_s=3.0, judging_s=1.0, cases_at_once=4)
    for operation, seconds in answers.items():
        for one in seconds:
            timing.answered(operation, one, by_storage=operation == "put_object")
    return timing


def test_the_phases_follow_each_other() -> None:
    summary = process(105, 120).summary(started=100, duration_s=23)

    phases = [summary[name] for name in ("start_up_s", "cases_s", "clean_up_s", "end_s")]
    assert phases == [5, 15, 2, 1]


def test_answers_are_counted_by_operation_and_by_who_gave_them() -> None:
    timing = process(1, 2, list_media=[0.1] * 89 + [0.2] * 10 + [3.0], put_object=[0.5])

    summary = timing.summary(0, 10)

    assert summary["waiting_s"] == {"target": 13.9, "storage": 0.5}
    assert summary["operations"] == [
        {
            "operation": "list_media",
            "answered_by": "target",
            "answers": 100,
            "p50_ms": 100.0,
            "p90_ms": 200.0,
            "p99_ms": 200.0,
            "max_ms": 3000.0,
        },
        {
            "operation": "put_object",
            "answered_by": "storage",
            "answers": 1,
            "p50_ms": 500.0,
            "p90_ms": 500.0,
            "p99_ms": 500.0,
            "max_ms": 500.0,
        },
    ]


def test_processes_are_added_up() -> None:
    both = Timing()
    for one in (process(105, 120, list_media=[0.1]), process(103, 118, list_media=[0.3])):
        both.add(one.as_dict())

    assert (both.began, both.ended, both.cleaned) == (103, 120, 122)
    assert (both.cpu_s, both.judging_s, both.cases_at_once) == (6, 2, 8)
    assert both.answers == {"list_media": [0.1, 0.3]}


def test_nothing_measured_gives_nothing() -> None:
    timing = Timing()
    timing.add({})

    assert timing.summary(0, 1) == {}
