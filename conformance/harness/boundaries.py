"""The coverage phase of schemathesis: boundaries, missing members, and values of other types.

Its requests follow from the OpenAPI documents alone, so they are generated once, and are in
`specs/<profile>/boundaries.json`. A run only sends them: reading a file costs nothing, so even
`--effort quick` sends some of them. `boundary_file` writes the file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from conformance.harness.generated import Generated, Planned
from conformance.judge.contract import contracts_of
from conformance.model.exchange import Request
from conformance.model.profile import specs_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from conformance.harness.harness import Harness
    from conformance.judge.document import Operation


@dataclass(frozen=True)
class Boundary:
    """One request of an operation, without what only a run knows: the host, a key, a real id.

    `why` is the description of schemathesis, `body` the text of the body, and `id` stands in the
    path where the case is about the path itself. `keyless` says that no key is sent, `alone` that
    no other case sends anything like it.
    """

    why: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    id: str = ""
    keyless: bool = False
    alone: bool = False

    def planned(self, operation: Operation, base_url: str, real_id: str) -> Planned:
        """Return the request; a real id is in the path, unless the case has its own."""
        path, method = operation.path, operation.method.upper()
        for segment in path.split("/"):
            if segment.startswith("{"):
                path = path.replace(segment, quote(self.id or real_id, safe=""))
        url = f"{base_url.rstrip('/')}{path}{'?' if self.query else ''}{self.query}"
        request = Request(method, url, self.headers, self.body.encode())
        writes_to = (self.id or real_id) if path != operation.path and method != "GET" else ""
        return Planned(request, None if self.keyless else "main", writes_to)


def file_of(profile: str) -> Path:
    """Return the file that holds the requests of a profile."""
    return specs_folder() / profile / "boundaries.json"


@cache
def boundaries(profile: str) -> dict[str, tuple[Boundary, ...]]:
    """Return the requests of each operation of a profile, by its operationId."""
    found: dict[str, Any] = json.loads(file_of(profile).read_text(encoding="utf-8"))
    return {
        operation: tuple(
            Boundary(**{**case, "headers": tuple(case.get("headers", {}).items())})
            for case in cases
        )
        for operation, cases in found["operations"].items()
    }


def chosen(cases: Sequence[Boundary], effort: str, seed: int) -> list[Boundary]:
    """Return the requests that an effort sends.

    The quick effort sends those that no other case sends, and one more, which the seed chooses.
    """
    if effort != "quick":
        return list(cases)
    others = [case for case in cases if not case.alone]
    return [*others[seed % len(others) :][:1], *(case for case in cases if case.alone)]


def probe(harness: Harness, operation_id: str, ids: Iterable[str], *, robust: str) -> None:
    """Send the requests at the boundaries of an operation, and raise the first finding.

    Args:
        harness: It sends the requests.
        operation_id: The operation.
        ids: Real ids for the path, used in turns.
        robust: The requirement that a server error breaks.

    Raises:
        Violation: A success does not fit the page's schema.
        Limited: A limit of the server let no request pass.
    """
    profile = harness.profile.name
    contract = next(one for one in contracts_of(profile) if operation_id in one.operations)
    operation = contract.operations[operation_id]
    generated = Generated(harness, contract, operation_id, robust)
    cases = chosen(boundaries(profile)[operation_id], harness.effort, harness.seed)
    generated.send(
        [
            boundary.planned(operation, harness.target.base_url, real_id)
            for boundary, real_id in zip(cases, cycle(ids), strict=False)
        ]
    )
    finding = generated.result()
    if finding is not None:
        raise finding
