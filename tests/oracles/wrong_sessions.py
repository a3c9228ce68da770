"""Servers whose sessions and completes are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.oracles.simulated_server import Server
from tests.oracles.wrong import breaks

if TYPE_CHECKING:
    from tests.oracles.simulated_server import Row


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


@breaks("FH-CREATE-15")
class UrlsOfTheOtherCallerLiveLonger(Server):
    def create(self, caller: str, members: dict[str, Any]) -> dict[str, Any]:
        made = super().create(caller, members)
        if caller == "other":
            made["upload_url"] = made["upload_url"].replace("Expires=600", "Expires=3600")
        return made


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
