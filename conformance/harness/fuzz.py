"""Schemathesis on one operation: it generates requests, the kit sends and judges them.

Only the generation is from schemathesis. The scenarios check what a server must refuse or
accept and how it authenticates, since they give fewer false alarms. The paths get real ids,
since random ones only lead to a 404, and DELETE gets only ids of the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.harness.drawing import drawing
from conformance.harness.generated import Generated, Planned
from conformance.harness.generation import operation_of, request_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.harness.harness import Harness

#: How many requests schemathesis generates for each operation and mode.
EXAMPLES = {"quick": 3, "standard": 8, "thorough": 100}


def exercise(harness: Harness, operation_id: str, ids: Sequence[str], *, robust: str) -> None:
    """Send the requests that schemathesis generates for an operation, and raise the first finding.

    A listener of the transcript also notes answers that differ from the reference's schema.

    Args:
        harness: It sends the requests.
        operation_id: The operation.
        ids: Real ids for the parameters of the path.
        robust: The requirement that a server error breaks.

    Raises:
        Violation: A success does not fit the page's schema.
        Limited: A limit of the server let no request pass.
    """
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st

    contract, operation = operation_of(harness.profile.name, operation_id)
    generated = Generated(harness, contract, operation_id, robust)
    writes = operation.method.upper() != "GET"
    planned: list[Planned] = []

    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):

        @seed(harness.seed)
        @settings(
            max_examples=EXAMPLES[harness.effort],
            phases=(Phase.generate,),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), real_id=st.sampled_from(ids))
        def search(case: Any, real_id: str) -> None:
            real = dict.fromkeys(case.path_parameters or {}, real_id)
            request = request_of(case, harness.target.base_url, real)
            planned.append(Planned(request, thing=real_id if real and writes else ""))

        with drawing():
            search()
    generated.send(planned)
    finding = generated.result()
    if finding is not None:
        raise finding
