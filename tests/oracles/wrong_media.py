"""Servers that show media wrongly, or refuse wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.oracles.simulated_server import TOKENS, Refusal, Server
from tests.oracles.wrong import breaks

if TYPE_CHECKING:
    from tests.oracles.simulated_server import Row


@breaks("FH-COMPLETE-20")
class FetchedLate(Server):
    found_after_s = 3.0

    def get(self, caller: str, media_id: str) -> Row:
        row = super().get(caller, media_id)
        if self.now - row.born < self.found_after_s:
            raise Refusal(404)
        return row


@breaks("FH-COMPLETE-02")
class FetchedVeryLate(FetchedLate):
    found_after_s = 60.0


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
class ListedPicturesAreWebp(Server):
    def item(self, row: Row, where: str) -> dict[str, Any]:
        shown = super().item(row, where)
        picture = where == "list" and row.content_type.startswith("image/")
        return {**shown, "mime_type": "image/webp"} if picture else shown


@breaks("FH-LIST-16")
class ListedTypesAreEmpty(Server):
    def item(self, row: Row, where: str) -> dict[str, Any]:
        shown = super().item(row, where)
        return {**shown, "mime_type": ""} if where == "list" else shown


@breaks("FH-LIST-16")
class ListedMomentsJump(Server):
    def item(self, row: Row, where: str) -> dict[str, Any]:
        moved = self.moment(row.born + 86_400)
        return {**super().item(row, where), **({"created_at": moved} if where == "list" else {})}


@breaks("FH-GET-09")
class PatternsFetch(Server):
    def named(self, text: str) -> str:
        return next((one for one in self.media if one.startswith(text)), text)


@breaks("FH-GET-14")
class ListedUrlsLiveFiveMinutes(Server):
    def item(self, row: Row, where: str) -> dict[str, Any]:
        shown = super().item(row, where)
        if where == "list":
            shown["media_url"] = self.signed(self.file_of(row), 300)
        return shown


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
