"""What cases see and order through the storage gate, over a gate that a test plays."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.gate.remote import PLACE
from conformance.gate.sight import Sight, digest_of
from conformance.harness.bucket_access import certain_key
from conformance.harness.disturbance import is_disturbed
from conformance.harness.storage_gate import (
    CUT_ANSWER,
    SLOW_DOWN,
    StorageGate,
    held,
    went_to_the_storage,
)
from conformance.judge.finding import Blocked, NotApplicable, Violation
from conformance.model.signed_url import SignedUrl
from conformance.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "uploads/abcdef.png"
TARGET = Target(
    "hayon",
    "http://127.0.0.1:8000",
    "token-of-nobody",
    s3_endpoint="http://127.0.0.1:9000",
    s3_bucket="media",
    storage_gate=9100,
)


class Played:
    """A gate that saw what the test says."""

    def __init__(self, *sights: Sight) -> None:
        self.sights = list(sights)
        self.orders: list[tuple[Any, ...]] = []

    def others(self) -> int:
        return sum(not one.own for one in self.sights)

    def seen(self, since: int) -> list[Sight]:
        return [one for one in self.sights if one.number > since]

    @contextmanager
    def ordered(self, *order: Any, **more: Any) -> Iterator[Any]:
        self.orders.append((*order, more))
        yield SimpleNamespace(caught=lambda *_: 1)


def gate(monkeypatch: pytest.MonkeyPatch, *sights: Sight) -> tuple[StorageGate, Played]:
    played = Played(*sights)
    monkeypatch.setattr("conformance.harness.storage_gate.Gate.of", lambda: played)
    bucket: Any = SimpleNamespace(name="media")
    return StorageGate(TARGET, bucket), played


def upload(url: str, body: bytes = b"bytes") -> Any:
    return SimpleNamespace(url=url, signed=SignedUrl(url), body=body)


def sight(number: int, kind: str, *keys: str, **more: Any) -> Sight:
    return Sight(number, kind, "GET", list(keys), more.pop("own", False), **more)


def test_without_the_gate_a_case_is_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PLACE, raising=False)
    bucket: Any = SimpleNamespace(name="media")

    with pytest.raises(Blocked, match="needs storage-gate: pass --storage-gate"):
        StorageGate(Target("hayon", "http://h", "t"), bucket)
    with pytest.raises(Blocked, match="only `conformance run` opens one"):
        StorageGate(TARGET, bucket)


@pytest.mark.parametrize(
    ("seen", "asks"),
    [
        (sight(2, "read", KEY), True),
        (sight(2, "copy", "new", KEY), True),
        (sight(2, "list", "uploads/"), True),
        (sight(2, "list", "other/"), False),
        (sight(2, "read", KEY, own=True), False),
        (sight(2, "write", KEY), False),
        (sight(1, "read", KEY), False),
        (sight(2, "read", "other"), False),
    ],
)
def test_the_server_asks_about_an_object(
    monkeypatch: pytest.MonkeyPatch, seen: Sight, *, asks: bool
) -> None:
    assert gate(monkeypatch, seen)[0].asked_about(KEY, 1) is asks


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "127.0.0.1:9100", "localhost:9100"])
def test_a_url_of_the_storage_or_of_the_gate_takes_the_bytes_from_the_client(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    opened, _ = gate(monkeypatch, sight(2, "write", KEY))

    went_to_the_storage(opened, upload(f"http://{host}/media/{KEY}?X-Amz-Signature=s"), 1)

    assert certain_key(SignedUrl(f"http://{host}/media/{KEY}"), TARGET) == KEY


@pytest.mark.parametrize(
    "seen",
    [
        sight(2, "write", KEY),
        sight(2, "write", "elsewhere", sha256=hashlib.sha256(b"bytes").hexdigest()),
        sight(2, "write", KEY, signature=digest_of("another")),
    ],
    ids=["same object", "same bytes", "own signature"],
)
def test_a_server_that_stores_the_bytes_itself_is_wrong(
    monkeypatch: pytest.MonkeyPatch, seen: Sight
) -> None:
    opened, _ = gate(monkeypatch, seen)

    with pytest.raises(Violation, match="to go from the client to the storage"):
        went_to_the_storage(opened, upload(f"http://api:8000/{KEY}?X-Amz-Signature=s"), 1)


@pytest.mark.parametrize(
    "seen",
    [
        sight(2, "write", KEY, signature=digest_of("s")),
        sight(2, "write", KEY, own=True),
        sight(2, "copy", KEY),
        sight(2, "write", "other"),
        sight(1, "write", KEY),
    ],
    ids=["a gateway", "the kit", "a copy", "another object", "earlier"],
)
def test_another_host_of_the_upload_url_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, seen: Sight
) -> None:
    opened, _ = gate(monkeypatch, seen)

    with pytest.raises(NotApplicable, match="leads neither to the storage gate nor"):
        went_to_the_storage(opened, upload(f"http://api:8000/{KEY}?X-Amz-Signature=s"), 1)


def test_a_failure_is_ordered_for_the_objects_and_disturbs_this_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened, played = gate(monkeypatch)
    stored: Any = SimpleNamespace(key=KEY)

    with opened.failing_questions(SLOW_DOWN, KEY):
        assert is_disturbed()
    assert not is_disturbed()
    with opened.failing_deletes(CUT_ANSWER, stored), opened.holding_deletes(stored):
        pass

    actions = [(order[0], order[1], order[2]) for order in played.orders]
    assert actions == [
        ("status", ("read", "list", "copy"), (KEY,)),
        ("cut", ("delete",), [KEY]),
        ("hold", ("delete",), [KEY]),
    ]
    assert played.orders[0][3] == {"status": 503, "seconds": 1.0}


def test_a_server_that_never_came_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Blocked, match="no request of the server came"):
        gate(monkeypatch, sight(1, "write", KEY, own=True))[0].is_used()
    gate(monkeypatch, sight(1, "read", KEY))[0].is_used()


@pytest.mark.parametrize("caught", [0, 1])
def test_a_wait_ends_with_the_answer_or_with_the_request(caught: int) -> None:
    order: Any = SimpleNamespace(caught=lambda *_: caught)

    assert held(order, lambda: True) is bool(caught)
    assert held(order, iter([False, True]).__next__) is bool(caught)
