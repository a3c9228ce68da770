"""Each answer that departs from the documents keeps its verdict, whatever form they have.

`verdicts.json` holds, for each place and kind of departure of the examples, the verdicts that
occur. A verdict is the requirement that the answer breaks, if any, then the levels whose schema
it breaks. If a promise changes on purpose, `python -m tests.judge.test_verdicts` writes the file
again: read the difference.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.judge.contract import contracts_of, mismatches
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile, profile_names
from conformance.model.requirement import Level
from conformance.runner.mutants.derivation import derive
from conformance.runner.mutants.members import Answer, answers_of
from conformance.servers.mutated import UNCHANGED, Memory, Mutation, Remembered, changed

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).parent / "verdicts.json"
HEADERS = (("Content-Type", "application/json"), ("Date", "Sun, 04 May 2031 09:30:00 GMT"))
PATH = "/media/team-7%2F2031%2Fwalkthrough.mov"  # of the item in the examples


def verdicts(name: str) -> dict[str, dict[str, list[str]]]:
    """Return the verdicts of each departure, and of the examples, by operation and place."""
    answers = {
        (answer.operation.id, answer.refusal): answer
        for contract in contracts_of(name)
        for answer in answers_of(contract)
    }
    found: dict[str, dict[str, set[str]]] = {}
    for mutant in derive(Profile.load(name)):
        mutation = mutant.mutation
        kind = "refusal" if mutation.refusal else "success"
        place = found.setdefault(f"{mutation.operation} {kind} {mutation.pointer}", {})
        for label, status, body in departures(
            answers[mutation.operation, mutation.refusal], mutation
        ):
            text = json.dumps(body)
            place.setdefault(label, set()).add(verdict(name, mutation.operation, status, text))
    return {
        place: {label: sorted(told) for label, told in labels.items()}
        for place, labels in found.items()
    }


def departures(answer: Answer, mutation: Mutation) -> Iterator[tuple[str, int, Any]]:
    """Yield a label, the status and the body of what a mutation makes of the examples."""
    status = 400 if mutation.refusal else 200
    for example in answer.examples:
        yield "example", status, example
        if mutation.part == "status":
            yield f"status {mutation.to}", int(mutation.to), example
        if mutation.part == "body":
            everywhere = Mutation(**{**vars(mutation), "only": None, "one_item": False})
            body = changed(everywhere, Remembered("", "", example), Memory())
            if body is not UNCHANGED:
                yield mutation.kind, status, body


@cache
def verdict(name: str, operation: str, status: int, text: str) -> str:
    """Return the requirement that an answer breaks, then the levels whose schema it breaks."""
    response = Response(status, HEADERS, text.encode(), 0.01)
    exchange = Exchange(Request("GET", f"http://localhost{PATH}"), response, operation=operation)
    contracts = contracts_of(name)
    rows = [
        one.requirement for one in mismatches(Profile.load(name).catalogue, contracts, exchange)
    ]
    levels = [
        level.value
        for level in Level
        if any(contract.mismatch(exchange, level) for contract in contracts)
    ]
    return " ".join([*map(str, rows), *levels])


@pytest.mark.parametrize("name", profile_names())
def test_each_departure_has_the_verdict_that_it_always_had(name: str) -> None:
    held = json.loads(FILE.read_text(encoding="utf-8"))[name]

    found = verdicts(name)

    assert found == held


def test_the_departures_are_many_and_of_both_levels() -> None:
    held = json.loads(FILE.read_text(encoding="utf-8"))

    told = {
        one
        for places in held.values()
        for kinds in places.values()
        for one in chain.from_iterable(kinds.values())
    }

    assert sum(len(kinds) for places in held.values() for kinds in places.values()) > 500
    assert {"", "FH-LIST-08", "HY-UPLOAD-09", "FH-GET-SCHEMA MUST SHOULD"} <= told
    assert "FH-GET-SCHEMA-REF SHOULD" in told


if __name__ == "__main__":
    table = {name: verdicts(name) for name in profile_names()}
    FILE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
