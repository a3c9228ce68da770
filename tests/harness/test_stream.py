"""Workers write what they see, and together it is judged as the stream of one process."""

from __future__ import annotations

import platform
import random
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.stream import JoinedStreams, StreamWriter, remove_streams
from conformance.model.redaction import Redactor
from tests.oracles import test_hayon, wrong_libraries, wrong_media, wrong_sessions
from tests.oracles.simulated_server import BASE, TOKENS, Server, Traits
from tests.oracles.traffic import Traffic, engine
from tests.oracles.visit import a_whole_visit
from tests.oracles.wrong import WRONG

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.knowledge.event import Event
    from conformance.model.evidence import Evidence
    from conformance.oracles.engine import Engine, Timed

_MODULES = (wrong_sessions, wrong_media, wrong_libraries)
REDACTOR = Redactor(TOKENS.values())


def written(
    stream: list[Timed], folder: Path, worker: str, one: Engine, keys: Redactor = REDACTOR
) -> dict[str, Any]:
    """Write a part of a stream as a worker does, and return what the worker says of it."""
    writer = StreamWriter(folder, f"run-{worker}", REDACTOR, keys)
    moments = [(timed.began, 0, number) for number, timed in enumerate(stream)]
    moments += [(timed.ended, 1, number) for number, timed in enumerate(stream)]
    events: dict[int, Event] = {}
    for at, ends, number in sorted(moments):
        exchange = stream[number].exchange
        if not ends:
            events[number] = one.begin(exchange.request, at, f"case of {worker}")
            writer.begins(events[number])
        else:
            one.end(events[number], exchange, at)
            writer.ends(events[number])
    return writer.close()


def divided(stream: list[Timed], count: int = 3) -> list[list[Timed]]:
    """Deal a stream out to workers, by chance but always in the same way."""
    drawn = random.Random(7)  # noqa: S311 - no secret
    parts: list[list[Timed]] = [[] for _ in range(count)]
    for timed in stream:
        parts[drawn.randrange(count)].append(timed)
    return parts


def joined(traffic: Traffic, folder: Path) -> tuple[JoinedStreams, list[Evidence]]:
    traffic.wait(1_000)
    told = [
        written(part, folder, f"gw{number}", engine(alone=False))
        for number, part in enumerate(divided(traffic.stream))
    ]
    together = JoinedStreams("feedhive", told, REDACTOR)
    return together, together.findings(set())


def of_one(traffic: Traffic) -> Engine:
    """Judge the stream as one process does, by the oracles that judge joined streams."""
    alone = engine()
    alone.oracles = [oracle for oracle in alone.oracles if oracle.joins]
    alone.judge_stream(traffic.stream)
    return alone


@pytest.mark.parametrize(
    "traits", [Traits(), Traits(lag_s=4.0, fresh_urls=True, offsets=True), Traits(ids="again")]
)
def test_a_correct_server_gives_no_finding_and_each_judgement_is_made(
    tmp_path: Path, traits: Traits
) -> None:
    traffic = a_whole_visit(Server(traits))
    together, found = joined(traffic, tmp_path)

    assert found == []
    assert together.engine.judged == of_one(traffic).judged
    assert together.engine.judged["walk-shows-each-item-once"]
    assert together.engine.judged["completes-make-different-media"]


@pytest.mark.parametrize("server", [server for _, server in WRONG], ids=lambda one: one.__name__)
def test_what_one_process_finds_is_found_in_three(tmp_path: Path, server: type[Server]) -> None:
    traffic = a_whole_visit(server())
    together, found = joined(traffic, tmp_path)

    assert together.engine.found == of_one(traffic).found
    assert {proof.requirement for proof in found} == {row for _, row in together.engine.kinds}


def test_one_object_for_two_workers_is_found_which_neither_can_see(tmp_path: Path) -> None:
    traffic = Traffic(wrong_sessions.SharesObjects())
    for _ in range(4):
        traffic.create(filename="one-name.png")
        traffic.wait(1)
    parts = [traffic.stream[-2:-1], traffic.stream[-1:]]
    workers = [engine(alone=False) for _ in parts]

    told = [
        written(*one) for one in zip(parts, [tmp_path] * 2, ("gw0", "gw1"), workers, strict=True)
    ]
    (proof,) = JoinedStreams("feedhive", told, REDACTOR).findings(set())

    assert [worker.kinds for worker in workers] == [[], []]
    assert (proof.requirement, proof.case, proof.oracle) == (
        "FH-CREATE-11", "case of gw1", "session-objects-differ",
    )  # fmt: skip
    assert proof.exchange is not None
    assert proof.against is not None
    assert proof.against["request"]["url"].startswith(BASE)
    assert [step["script"] for step in proof.transcript] == [None, None]


