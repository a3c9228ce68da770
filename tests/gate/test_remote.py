"""The kit's side of the gate: over its control port, with its token."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from conformance.gate.control import listening
from conformance.gate.forwarding import Forwarder
from conformance.gate.orders import STATUS
from conformance.gate.remote import PLACE, Gate
from conformance.gate.sight import READ
from conformance.problem import KitFault

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def forwarder() -> Forwarder:
    return Forwarder()


@pytest.fixture
def gate(forwarder: Forwarder) -> Iterator[Gate]:
    """A gate in a thread of this process."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    ports = asyncio.run_coroutine_threadsafe(listening(forwarder, "token", 0), loop).result(10)
    yield Gate(ports["port"], ports["control"], "token")
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


def test_a_gate_is_led_asked_and_ordered(gate: Gate, forwarder: Forwarder) -> None:
    gate.lead("http://127.0.0.1:9000", "media")

    assert (forwarder.endpoint, forwarder.bucket) == ("http://127.0.0.1:9000", "media")
    assert (gate.count(), gate.others(), gate.seen(), gate.failures()) == (0, 0, [], [])
    with gate.ordered(STATUS, (READ,), ("a",), status=503) as order:
        assert order.caught() == 0
    assert order.end() == 0


def test_a_stranger_on_this_machine_is_told_nothing(gate: Gate) -> None:
    with pytest.raises(KitFault, match="does not answer"):
        Gate(gate.port, gate.control, "wrong").count()


def test_a_wrong_question_is_a_failure_of_the_gate(gate: Gate) -> None:
    with pytest.raises(KitFault, match="does not answer"):
        gate.ask("nonsense")

    assert "nonsense" in gate.failures()[0]


def test_the_gate_is_found_by_a_variable(gate: Gate) -> None:
    assert Gate.of({PLACE: gate.place}) == gate
    assert Gate.of({}) is None
    assert gate.url == f"http://127.0.0.1:{gate.port}"
