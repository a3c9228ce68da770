"""The journal of what a run created: nothing is forgotten, nothing foreign is swept."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from filelock import Timeout
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.harness.journal import Entry, Header, Journal, read_journal
from conformance.harness.ledger import Ledger, ledger_folder, sweep
from conformance.model.redaction import Redactor
from conformance.problem import UsageProblem

UPLOAD = Entry("upload", "upl_1")
MEDIA = Entry("media", "a/b.png", "other", "twin")

entries = st.builds(Entry, *[st.text()] * 4)


def journal(folder: Path, *created: Entry, name: str = "one") -> Path:
    """Leave behind the journal of a run that ended without removing anything."""
    with closing(Ledger(folder, name)) as ledger:
        for entry in created:
            ledger.add(entry)
    return ledger.path


def swept(folder: Path, *, removes: bool = True) -> tuple[list[Entry], list[Entry]]:
    """Sweep the folder; return what was to be removed, and what would not go."""
    asked: list[Entry] = []

    def remove(entry: Entry) -> bool:
        asked.append(entry)
        return removes

    return asked, sweep(folder, remove)


@settings(deadline=None)
@given(created=st.lists(entries, unique=True))
def test_a_sweep_finds_exactly_what_was_created_newest_first(created: list[Entry]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(Ledger(folder, "one")) as ledger:
            for entry in created:
                ledger.add(entry)
        asked, leftovers = swept(folder)

    assert asked == created[::-1]
    assert leftovers == []


def test_what_would_not_go_is_returned(tmp_path: Path) -> None:
    journal(tmp_path, UPLOAD, MEDIA)

    _, leftovers = swept(tmp_path, removes=False)

    assert leftovers == [MEDIA, UPLOAD]


def test_what_would_not_go_in_company_is_removed_alone(tmp_path: Path) -> None:
    journal(tmp_path, UPLOAD, MEDIA)
    asked: list[Entry] = []

    def remove(entry: Entry) -> bool:
        asked.append(entry)
        return entry == MEDIA or asked.count(UPLOAD) > 1

    assert sweep(tmp_path, remove) == []
    assert asked.count(MEDIA) == 1


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)

    with pytest.raises(UsageProblem, match=r"shared is not private to this user.*TMPDIR"):
        Ledger(folder, "one")


def test_a_swept_journal_is_gone_with_its_lock(tmp_path: Path) -> None:
    journal(tmp_path, UPLOAD)

    swept(tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert swept(tmp_path) == ([], [])


def test_a_journal_that_another_process_swept_meanwhile_is_nothing_to_look_at(
    tmp_path: Path,
) -> None:
    listed = [journal(tmp_path, UPLOAD)]
    swept(tmp_path)

    def look(path: Path, _: Journal) -> tuple[list[Entry], bool]:
        raise AssertionError(path)

    assert sweep(listed, lambda _: False, look) == []
    assert list(tmp_path.iterdir()) == []


def test_the_journal_of_a_live_run_is_left_alone(tmp_path: Path) -> None:
    ended = journal(tmp_path, MEDIA, name="ended")

    with closing(Ledger(tmp_path, "live")) as live:
        live.add(UPLOAD)
        asked, leftovers = swept(tmp_path)
        assert live.path.exists()

    assert (asked, leftovers) == ([MEDIA], [])
    assert not ended.exists()
    assert swept(tmp_path)[0] == [UPLOAD]


def test_a_journal_has_one_owner_at_a_time(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path, "one")), pytest.raises(Timeout):
        Ledger(tmp_path, "one")


def test_an_entry_is_on_disk_before_it_is_used(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path, "one")) as ledger:
        ledger.add(MEDIA)
        written = ledger.path.read_text(encoding="utf-8")

    assert written.endswith("\n")
    assert json.loads(written.splitlines()[1]) == {
        "kind": "media",
        "id": "a/b.png",
        "caller": "other",
        "instance": "twin",
    }


@pytest.mark.parametrize("kept", range(0, 60, 7))
def test_a_line_that_a_kill_cut_short_costs_no_other_entry(tmp_path: Path, kept: int) -> None:
    path = journal(tmp_path, UPLOAD, MEDIA)
    head, first, second = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(head + first + second[:kept], encoding="utf-8")

    assert swept(tmp_path)[0] == [UPLOAD]


def test_a_line_of_another_shape_is_passed_over(tmp_path: Path) -> None:
    path = journal(tmp_path, UPLOAD)
    foreign = ['{"kind": "media"}', '{"kind": "media", "id": "1", "x": 1}', "[]", "{"]
    path.write_text("\n".join([*foreign, path.read_text(encoding="utf-8")]), encoding="utf-8")

    assert swept(tmp_path)[0] == [UPLOAD]


def test_only_what_this_process_made_is_its_own(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path, "one")) as ledger:
        ledger.add(UPLOAD)

        assert ledger.made("upload", "upl_1")
        assert not ledger.made("media", "upl_1")


def test_journals_are_closed_to_other_users(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "target"

    journal(folder, UPLOAD)

    assert folder.stat().st_mode & 0o077 == 0


def test_each_target_has_a_folder_that_does_not_tell_its_address() -> None:
    pairs = [(name, url) for name in ("a", "b") for url in ("http://localhost", "http://other")]

    folders = {ledger_folder(*pair) for pair in pairs}

    assert len(folders) == 4
    assert ledger_folder("a", "http://localhost") in folders
    assert not any("localhost" in str(folder) or "other" in folder.name for folder in folders)


def test_a_journal_that_another_worker_swept_meanwhile_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")

    assert sweep(tmp_path, lambda _: False) == []


def test_what_all_processes_of_a_run_created_is_counted(tmp_path: Path) -> None:
    uploads = [Entry("upload", f"upl_{number}") for number in range(3)]
    with (
        closing(Ledger(tmp_path, "run-1-gw0")) as one,
        closing(Ledger(tmp_path, "run-1-gw1")) as two,
    ):
        for entry in [*uploads, uploads[0], MEDIA]:
            one.add(entry)
        two.add(Entry("upload", "upl_4"))
        two.add(Entry("upload", "upl_5", "other"))
        journal(tmp_path, Entry("upload", "upl_6"), name="run-2-gw0")

        assert two.count("upload", "main", "main") == 4
        assert one.count("upload", "other", "main") == 1
        assert one.count("media", "other", "twin") == 1


def test_what_the_run_removed_is_left_alone_since_its_id_may_be_given_again(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path, "one-main")) as ledger:
        ledger.add(UPLOAD)
        ledger.add(MEDIA)
        ledger.removed(MEDIA)
        count = ledger.count("media", "other", "twin")

    asked, _ = swept(tmp_path)

    assert count == 1
    assert asked == [UPLOAD]


def test_what_was_created_again_is_removed_again(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path, "one")) as ledger:
        ledger.add(MEDIA)
        ledger.removed(MEDIA)
        ledger.add(MEDIA)

    assert swept(tmp_path)[0] == [MEDIA]


def test_what_the_run_did_not_create_is_not_journalled(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path, "one")) as ledger:
        ledger.removed(MEDIA)

    assert read_journal(ledger.path).ever == {}


def test_a_secret_that_a_server_hands_out_as_an_id_is_not_written(tmp_path: Path) -> None:
    secret = "a-token-of-many-characters"
    with closing(Ledger(tmp_path, "one", secrets=Redactor([secret]))) as ledger:
        ledger.add(Entry("media", f"media/{secret}"))

    assert secret not in ledger.path.read_text(encoding="utf-8")
    assert ledger.made("media", f"media/{secret}")


def test_what_is_found_beside_the_entries_is_removed_too(tmp_path: Path) -> None:
    journal(tmp_path, UPLOAD)
    asked: list[Entry] = []

    def remove(entry: Entry) -> bool:
        asked.append(entry)
        return True

    left = sweep(tmp_path, remove, lambda *_: ([MEDIA], True))

    assert (asked, left) == ([MEDIA, UPLOAD], [])
    assert left.gone == 1  # a session is not removed by anybody


def test_a_journal_stays_while_something_was_not_seen(tmp_path: Path) -> None:
    path = journal(tmp_path, UPLOAD, MEDIA)

    left = sweep(tmp_path, lambda _: True, lambda *_: ([], False))

    assert left == []
    assert list(read_journal(path).entries) == [UPLOAD]


def test_what_stays_can_be_swept_again_behind_a_line_that_was_cut(tmp_path: Path) -> None:
    path = journal(tmp_path, UPLOAD, MEDIA)
    with path.open("a", encoding="utf-8") as out:
        out.write('{"kind": "me')
    swept(tmp_path, removes=False)

    assert swept(tmp_path)[0] == [UPLOAD, MEDIA]


def test_the_header_says_whose_journal_it_is(tmp_path: Path) -> None:
    header = Header("feedhive", "http://localhost", "", "run-1", 12.5)
    with closing(Ledger(tmp_path, "one", header)) as ledger:
        ledger.add(MEDIA)

    found: Journal = read_journal(ledger.path)

    assert (found.header, found.cut, found.unreadable) == (header, False, 0)


def test_a_removal_takes_longer_the_more_is_there(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path, "one")) as ledger:
        ledger.add(UPLOAD)
        assert not ledger.removal_s(5.0)
        ledger.add(MEDIA)
        one = ledger.removal_s(5.0)
        ledger.add(Entry("media", "another"))
        assert ledger.removal_s(5.0) == 2 * one > 0
        ledger.removed(MEDIA)
        assert ledger.removal_s(5.0) == one
