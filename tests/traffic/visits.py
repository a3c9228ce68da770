"""Shows the visits of a simulated server to an assessor, as a proxy or a recording would."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.model.profile import Profile
from conformance.traffic.assessor import Assessor
from conformance.traffic.recording import Recording, replay
from tests.oracles.simulated_server import BASE, START, TOKENS, Server
from tests.oracles.visit import a_whole_visit

if TYPE_CHECKING:
    from tests.oracles.traffic import Traffic

FEEDHIVE = Profile.load("feedhive")


def assessor(tokens: dict[str, str | None] | None = None, **how: Any) -> Assessor:
    """Return an assessor of the simulated server; by default it knows both callers."""
    known: dict[str, str | None] = dict(TOKENS) if tokens is None else tokens
    return Assessor(FEEDHIVE, BASE, known, **{"sees_storage": True, **how})


def shown(traffic: Traffic, to: Assessor) -> set[str]:
    """Show traffic to an assessor, and return the rows that it found broken."""
    traffic.wait(1_000)
    dated = [
        one._replace(exchange=replace(one.exchange, started=START.timestamp() + one.began))
        for one in traffic.stream
    ]
    replay(to, Recording(dated))
    return {str(violation.requirement) for violation in to.found}


def visited(server: Server, to: Assessor) -> set[str]:
    """Show a whole visit to an assessor, and return the rows that it found broken."""
    return shown(a_whole_visit(server), to)
