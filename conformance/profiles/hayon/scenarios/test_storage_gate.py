"""What only the storage sees, through the storage gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness.concurrency import parallel
from conformance.harness.storage_gate import FAILURES, went_to_the_storage
from conformance.judge import expect
from conformance.judge.finding import Blocked, NotApplicable, precondition
from conformance.profiles.hayon.public import gives_the_bytes, is_the_file
from conformance.suite.marks import requirement

if TYPE_CHECKING:
    from conformance.harness.storage_gate import Failure, StorageGate
    from conformance.profiles.hayon.given import Given, Upload
    from conformance.profiles.hayon.public import PublicFiles


@requirement("HY-WORKFLOW-01")
@pytest.mark.parametrize("content_type", ["image/jpeg", "video/mp4"])
def test_the_bytes_go_to_the_bucket_directly(
    given: Given, gate: StorageGate, content_type: str
) -> None:
    upload = given.requested(content_type)
    since = gate.count()

    given.put(upload)

    went_to_the_storage(gate, upload, since)


@requirement("HY-PUBLIC-06")
def test_a_failing_storage_never_becomes_another_file(
    given: Given, public: PublicFiles, gate: StorageGate
) -> None:
    with precondition("HY-PUBLIC-01"):
        stored = public.file("image/png")
        gives_the_bytes(public.read(stored), stored)
    uploads = parallel(lambda _: given.stored(), FAILURES)

    pairs = zip(FAILURES, uploads, strict=True)
    asked = parallel(lambda pair: _read_while(*pair, public, gate), pairs)

    if not any(asked):
        raise NotApplicable("the server does not read public files from the storage")


def _read_while(failure: Failure, upload: Upload, public: PublicFiles, gate: StorageGate) -> bool:
    """Read a public file while the storage fails; return whether it was asked."""
    with gate.failing_questions(failure, upload.key) as order:
        try:
            exchange = public.read_at_once(upload.public_url)
        except Blocked:  # no answer, or one that was cut: no success
            return True
        asked = order.caught() > 0
    if asked and exchange.succeeded and not is_the_file(exchange, upload):
        # A site may show a page or a picture wherever it has no file.
        nothing = public.is_everywhere(exchange, upload.public_url)
        wanted = f"no other file as a success while {failure.words}"
        expect.that(nothing, wanted, lambda: f"it was {exchange.summary()}", exchange)
    return asked
