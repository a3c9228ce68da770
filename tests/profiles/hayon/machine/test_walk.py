"""The walk: the seed draws its order, and a part that fails is tried alone."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import Any

from conformance.harness.sequences import row_of
from conformance.judge import expect
from conformance.judge.finding import Blocked
from conformance.profiles.hayon.machine.lifecycle import Lifecycle
from conformance.profiles.hayon.machine.walk import REFUSALS, refused, walk
from tests.profiles.hayon.machine.fake import Server, machine

KINDS = {f"{kind} {number}": None for kind in ("key", "type") for number in range(30)}
KINDS["ask for image/gif"] = None


class Tame(Lifecycle):
    """A machine whose storage is not misused: the server in memory enforces nothing."""

    def misuse(self, *_: Any) -> None:
        self.steps.append("misuse")


def walking(server: Server, refuse: Any = lambda *_: None) -> tuple[type[Any], list[Any]]:
    bound, noticed = machine(server, Tame)
    keys = {words: None for words in KINDS if words.startswith("key")}
    types = {words: None for words in KINDS if not words.startswith("key")}
    bound.refusals = SimpleNamespace(all=KINDS, of_keys=keys, of_types=types, refuse=refuse)
    return bound, noticed


def test_a_walk_over_a_correct_server_reads_its_files_back() -> None:
    bound, noticed = walking(Server())

    finding, files = walk(bound, 4, "standard")

    assert (finding, noticed) == (None, [])
    assert len(files) == 8
    assert bound.log.done["stored files read back"] == 8


def test_the_same_seed_draws_the_same_and_another_one_draws_other_refusals() -> None:
    refusals = walking(Server())[0].refusals

    drawn = [refused(refusals, Random(seed), "standard") for seed in (1, 1, 2)]  # noqa: S311

    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == REFUSALS["standard"] + 1
    assert all("ask for image/gif" in words for words in drawn)
    assert {words.split()[0] for words in drawn[0]} == {"key", "type", "ask"}
    assert refused(refusals, Random(1), "thorough") == list(KINDS)  # noqa: S311


def test_a_part_that_fails_is_told_alone() -> None:
    def refuse(_: str, findings: Any) -> None:
        with findings.under("HY-UPLOAD-21"):
            expect.violated("a refusal", "it was a success")

    bound, _ = walking(Server(), refuse)

    finding, _ = walk(bound, 4, "standard")

    assert row_of(finding) == "HY-UPLOAD-21"
    assert len(bound.log.steps) == 1


def test_a_limit_ends_the_walk_and_judges_what_was_made() -> None:
    server = Server()
    asked = server.create_media_upload

    def limited(*arguments: Any, **how: Any) -> Any:
        if len(server.asked) >= 14:
            raise Blocked(limit="the trial allows 14 uploads")
        return asked(*arguments, **how)

    server.create_media_upload = limited  # type: ignore[method-assign]
    bound, _ = walking(server)

    finding, files = walk(bound, 4, "standard")

    assert finding is None
    assert len(files) == 6
