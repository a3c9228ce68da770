"""The words with which a scenario declares itself, before it does anything."""

from __future__ import annotations

import pytest

from conformance.suite.sessions import declare, join

MARKERS = {
    "requirement(id)": "the one requirement that the case proves",
    "exclusive": "the case needs the caller's library for itself",
    "waits": "the case waits for an announced moment and runs last",
    "search": "the case searches at random and is left out of the quick effort",
    "machine": "the case is the state machine's",
    "generated": "the case sends what schemathesis generates",
    "lifecycle": "the case is one whole walk, which the report shows",
}
declare(MARKERS)  # a strict pytest wants it before the first use, which is below


def requirement(requirement_id: str) -> pytest.MarkDecorator:
    """Name the one requirement that a case, or one row of its table, proves."""
    return pytest.mark.requirement(requirement_id)


#: The case judges totals or whole lists: no other case of ours may change the library meanwhile.
exclusive = pytest.mark.exclusive

#: The case waits for an announced moment: it is begun early and judged last.
waits = pytest.mark.waits

#: The case searches at random, or repeats a costly walk: left out of `--effort quick`.
search = pytest.mark.search

#: The case is the state machine's.
machine = pytest.mark.machine

#: The case sends what schemathesis generates.
generated = pytest.mark.generated

#: The case is one whole walk from the first request to the last: its way is shown in the report.
lifecycle = pytest.mark.lifecycle

#: The parts of the suite beside the plain cases, by the marker of their cases.
PARTS = {"machine": "machine", "schemathesis": "generated"}

# Only scenarios import this module: a session without them keeps its own markers.
join(MARKERS)
