"""`conformance cleanup`: what a killed run left is gone, and nothing of anybody else."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from conformance.harness import ledger as ledgers
from conformance.harness import sample_files
from conformance.harness.harness import Harness
from conformance.harness.journal import FORMAT, Entry
from conformance.model.left_behind import OPEN_SESSIONS
from conformance.model.profile import Profile
from conformance.problem import TargetProblem, UsageProblem
from conformance.profiles.feedhive.given import Given
from conformance.runner import launch
from conformance.runner.cleanup import CleanedUp, cleaned_up
from conformance.servers import service
from conformance.servers.service import Setup
from conformance.settings import layers
from conformance.target import Target
from tests.conftest import credentials, everything

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Command

PNG = "image/png"


@pytest.fixture(autouse=True)
def _own_journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "journals"
    root.mkdir(mode=0o700)
    monkeypatch.setattr(ledgers, "ledgers_root", lambda: root)
    monkeypatch.setattr("conformance.runner.cleanup.ledgers_root", lambda: root)
    monkeypatch.setattr("conformance.harness.cleaner._FINISHES_S", 0.0)


@pytest.fixture
def values(feedhive: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", feedhive["s3_access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", feedhive["s3_secret_key"])
    given = {
        "base_url": feedhive["base_url"],
        "token": feedhive["token"],
        "s3_endpoint": feedhive["s3_endpoint"],
        "s3_bucket": feedhive["bucket"],
    }
    return {**layers.resolved(), **given}


def test_the_things_of_further_callers_need_the_file_of_their_tokens(
    feedhive: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", feedhive["s3_access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", feedhive["s3_secret_key"])
    tokens = ("third-token-0123456789",)
    endpoint, bucket = feedhive["s3_endpoint"], feedhive["bucket"]
    setup = Setup(s3_endpoint=endpoint, s3_bucket=bucket, more_tokens=tokens)
    with service.running("feedhive", setup) as served:
        target = Target("feedhive", served["base_url"], served["token"], served["other_token"])
        target = replace(target, more_tokens=tokens)
        harness = Harness(Profile.load("feedhive"), target, "run1", removes_earlier=False)
        Given(harness, harness.api).media(PNG, caller="user-3")
        path = harness.ledger.path
        harness.release()
        named = {name: served[name] for name in ("base_url", "token", "other_token")}
        values = {**layers.resolved(), **named}

        without = cleaned_up(path, values)
        done = cleaned_up(path, values, tokens)

    assert without.removed == 0
    assert len(without.stayed) == 1
    assert without.notes == ["no token of user-3: pass --tokens-from as the load did"]
    assert (done.removed, done.stayed, done.notes) == (1, [], [])


@pytest.fixture
def client(feedhive: dict[str, str]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {feedhive['token']}"}
    with httpx.Client(base_url=feedhive["base_url"], headers=headers, timeout=30) as found:
        yield found


@contextmanager
def killed(values: dict[str, Any], **changes: Any) -> Iterator[Harness]:
    """Yield the harness of a run that ends without removing anything, as after a kill."""
    given = {name: values[name] for name in ("base_url", "token", "s3_endpoint", "s3_bucket")}
    target = Target("feedhive", **{**given, **changes})
    harness = Harness(Profile.load("feedhive"), target, run_id=uuid4().hex[:12])
    try:
        yield harness
    finally:
        harness.release()


def is_there(client: httpx.Client, media_id: str) -> bool:
    return client.get(f"/media/{media_id}").is_success


def completed(client: httpx.Client, upload_id: str) -> str:
    """Complete an upload behind the back of the kit; return the id of the media."""
    answer = client.post(f"/media/uploads/{upload_id}/complete").raise_for_status()
    return str(answer.json()["data"]["id"])


def foreign_media(client: httpx.Client) -> str:
    body = {"filename": "theirs.png", "content_type": PNG}
    upload = client.post("/media/uploads", json=body).raise_for_status().json()["data"]
    put = httpx.put(
        upload["upload_url"], content=sample_files.unique(PNG), headers={"Content-Type": PNG}
    )
    put.raise_for_status()
    return completed(client, upload["upload_id"])


def test_what_a_killed_run_made_is_gone_and_a_second_call_does_nothing(
    values: dict[str, Any], client: httpx.Client
) -> None:
    theirs = foreign_media(client)
    with killed(values) as harness:
        media = Given(harness, harness.api).media()
        harness.api.create_upload("left-open.png", PNG)
        key = media.upload.signed.key(harness.bucket.name)
        assert harness.bucket.find(key)

        with pytest.raises(UsageProblem, match="is still alive"):
            cleaned_up(None, values)

    done, again = cleaned_up(None, values), cleaned_up(None, values)

    assert done.stayed == []
    assert done.removed >= 1
    assert done.left_behind[OPEN_SESSIONS] >= 1
    assert not is_there(client, media.id)
    assert harness.bucket.find(key) is None
    harness.bucket.close()
    assert again.notes[0].startswith("nothing to clean up")
    assert is_there(client, theirs)
    client.delete(f"/media/{theirs}")


def test_a_run_that_still_goes_does_not_keep_another_from_its_clean_up(
    values: dict[str, Any], client: httpx.Client
) -> None:
    with killed(values) as going:
        stays = Given(going, going.api).media()
        with killed(values) as harness:
            media = Given(harness, harness.api).media()

        done = cleaned_up(None, values)

        assert any("is still alive" in note for note in done.notes)
        assert not is_there(client, media.id)
        assert is_there(client, stays.id)
    cleaned_up(None, values)
    harness.bucket.close()
    going.bucket.close()


@pytest.mark.parametrize("with_place", [True, False])
def test_the_media_of_a_complete_whose_answer_was_lost_is_gone(
    values: dict[str, Any], client: httpx.Client, *, with_place: bool
) -> None:
    with killed(values) as harness:
        upload = Given(harness, harness.api).stored_upload()
        harness.api._books.begin_complete(upload.id, "main")
        media_id = completed(client, upload.id)
        path = harness.ledger.path
    if not with_place:  # as of a server whose media_url leads elsewhere: its bytes show it
        upload_place = f"{upload.signed.host}{upload.signed.path}"
        path.write_text(path.read_text().replace(upload_place, "elsewhere/1.png"))

    done = cleaned_up(None, values)

    assert done.stayed == []
    assert not is_there(client, media_id)


def test_what_nothing_shows_to_be_the_runs_own_is_named_and_stays(
    values: dict[str, Any], client: httpx.Client
) -> None:
    theirs = foreign_media(client)
    with killed(values) as harness:
        harness.ledger.add(Entry("media", theirs))  # a server handed it out as new

    done = cleaned_up(None, values)

    assert [theirs in one for one in done.stayed] == [True]
    assert is_there(client, theirs)
    client.delete(f"/media/{theirs}")


def test_the_new_media_of_somebody_is_named_where_an_answer_was_lost(
    values: dict[str, Any], client: httpx.Client
) -> None:
    with killed(values) as harness:
        upload = Given(harness, harness.api).stored_upload()
        harness.api._books.begin_complete(upload.id, "main")
        theirs = foreign_media(client)

    done = cleaned_up(None, values)

    assert [theirs in one for one in done.stayed] == [True]
    assert is_there(client, theirs)
    client.delete(f"/media/{theirs}")


def test_a_run_names_its_own_lost_media_at_its_end(
    values: dict[str, Any], client: httpx.Client
) -> None:
    with killed(values) as harness:
        upload = Given(harness, harness.api).stored_upload()
        harness.api._books.begin_complete(upload.id, "main")
        media_id = completed(client, upload.id)
        harness.close()

    assert harness.leftovers == []
    assert not is_there(client, media_id)


def test_a_foreign_media_that_the_server_hands_out_as_new_is_not_deleted_by_a_case(
    values: dict[str, Any], client: httpx.Client
) -> None:
    theirs = foreign_media(client)
    with killed(values) as harness:
        harness.belongings.look("main", "main")
        proof = harness.belongings.proof_of(theirs, "main", "main", None)
        harness.api._books.note("media", theirs, "main", proof=proof)
        given = Given(harness, harness.api)
        with pytest.raises(Exception, match="deletes only what it made"):
            given.api.delete_media(theirs)

    assert is_there(client, theirs)
    cleaned_up(None, values)
    client.delete(f"/media/{theirs}")


def refused(named: Path | None, values: dict[str, Any]) -> str:
    with pytest.raises(UsageProblem) as problem:
        cleaned_up(named, values)
    assert "\n" not in str(problem.value)
    return str(problem.value)


def journal_of(values: dict[str, Any]) -> Path:
    with killed(values) as harness:
        harness.ledger.add(Entry("media", "m_1", proof="own"))
        return harness.ledger.path


def test_bad_input_gets_one_clear_line(values: dict[str, Any], tmp_path: Path) -> None:
    path = journal_of(values)
    garbage = tmp_path / "garbage.jsonl"
    garbage.write_bytes(b"\x00\xffnothing\n")
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"journal": FORMAT + 1, "kit": "9.9.9"}) + "\n")
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(path.read_bytes())

    assert "does not exist" in refused(tmp_path / "nowhere", values)
    assert "is not a journal of this kit" in refused(garbage, values)
    assert "version 9.9.9" in refused(other, values)
    elsewhere = {**values, "base_url": "http://127.0.0.1:9"}
    assert "not of http://127.0.0.1:9" in refused(path, elsewhere)
    assert "does not decide where the token goes" in refused(copy, {**values, "base_url": None})
    assert cleaned_up(path, values).stayed == []


def test_a_target_that_is_away_or_refuses_the_token_is_told(values: dict[str, Any]) -> None:
    path = journal_of(values)

    with pytest.raises(TargetProblem, match="refuses the token"):
        cleaned_up(path, {**values, "token": "a-token-of-nobody"})
    text = path.read_text(encoding="utf-8")
    away = "http://127.0.0.1:9"
    path.write_text(text.replace(values["base_url"], away), encoding="utf-8")
    with pytest.raises(TargetProblem, match="cannot be reached"):
        cleaned_up(path, {**values, "base_url": away})
    path.unlink()


def test_without_a_journal_there_is_nothing_to_do(values: dict[str, Any]) -> None:
    done: CleanedUp = cleaned_up(None, {**values, "base_url": None})

    assert (done.target, done.removed, done.stayed) == ("", 0, [])


@pytest.mark.whole_run
def test_a_run_does_not_delete_an_older_media_that_is_handed_out_as_new(
    command: Command, tmp_path: Path
) -> None:
    with launch.reference("feedhive", ["completes-answer-older-media"]) as announced:
        done = command(
            *("run", "feedhive", *everything(announced), "--effort", "quick"),
            *("-k", "neighbours or removes or deleted"),
            **credentials(announced),
        )
        headers = {"Authorization": f"Bearer {announced['token']}"}
        listed = httpx.get(f"{announced['base_url']}/media?limit=100", headers=headers).json()
    report = json.loads((tmp_path / "conformance-report" / "report.json").read_text())

    assert done.returncode in {1, 3}, done.stdout + done.stderr
    assert [item["id"] for item in listed["data"]["items"]] == ["med_older"]
    assert ["med_older" in one for one in report["leftovers"]] == [True]


def test_the_timing_of_a_run_whose_clean_up_fails_fits_its_report(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed(values) as harness:
        monkeypatch.setattr(harness.cleaner, "sweep_patiently", _failing)

        with pytest.raises(RuntimeError, match="a fault of the clean-up"):
            harness.close()

    timing = harness.timing
    assert timing.began <= timing.ended <= timing.cleaned
    assert timing.cases_at_once == 1


def _failing(_: object) -> None:
    raise RuntimeError("a fault of the clean-up")
