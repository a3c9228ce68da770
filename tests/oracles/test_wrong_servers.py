"""Each wrong server breaks one rule, and the same traffic of two callers shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.oracles.simulated_server import BASE, TOKENS, Refusal, Server, Traits, path_of
from tests.oracles.traffic import Traffic, judged

if TYPE_CHECKING:
    from tests.oracles.simulated_server import Answer, Row

WRONG: list[tuple[str, type[Server]]] = []


def breaks(*requirements: str) -> Any:
    """Register a wrong server with the rows of which its findings must name one."""

    def register(server: type[Server]) -> type[Server]:
        WRONG.append((requirements[0], server))
        return server

    return register


@breaks("FH-CREATE-10")
class SharesSessionIds(Server):
    def new_id(self, prefix: str) -> str:
        known = list(self.sessions)
        return known[0] if prefix == "upl" and len(known) == 3 else super().new_id(prefix)


@breaks("FH-CREATE-11")
class SharesObjects(Server):
    def new_key(self, caller: str, session_id: str, filename: str) -> str:
        return f"uploads/{caller}/{filename}"


@breaks("FH-CREATE-13")
class ExpiryIsFixed(Server):
    def expiry(self) -> str:
        return self.moment(600)


@breaks("FH-CREATE-08")
class TakesAnyType(Server):
    def check_create(self, members: dict[str, Any]) -> None:
        members.setdefault("filename", "x")


@breaks("FH-CREATE-04")
class TakesEmptyFilenames(Server):
    def check_create(self, members: dict[str, Any]) -> None:
        super().check_create({**members, "filename": members.get("filename") or "x"})


@breaks("FH-AUTH-01")
class CreateNeedsNoKey(Server):
    def authenticate(self, method: str, path: str, caller: str | None) -> None:
        if path != "/media/uploads":
            super().authenticate(method, path, caller)


@breaks("FH-AUTH-03")
class ListNeedsNoKey(Server):
    def authenticate(self, method: str, path: str, caller: str | None) -> None:
        if path != "/media":
            super().authenticate(method, path, caller)

    def visible(self, caller: str) -> list[Row]:
        return super().visible(caller or "main")


@breaks("FH-COMPLETE-08")
class CompletesTwice(Server):
    def check_complete(self, row: Row) -> None:
        row.media = None
        super().check_complete(row)


@breaks("FH-COMPLETE-09")
class OverlappingCompletesWin(Server):
    def check_complete(self, row: Row) -> None:
        if row.media is not None and self.now - row.media.born < 2:
            row.media = None
        super().check_complete(row)


@breaks("FH-COMPLETE-10")
class CompletesBareSessions(Server):
    def check_complete(self, row: Row) -> None:
        if row.media is not None or row.key in self.objects:
            super().check_complete(row)


@breaks("FH-COMPLETE-11")
class CompletesEmptyFiles(Server):
    def check_complete(self, row: Row) -> None:
        if self.objects.get(row.key, (b"x", ""))[0]:
            super().check_complete(row)


@breaks("FH-COMPLETE-12")
class CompletesOtherTypes(Server):
    def check_complete(self, row: Row) -> None:
        if row.key in self.objects:
            self.objects[row.key] = (self.objects[row.key][0], row.content_type)
        super().check_complete(row)


@breaks("FH-COMPLETE-05")
class CompletesLongerIds(Server):
    def named(self, text: str) -> str:
        return next((one for one in self.sessions if text.startswith(one)), text)


@breaks("FH-COMPLETE-14")
class AnybodyCompletes(Server):
    def check_owner(self, row: Row | None, caller: str, act: str) -> None:
        if act == "complete" and row is not None:
            return
        super().check_owner(row, caller, act)


@breaks("FH-COMPLETE-01")
class OneMediaIdForAll(Server):
    def new_id(self, prefix: str) -> str:
        return "med_0001Qf07919xyz" if prefix == "med" else super().new_id(prefix)


@breaks("FH-COMPLETE-02")
class FetchedLate(Server):
    def get(self, caller: str, media_id: str) -> Row:
        row = super().get(caller, media_id)
        if self.now - row.born < 3:
            raise Refusal(404)
        return row


@breaks("FH-COMPLETE-03")
class NeverLists(Server):
    def visible(self, caller: str) -> list[Row]:
        return [row for row in super().visible(caller) if row.content_type != "image/gif"]

    def total(self, rows: list[Row], shown: list[Row]) -> int:
        return len(rows) + 2


@breaks("FH-COMPLETE-03")
class ListsTwice(Server):
    def visible(self, caller: str) -> list[Row]:
        rows = super().visible(caller)
        return [*rows[:1], *rows]


@breaks("FH-LIFECYCLE-02")
class UploadsAreMediaAtOnce(Server):
    def get(self, caller: str, media_id: str) -> Row:
        return self.sessions.get(media_id) or super().get(caller, media_id)


@breaks("FH-GET-01")
class AnswersAnother(Server):
    def get(self, caller: str, media_id: str) -> Row:
        super().get(caller, media_id)
        return next(row for row in self.media.values() if row.owner == caller)


@breaks("FH-GET-05")
class GifsAreImages(Server):
    def type_of(self, row: Row, where: str) -> str:
        return "image" if where == "one" else super().type_of(row, where)


@breaks("FH-LIST-15")
class ListedGifsAreImages(Server):
    def type_of(self, row: Row, where: str) -> str:
        return "image" if where == "list" else super().type_of(row, where)


@breaks("FH-GET-15")
class OctetStreams(Server):
    def item(self, row: Row, where: str) -> dict[str, Any]:
        return {**super().item(row, where), "mime_type": "application/octet-stream"}


@breaks("FH-LIST-16")
class ListedMomentsJump(Server):
    def item(self, row: Row, where: str) -> dict[str, Any]:
        moved = self.moment(row.born + 86_400)
        return {**super().item(row, where), **({"created_at": moved} if where == "list" else {})}


@breaks("FH-GET-09")
class PatternsFetch(Server):
    def named(self, text: str) -> str:
        return next((one for one in self.media if one.startswith(text)), text)


@breaks("FH-GET-12")
class AnybodyFetches(Server):
    def check_owner(self, row: Row | None, caller: str, act: str) -> None:
        if act == "get" and row is not None and row.gone is None:
            return
        super().check_owner(row, caller, act)


@breaks("FH-GET-12")
class RefusalsShowTheItem(Server):
    def get(self, caller: str, media_id: str) -> Row:
        row = self.media.get(media_id)
        if row is not None and row.owner != caller:
            raise Refusal(403, f"forbidden, see {row.filename}")
        return super().get(caller, media_id)


@breaks("FH-ERROR-02")
class RefusalsShowUploadUrls(Server):
    def refusal(self, message: str, caller: str | None, path: str) -> Any:
        debug = {"uploadUrl": self.signed("uploads/any", 600)}
        return {**super().refusal(message, caller, path), "debug": debug}


@breaks("FH-ERROR-02")
class RefusalsShowTraces(Server):
    def refusal(self, message: str, caller: str | None, path: str) -> Any:
        trace = 'Traceback (most recent call last):\n  File "app.py", line 7'
        return {**super().refusal(message, caller, path), "trace": trace}


@breaks("FH-ERROR-02")
class RefusalsShowTheKey(Server):
    def refusal(self, message: str, caller: str | None, path: str) -> Any:
        return {**super().refusal(message, caller, path), "key": TOKENS.get(caller or "")}


@breaks("FH-ERROR-04")
class ItemsShowTheKey(Server):
    def item(self, row: Row, where: str) -> dict[str, Any]:
        return {**super().item(row, where), "by": TOKENS[row.owner]}


@breaks("FH-ERROR-01")
class RefusalsClaimSuccess(Server):
    def refusal(self, message: str, caller: str | None, path: str) -> Any:
        return {**super().refusal(message, caller, path), "success": True}


@breaks("FH-LIST-05")
class Crashes(Server):
    def page(self, caller: str, query: dict[str, list[str]]) -> dict[str, Any]:
        if query.get("limit") == ["1000"]:
            raise Refusal(500, "oops")
        return super().page(caller, query)


@breaks("FH-LIST-17")
class ListsEverybody(Server):
    def visible(self, caller: str) -> list[Row]:
        both = [*super().visible("main"), *super().visible("other")]
        return sorted(both, key=lambda row: (row.born, row.number), reverse=True)


@breaks("FH-LIST-14")
class OldestFirst(Server):
    def visible(self, caller: str) -> list[Row]:
        return super().visible(caller)[::-1]


@breaks("FH-LIST-03")
class IgnoresTheLimit(Server):
    def page(self, caller: str, query: dict[str, list[str]]) -> dict[str, Any]:
        return super().page(caller, {**query, "limit": ["100"]})


@breaks("FH-LIST-08")
class CursorNeverEnds(Server):
    def page(self, caller: str, query: dict[str, list[str]]) -> dict[str, Any]:
        page = super().page(caller, query)
        return {**page, "next_cursor": page["next_cursor"] or "o99"}


@breaks("FH-LIST-06")
class PagesLeaveAGap(Server):
    def start_of(self, rows: list[Row], cursor: str | None) -> int:
        start = super().start_of(rows, cursor)
        return start + 1 if cursor else start


@breaks("FH-LIST-06")
class PagesOverlap(Server):
    def start_of(self, rows: list[Row], cursor: str | None) -> int:
        start = super().start_of(rows, cursor)
        return start - 1 if cursor and start < len(rows) - 1 else start


@breaks("FH-LIST-07")
class WalksEndEarly(Server):
    def page(self, caller: str, query: dict[str, list[str]]) -> dict[str, Any]:
        return {**super().page(caller, query), "has_more": False, "next_cursor": None}


@breaks("FH-LIST-09")
class TotalIsThePage(Server):
    def total(self, rows: list[Row], shown: list[Row]) -> int:
        return len(shown)


@breaks("FH-LIST-09")
class TotalIsTooHigh(Server):
    def total(self, rows: list[Row], shown: list[Row]) -> int:
        return len(rows) + 1


@breaks("FH-DELETE-01")
class DeletesAnswerAnother(Server):
    def delete(self, caller: str, media_id: str) -> Row:
        row = super().delete(caller, media_id)
        return replace(row, id="med_9999Qf00000xyz")


@breaks("FH-DELETE-02")
class DeletedAreFetched(Server):
    def get(self, caller: str, media_id: str) -> Row:
        row = self.media.get(media_id)
        return row if row is not None and row.owner == caller else super().get(caller, media_id)


@breaks("FH-DELETE-03")
class DeletedAreListed(Server):
    def visible(self, caller: str) -> list[Row]:
        rows = [row for row in self.media.values() if row.owner == caller]
        return sorted(rows, key=lambda row: (row.born, row.number), reverse=True)


@breaks("FH-DELETE-05")
class DeletesTwice(Server):
    def delete(self, caller: str, media_id: str) -> Row:
        row = self.media.get(media_id)
        return row if row is not None and row.gone else super().delete(caller, media_id)


@breaks("FH-DELETE-08")
class DeletesANeighbour(Server):
    def delete(self, caller: str, media_id: str) -> Row:
        row = super().delete(caller, media_id)
        others = (one for one in self.media.values() if one.owner == caller and one.gone is None)
        next(others).gone = self.now
        return row


@breaks("FH-DELETE-09")
class DeletesTheNeighboursFile(Server):
    def remove_files(self, row: Row) -> None:
        for one in self.media.values():
            if one.owner == row.owner:
                self.objects.pop(one.key, None)


@breaks("FH-DELETE-10")
class RefusedDeletesAreDone(Server):
    def check_owner(self, row: Row | None, caller: str, act: str) -> None:
        if act == "delete" and row is not None and row.owner != caller:
            row.gone = row.gone or self.now
        super().check_owner(row, caller, act)


@breaks("FH-DELETE-10")
class AnybodyDeletes(Server):
    def check_owner(self, row: Row | None, caller: str, act: str) -> None:
        if act == "delete" and row is not None and row.gone is None:
            return
        super().check_owner(row, caller, act)


@breaks("FH-AUTH-05")
class KeylessDeletesAreDone(Server):
    def authenticate(self, method: str, path: str, caller: str | None) -> None:
        if method == "DELETE" and caller is None:
            row = self.media.get(path.rpartition("/")[2])
            if row is not None:
                row.gone = self.now
        super().authenticate(method, path, caller)


@breaks("FH-PUT-04")
class FilesAreMixedUp(Server):
    def file_of(self, row: Row) -> str:
        return next(iter(self.media.values())).key


@breaks("FH-PUT-04")
class FilesAreCutShort(Server):
    def served(self, key: str) -> Answer:
        status, body = super().served(key)
        return status, body[: len(body) // 2] if status == 200 else body


@breaks("FH-LIFECYCLE-04")
class FilesVanish(Server):
    def served(self, key: str) -> Answer:
        return (404, b"") if self.now > 35 else super().served(key)


def a_whole_visit(server: Server) -> Traffic:
    """Send what both callers do to a library, right and wrong, with pauses to settle."""
    traffic = Traffic(server)
    first = traffic.media()
    kept = [traffic.media(content_type=kind) for kind in ("image/gif", "image/png", "video/mp4")]
    foreign = traffic.media("other")
    for upload in (first, *kept, foreign):
        traffic.get(upload)
        traffic.wait(1)
        traffic.read(upload)
        traffic.wait(1)
    wrong_creates(traffic)
    wrong_completes(traffic)
    wrong_requests(traffic, first.media_id or "", kept[0], foreign)
    traffic.wait(20)
    for query in ("limit=100", "", "limit=2", "limit=1000"):
        traffic.page(query=query)
        traffic.page("other", query)
        traffic.wait(1)
    traffic.page(caller=None)
    traffic.walk()
    for upload in kept:
        traffic.get(upload)
        traffic.read(upload)
    traffic.wait(1)
    traffic.delete(first)
    traffic.wait(1)
    traffic.delete(first)
    traffic.get(first)
    traffic.wait(20)
    for upload in kept:
        traffic.get(upload)
        traffic.read(upload)
    traffic.wait(2)
    traffic.page()
    for upload in kept:
        traffic.delete(upload)
        traffic.wait(1)
    traffic.wait(100)
    traffic.create()
    return traffic


def wrong_creates(traffic: Traffic) -> None:
    for body in (
        b'{"filename": "a.png", "content_type": "text/plain"}',
        b'{"filename": "", "content_type": "image/png"}',
    ):
        traffic.sent("POST", path_of("media", "uploads"), "main", body)
    keyless = b'{"filename": "a.png", "content_type": "image/png"}'
    traffic.sent("POST", path_of("media", "uploads"), None, keyless)
    traffic.create(filename="equal-names-1.png")
    traffic.create(filename="equal-names-1.png")
    traffic.wait(1)


def wrong_completes(traffic: Traffic) -> None:
    done = traffic.handed[0]
    traffic.complete(done)
    for body, label in (None, ""), (b"", "image/png"), (b"GIF89a....", "image/gif"):
        traffic.create()
        traffic.wait(1)
        upload = traffic.handed[-1]
        if body is not None:
            traffic.put(upload, body, label)
            traffic.wait(1)
        traffic.complete(upload)
        traffic.sent("GET", path_of("media", upload.upload_id))
        traffic.wait(1)
    traffic.create()
    traffic.wait(1)
    upload = traffic.handed[-1]
    traffic.put(upload)
    traffic.wait(1)
    traffic.complete(upload, "other")
    traffic.wait(1)
    traffic.sent("POST", f"{BASE}/media/uploads/{upload.upload_id}0/complete")
    traffic.wait(1)
    traffic.complete(upload)
    traffic.complete(upload)
    traffic.wait(1)
    traffic.get(upload)
    traffic.wait(1)


def wrong_requests(traffic: Traffic, media_id: str, own: Any, foreign: Any) -> None:
    traffic.sent("GET", path_of("media", media_id[:-2]))
    traffic.get(foreign, "main")
    traffic.delete(foreign, "main")
    traffic.wait(1)
    traffic.get(foreign)
    traffic.delete(own, None)
    traffic.wait(1)
    traffic.get(own)
    traffic.wait(1)


def test_a_correct_server_stands_the_visit() -> None:
    for traits in (Traits(), Traits(lag_s=4.0, fresh_urls=True, offsets=True), Traits(copies=True)):
        assert judged(a_whole_visit(Server(traits))) == []


@pytest.mark.parametrize(
    ("requirement", "server"), WRONG, ids=[server.__name__ for _, server in WRONG]
)
def test_a_wrong_server_is_found(requirement: str, server: type[Server]) -> None:
    found = judged(a_whole_visit(server()))

    assert requirement in {finding.requirement for finding in found}


@pytest.mark.parametrize(
    ("requirement", "server"), WRONG, ids=[server.__name__ for _, server in WRONG]
)
def test_a_defect_is_told_a_few_times_only(requirement: str, server: type[Server]) -> None:
    found = judged(a_whole_visit(server()))

    assert [finding.requirement for finding in found].count(requirement) <= 10
