"""The markers with which a case names its requirement and its needs."""

from __future__ import annotations

import pytest

from conformance.suite.sessions import declare, join

MARKERS = {
    "requirement(id)": "the one requirement that the case proves",
    "exclusive(but)": "the case needs the library for itself; `but` says with whom it runs anyway",
    "two_libraries": "the case changes the items of both callers",
    "waits": "the case waits for an announced time and runs last",
    "search": "the case searches at random; the quick effort omits it",
    "machine": "the case belongs to the state machine",
    "generated": "the case sends requests that schemathesis generates",
    "lifecycle": "the report shows the exchanges of the case, from first to last",
}
declare(MARKERS)  # a strict pytest needs them before the first use, which is below


def requirement(requirement_id: str) -> pytest.MarkDecorator:
    """Name the one requirement that a case, or one row of its table, proves."""
    return pytest.mark.requirement(requirement_id)


#: The case judges totals or whole lists: no other case may change the library meanwhile.
exclusive = pytest.mark.exclusive

#: An exclusive case that only reads, once the shared media are there: others may read with it.
quiet = pytest.mark.exclusive("readers")

#: An exclusive case that knows what the other cases of its process complete.
accounted = pytest.mark.exclusive("known cases")

#: An exclusive case whose success proves the promise in any company; otherwise it runs again alone.
tried = pytest.mark.exclusive("tried beside others")

#: The case completes or deletes items of both callers. Where exclusive cases have the library of
#: the other caller for themselves, this one waits for them, or is the first of them.
two_libraries = pytest.mark.two_libraries

#: The case waits for an announced time: it starts early and is judged last.
waits = pytest.mark.waits

#: The case searches at random, or repeats expensive requests: `--effort quick` omits it.
search = pytest.mark.search

#: The case belongs to the state machine.
machine = pytest.mark.machine

#: The case sends requests that schemathesis generates.
generated = pytest.mark.generated

#: The case shows the whole lifecycle: the report lists its exchanges, from first to last.
lifecycle = pytest.mark.lifecycle

#: The parts of the suite besides the plain cases, each with the marker of its cases.
PARTS = {"machine": "machine", "schemathesis": "generated"}

# Only scenarios import this module: a session without them keeps its own markers.
join(MARKERS)
