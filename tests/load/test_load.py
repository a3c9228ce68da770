"""The users of two processes, here two crews in threads, against a reference server."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.harness import ledger as ledgers
from conformance.harness.told import told_by
from conformance.load import audit as audits
from conformance.load import crew as crews
from conformance.load.audit import Audit
from conformance.load.crew import Crew, Over
from conformance.load.figures import figures
from conformance.load.gathering import NOT_WHOLE, Gathered
from conformance.load.orders import Orders
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.oracles import quiet
from conformance.target import Target

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.load.crew import Member

ROUNDS = 2


@pytest.fixture(autouse=True)
def _quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "journals"
    root.mkdir(mode=0o700)
    monkeypatch.setattr(ledgers, "ledgers_root", lambda: root)
    for module in (audits, quiet):
        monkeypatch.setattr(module, "SETTLED_S", 0.0)
    monkeypatch.setattr("conformance.harness.crowd.PATIENCE_S", 0.05)


@pytest.fixture(params=["feedhive", "hayon"])
def target(request: pytest.FixtureRequest) -> Target:
    profile = request.param
    announced = request.getfixturevalue(profile)
    claimed = frozenset(Profile.load(profile).module("api").OPTIONAL_PARTS)
    token, other = announced["token"], announced["other_token"]
    return Target(profile, announced["base_url"], token, other, claimed=claimed)


class Noted:
    """What locust would be told."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str]] = []

    def __call__(self, operation: str, elapsed_s: float, size: int, wrong: str) -> None:
        assert elapsed_s >= 0
        assert size >= 0
        self.answers.append((operation, wrong))


def go_round(member: Member, rounds: int = ROUNDS) -> None:
    for _ in range(rounds):
        member.round()


def loaded(target: Target, folder: Path, users: int = 2) -> tuple[Orders, Noted]:
    """Let the users of two processes go round, and end both."""
    orders = Orders.of(target, "run1", folder, processes=2)
    noted = Noted()
    crew_of_each = [Crew(orders), Crew(orders)]
    for index, crew in enumerate(crew_of_each):
        crew.begin(index, lambda: users, noted)
    members = [crew.member() for crew in crew_of_each for _ in range(users)]
    with ThreadPoolExecutor(len(members)) as pool:
        list(pool.map(go_round, members))
    for crew in crew_of_each:
        crew.end()
    return orders, noted


def gathered_from(orders: Orders, target: Target) -> Gathered:
    gathered = Gathered()
    for index in range(orders.processes):
        gathered.add_file(orders.told(f"load{index}"))
    audit = Audit(Profile.load(target.profile), target, orders.run_id)
    audit.read(list(gathered.callers), 0.0)
    audit.close()
    gathered.add_audit(told_by(audit.harness))
    gathered.judge_together(target.profile, Redactor(target.secrets))
    return gathered


def found_in(gathered: Gathered) -> list[str]:
    return [f"{one.requirement}: {one.actual}" for one in gathered.oracles.findings]


def test_a_correct_server_keeps_every_promise_while_many_users_use_it(
    target: Target, tmp_path: Path
) -> None:
    orders, noted = loaded(target, tmp_path)

    gathered = gathered_from(orders, target)

    assert found_in(gathered) == []
    assert (gathered.rounds, gathered.members) == (4 * ROUNDS, 4)
    assert not gathered.stopped
    assert gathered.apart == ""
    assert sum(gathered.operations.values()) == len(noted.answers)
    assert {wrong for _, wrong in noted.answers} == {""}
    assert set(gathered.callers) == {"main", "other"}
    assert gathered.leftovers == []
    shown = figures(gathered, Profile.load(target.profile).catalogue, 4)
    assert shown["first_broken"] is None
    assert shown["requests"] == len(noted.answers)
    assert all(row["p50_ms"] <= row["max_ms"] for row in shown["operations"])