def test_what_a_worker_reported_is_not_reported_again(tmp_path: Path) -> None:
    traffic = a_whole_visit(wrong_sessions.SharesObjects())
    told = [written(traffic.stream, tmp_path, "gw0", engine(alone=False))]

    found = JoinedStreams("feedhive", told, REDACTOR).findings(
        {("session-objects-differ", "FH-CREATE-11")}
    )

    assert "FH-CREATE-11" not in {proof.requirement for proof in found}


def test_no_signature_and_no_key_is_written(tmp_path: Path) -> None:
    joined(a_whole_visit(Server(Traits(fresh_urls=True))), tmp_path)

    texts = [path.read_text() for path in tmp_path.iterdir()]

    assert all(text for text in texts)
    assert not any(REDACTOR.finds(text) for text in texts)


def test_an_id_that_holds_a_key_makes_the_stream_useless_and_is_not_written(
    tmp_path: Path,
) -> None:
    traffic = a_whole_visit(wrong_sessions.SharesObjects())
    shown = traffic.handed[0].upload_id

    told = written(traffic.stream, tmp_path, "gw0", engine(alone=False), Redactor([shown]))

    assert not told["whole"]
    assert shown not in (tmp_path / "run-gw0.stream").read_text()
    assert JoinedStreams("feedhive", [told], REDACTOR).findings(set()) == []


@pytest.mark.parametrize("harm", ["a line is missing", "no file", "another machine", "too long"])
def test_an_incomplete_stream_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    if harm == "too long":
        monkeypatch.setattr("conformance.harness.stream.MOST_BYTES", 10_000)
    traffic = a_whole_visit(wrong_sessions.SharesObjects())
    told = written(traffic.stream, tmp_path, "gw0", engine(alone=False))
    path = tmp_path / "run-gw0.stream"
    if harm == "a line is missing":
        path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    elif harm == "no file":
        path.unlink()
    elif harm == "another machine":
        told["machine"] = "elsewhere"
    else:
        assert path.stat().st_size <= 10_100

    assert JoinedStreams("feedhive", [told], REDACTOR).findings(set()) == []


def test_the_files_are_removed(tmp_path: Path) -> None:
    joined(Traffic(Server()), tmp_path)
    told = [{"machine": platform.node(), "path": str(one)} for one in tmp_path.iterdir()]

    remove_streams(told)

    assert list(tmp_path.iterdir()) == []


def test_a_replaced_object_is_unknown_to_the_joined_streams(tmp_path: Path) -> None:
    writer = StreamWriter(tmp_path, "run-gw0", REDACTOR, REDACTOR)
    writer.disturbs("https://s.h/b/a.png?X-Amz-Signature=1", 1.0)
    writer.disturbs("not a URL", 1.0)
    together = JoinedStreams("feedhive", [writer.close()], REDACTOR)

    assert together.findings(set()) == []
    assert [stored.disturbed for stored in together.engine.knowledge.objects.values()] == [1.0]


def test_a_request_may_end_when_it_begins_on_a_coarse_clock(tmp_path: Path) -> None:
    traffic = a_whole_visit(Server())
    traffic.wait(1_000)
    whole = [one._replace(began=one.began // 1, ended=one.ended // 1) for one in traffic.stream]
    told = [written(whole, tmp_path, "gw0", engine(alone=False))]
    together = JoinedStreams("feedhive", told, REDACTOR)

    together.findings(set())

    assert together.engine.judged["session-ids-differ"] > 5


def test_a_key_of_two_workers_is_found(tmp_path: Path) -> None:
    visits = [test_hayon.visit(test_hayon.Publisher()) for _ in range(2)]  # both begin at one
    told = [
        written(visit, tmp_path, f"gw{number}", test_hayon.engine())
        for number, visit in enumerate(visits)
    ]

    found = JoinedStreams("hayon", told, REDACTOR).findings(set())

    assert {proof.requirement for proof in found} == {"HY-UPLOAD-16"}
