"""The oracles see every request of a run, and what they find becomes evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.harness.oracle_watch import OracleWatch
from conformance.harness.proof import ProofWriter
from conformance.harness.provenance import Provenance
from conformance.harness.stream import JoinedStreams, StreamWriter
from conformance.harness.transcript import Transcript
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.target import Target

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "tok_main_0123456789abcdef"
TARGET = Target("feedhive", "https://h", TOKEN)


def created(number: int) -> Exchange:
    """Return a create that answers with the same upload_id each time."""
    url = f"https://s/b/{number}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=a"
    data = {"upload_id": "upl_0001Qf07919xyz", "upload_url": url, "expires_at": None}
    answer = json.dumps({"success": True, "data": data}).encode()
    sent = json.dumps({"filename": f"{number}.png", "content_type": "image/png"}).encode()
    headers = (("Authorization", f"Bearer {TOKEN}"),)
    request = Request("POST", "https://h/media/uploads", headers, sent, "main")
    return Exchange(request, Response(201, (), answer, 0.1), None, "create_upload")


def test_a_finding_becomes_evidence_with_both_exchanges() -> None:
    watch = OracleWatch(Profile.load("feedhive"), TARGET)
    transcript, redactor = Transcript("run"), Redactor([TOKEN])
    proof = ProofWriter(transcript, Provenance(TARGET, redactor), redactor)
    first, second = created(1), created(2)

    nothing = watch.began(first.request, "test_first")(first)
    transcript.begin("FH-CREATE-10", "test_second")
    transcript.exchanges.append(second)
    (violation,) = watch.began(second.request, "test_second")(second)
    evidence = proof.evidence(violation, "FH-GET-01", "test_second")

    assert nothing == []
    assert (evidence.requirement, evidence.oracle) == ("FH-CREATE-10", "session-ids-differ")
    assert evidence.against is not None
    assert evidence.against["request"]["body"]["text"] == first.request.body.decode()
    assert [step["request"]["body"]["text"] for step in evidence.transcript] == [
        first.request.body.decode(), second.request.body.decode(),
    ]  # fmt: skip
    assert evidence.crowded  # the case alone does not show it
    assert TOKEN not in json.dumps(evidence.transcript)


def test_a_worker_writes_what_it_sees_and_says_where(tmp_path: Path) -> None:
    stream = StreamWriter(tmp_path, "run-gw0", Redactor([TOKEN]), Redactor([TOKEN]))
    watch = OracleWatch(Profile.load("feedhive"), TARGET, stream)
    exchange = created(1)

    watch.began(exchange.request, "test_first")(exchange)

    assert watch.finish() == []
    watch.disturbed("https://s/b/1?X-Amz-Signature=a")
    told = json.loads(json.dumps(watch.told()))

    assert {row["name"]: row["judged"] for row in told["counts"]}["session-ids-differ"] == 1
    assert (told["stream"]["lines"], told["stream"]["whole"]) == (3, True)
    assert told["stream"]["path"] == str(tmp_path / "run-gw0.stream")


def test_no_library_is_judged_as_a_whole_that_other_shards_share(tmp_path: Path) -> None:
    stream = StreamWriter(tmp_path, "run-gw0", Redactor([TOKEN]), Redactor([TOKEN]))
    profile, shared = Profile.load("feedhive"), replace(TARGET, shared=True)

    told = OracleWatch(profile, shared, stream).told()["stream"]

    assert OracleWatch(profile, TARGET).engine.knowledge.alone
    assert not OracleWatch(profile, shared).engine.knowledge.alone
    assert not JoinedStreams("feedhive", [told], Redactor([TOKEN])).engine.knowledge.alone  # type: ignore[list-item]
