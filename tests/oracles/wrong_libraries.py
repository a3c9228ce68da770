"""Servers whose lists, deletes and files are wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.oracles.simulated_server import Server
from tests.oracles.wrong import breaks

if TYPE_CHECKING:
    from tests.oracles.simulated_server import Answer, Row


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


@breaks("FH-LIST-07")
class LastPagesLeadOn(Server):
    def page(self, caller: str, query: dict[str, list[str]]) -> dict[str, Any]:
        page = super().page(caller, query)
        if page["has_more"] or not page["items"]:
            return page
        return {**page, "has_more": True, "next_cursor": f"o{len(self.visible(caller))}"}


@breaks("FH-LIST-19")
class TotalIsZeroNowAndThen(Server):
    def total(self, rows: list[Row], shown: list[Row]) -> int:
        return 0 if len(rows) % 2 else super().total(rows, shown)


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


@breaks("FH-DELETE-19")
class DeletedAreFetchedForAWhile(Server):
    def get(self, caller: str, media_id: str) -> Row:
        row = self.media.get(media_id)
        fresh = row is not None and row.gone is not None and self.now - row.gone < 4
        return row if row and fresh else super().get(caller, media_id)


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