def test_nothing_that_the_processes_tell_or_write_holds_a_token(
    feedhive: dict[str, str], tmp_path: Path
) -> None:
    more = tuple(f"unknown-to-the-server-{number:020}" for number in range(3))
    plain = Target("feedhive", feedhive["base_url"], feedhive["token"], feedhive["other_token"])
    target = replace(plain, more_tokens=more)

    orders, _ = loaded(target, tmp_path, users=3)

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".told", ".stream", ".jsonl"}
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not [one for one in filter(None, target.secrets) if one in text], path.name
    assert oct(orders.told("load0").stat().st_mode)[-3:] == "600"


def test_users_whose_token_is_refused_find_nothing_and_say_why(
    feedhive: dict[str, str], tmp_path: Path
) -> None:
    target = Target("feedhive", feedhive["base_url"], "not-a-token-of-this-server")

    orders, _ = loaded(target, tmp_path)

    told = json.loads(orders.told("load0").read_text())
    assert told["rounds"] == 0
    assert told["oracles"]["findings"] == []
    assert told["callers"] == []
    assert "401" in "".join(told["stopped"])


def test_a_process_that_died_leaves_the_rest_unjudged_together_and_everything_is_removed(
    feedhive: dict[str, str], tmp_path: Path
) -> None:
    target = Target("feedhive", feedhive["base_url"], feedhive["token"])
    orders, _ = loaded(target, tmp_path)
    orders.told("load1").unlink()  # it was killed before it could tell

    gathered = gathered_from(orders, target)

    assert gathered.missing == 1
    assert gathered.apart == NOT_WHOLE
    assert gathered.leftovers == []
    journals = [*ledgers.ledger_folder("feedhive", target.base_url).glob("*.jsonl")]
    assert journals == []


def test_after_the_end_nobody_goes_round(feedhive: dict[str, str], tmp_path: Path) -> None:
    target = Target("feedhive", feedhive["base_url"], feedhive["token"])
    crew = Crew(Orders.of(target, "run2", tmp_path, processes=1))
    crew.begin(0, lambda: 1, Noted())
    member = crew.member()
    crew.end()

    with pytest.raises(Over):
        member.round()
    crew.end()  # it ends once
    assert gathered_from(crew._orders, target).rounds == 0


def test_a_fault_of_the_kit_in_a_round_is_told_and_does_not_look_like_a_load_without_findings(
    feedhive: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target("feedhive", feedhive["base_url"], feedhive["token"])
    crew = Crew(Orders.of(target, "run4", tmp_path, processes=1))
    crew.begin(0, lambda: 1, Noted())
    member = crew.member()
    monkeypatch.setattr(crew._harness.api, "list_media", lambda **_: 1 / 0)  # type: ignore[union-attr]

    member.round()
    crew.end()

    gathered = gathered_from(crew._orders, target)
    assert "ZeroDivisionError" in gathered.fault
    assert gathered.leftovers == []


def test_a_bound_of_the_load_sends_its_users_home(feedhive: dict[str, str], tmp_path: Path) -> None:
    plain = Target("feedhive", feedhive["base_url"], feedhive["token"])
    target = replace(plain, limits=replace(plain.limits, created=3))
    crew = Crew(Orders.of(target, "run5", tmp_path, processes=1))
    crew.begin(0, lambda: 1, Noted())
    member = crew.member()

    with pytest.raises(Over):
        go_round(member, 9)
    crew.end()

    gathered = gathered_from(crew._orders, target)
    assert crew.has_reached_a_bound
    assert "--max-created" in gathered.ended
    assert 0 < gathered.made["uploads"] <= 3  # a request without an answer counts too
    assert gathered.leftovers == []


def test_the_end_does_not_wait_for_a_user_who_never_comes_back(
    feedhive: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "_END_BOUND_S", 0.1)
    target = Target("feedhive", feedhive["base_url"], feedhive["token"])
    crew = Crew(Orders.of(target, "run3", tmp_path, processes=1))
    crew.begin(0, lambda: 1, Noted())
    forever = threading.Event()
    entered = threading.Event()

    def stay() -> None:
        with crew.going():
            entered.set()
            forever.wait(5)

    thread = threading.Thread(target=stay)
    thread.start()
    entered.wait(5)

    crew.end()

    forever.set()
    thread.join()
    assert crew._orders.told("load0").exists()
