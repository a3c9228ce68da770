"""The figures of a load: how many requests, how fast they were answered, what broke first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conformance.model.timing import milliseconds, percentile

if TYPE_CHECKING:
    from conformance.load.gathering import Gathered
    from conformance.model.evidence import Evidence
    from conformance.model.requirement import Catalogue

#: The shares of the answers for which it is said how long they took at most.
PERCENTILES = (50, 90, 95, 99)


def figures(gathered: Gathered, catalogue: Catalogue, users: int) -> dict[str, Any]:
    """Return the member `load` of `report.json`, without how the load was started.

    Args:
        gathered: What all processes told.
        catalogue: The requirements.
        users: How many users were asked for.
    """
    began = gathered.timing.began
    seconds = max(gathered.timing.ended - began, 0.0)
    requests = sum(gathered.operations.values())
    return {
        "users": users,
        "callers": len(gathered.callers),
        "seconds": round(seconds, 1),
        "rounds": gathered.rounds,
        "requests": requests,
        "requests_per_s": _rate(requests, seconds),
        "errors": sum(gathered.errors.values()),
        "operations": [_operation(gathered, name, seconds) for name in sorted(gathered.operations)],
        "first_broken": first_broken(gathered.oracles.findings, catalogue, began),
        "stopped": [
            {"reason": reason, "count": count} for reason, count in gathered.stopped.most_common()
        ],
        "apart": gathered.apart,
        "busy": gathered.busy,
    }


def first_broken(
    found: list[Evidence], catalogue: Catalogue, began: float
) -> dict[str, Any] | None:
    """Return the first promise that was broken, a MUST before any SHOULD; None without one.

    Args:
        found: Everything that was found.
        catalogue: The requirements.
        began: When the users began, in seconds since the epoch.
    """
    shown = [proof for proof in found if proof.exchange is not None]
    shown.sort(
        key=lambda proof: (
            not catalogue[proof.requirement].binds(),
            proof.exchange["started"] if proof.exchange else "",
        )
    )
    if not shown:
        return None
    first = shown[0]
    row = catalogue[first.requirement]
    return {
        "requirement": row.id,
        "level": row.level.value,
        "title": row.title,
        "oracle": first.oracle,
        "expected": first.expected,
        "actual": first.actual,
        "after_s": _after_s(first, began),
    }


def _after_s(proof: Evidence, began: float) -> float | None:
    """Return when the request was sent that shows it, in seconds after the users began."""
    try:
        moment = datetime.fromisoformat((proof.exchange or {})["started"])
    except (KeyError, ValueError):
        return None
    return round(max((moment - datetime.fromtimestamp(began, UTC)).total_seconds(), 0.0), 1)


def _operation(gathered: Gathered, name: str, seconds: float) -> dict[str, Any]:
    count, answers = gathered.operations[name], sorted(gathered.timing.answers.get(name, ()))
    shares = {
        f"p{share}_ms": milliseconds(percentile(answers, share)) if answers else None
        for share in PERCENTILES
    }
    return {
        "operation": name,
        "requests": count,
        "requests_per_s": _rate(count, seconds),
        "errors": gathered.errors[name],
        **shares,
        "max_ms": milliseconds(answers[-1]) if answers else None,
    }


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 1) if seconds > 0 else 0.0
