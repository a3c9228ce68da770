"""Completes that a quota could explain the refusal of, while nothing makes room for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel
from conformance.judge import expect
from conformance.suite.marks import exclusive, requirement

if TYPE_CHECKING:
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.given import Given

# A server may refuse one complete of some.
_IN_A_ROW = 8


@requirement("FH-COMPLETE-01")
@exclusive
def test_completes_in_a_row_succeed_while_nobody_makes_room(api: Api, given: Given) -> None:
    # While other cases delete and complete, a quota explains a refusal that nothing else does.
    uploads = parallel(lambda _: given.stored_upload(), range(_IN_A_ROW))

    for upload in uploads:
        expect.success(api.complete_upload(upload.id))
