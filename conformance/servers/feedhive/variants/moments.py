"""Variants of timestamps: other forms of ISO 8601, and an expiry in whole minutes."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.database import insert_many
from conformance.servers.feedhive.registry import VARIANT
from conformance.servers.feedhive.sessions import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

_MINUTE_S = 60.0
_TEN_S = 10.0
_DAY_S = 86_400.0

#: Old items of the library: their creation in seconds since the epoch, and as a text.
OLD_MOMENTS = {
    1_483_228_800.0: "2016-12-31T23:59:60Z",
    1_435_708_800.0: "2015-06-30T24:00:00Z",
    1_331_294_400.0: "2012-W10-5T12:00:00Z",
    1_262_304_000.0: "2010-001T00:00:00Z",
    1_230_768_000.0: "20090101T000000Z",
}


def _moments(server: Server, rewritten: Callable[[datetime], str]) -> None:
    @server.answers("create_upload")
    def expiry(answer: Answer) -> None:
        moment = datetime.fromisoformat(answer.data["expires_at"])
        answer.data["expires_at"] = rewritten(moment)

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        answer = original(row)
        return {**answer, "created_at": rewritten(datetime.fromisoformat(answer["created_at"]))}


@VARIANT("Timestamps are ordinal dates, such as 2032-031T12:00:00.123Z.")
def ordinal_dates(server: Server) -> None:
    _moments(server, lambda moment: moment.strftime("%Y-%jT%H:%M:%S.%f")[:-3] + "Z")


@VARIANT("Timestamps have t and z in lower case, such as 2032-01-31t12:00:00.123456z.")
def moments_in_lower_case(server: Server) -> None:
    _moments(server, lambda moment: moment.strftime("%Y-%m-%dt%H:%M:%S.%fz"))


@VARIANT("Timestamps are week dates, such as 2032-W05-6T12:00:00.123Z.")
def week_dates(server: Server) -> None:
    _moments(server, lambda moment: moment.strftime("%G-W%V-%uT%H:%M:%S.%f")[:-3] + "Z")


@VARIANT("Timestamps are in the basic format with a comma, such as 20320131T120000,123Z.")
def basic_dates(server: Server) -> None:
    _moments(server, lambda moment: moment.strftime("%Y%m%dT%H%M%S,%f")[:-3] + "Z")


@VARIANT("created_at is the end of the day before, such as 2032-01-31T24:00:00Z.")
def moments_at_24_hours(server: Server) -> None:
    @server.replaces("state.complete")
    def complete(original: Any, upload_id: str, media: Any) -> bool:
        day = media.created_at // _DAY_S * _DAY_S
        return bool(original(upload_id, dataclasses.replace(media, created_at=day)))

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        before = datetime.fromtimestamp(row.created_at - _DAY_S, UTC)
        return {**original(row), "created_at": before.strftime("%Y-%m-%dT24:00:00Z")}


@VARIANT("The library has old items, created in a leap second, at 24:00 and on an ordinal date.")
def old_items_with_rare_moments(server: Server) -> None:
    insert_many(
        server,
        [
            (f"med_old/{n:06}", "main", "image", "image/png", f"old/{n}", None, seconds)
            for n, seconds in enumerate(OLD_MOMENTS)
        ],
    )

    @server.replaces("item")
    def item(original: Any, row: Any) -> Any:
        answer = original(row)
        return {
            **answer,
            "created_at": OLD_MOMENTS.get(row.created_at, answer["created_at"]),
        }


@VARIANT("Uploads expire at the end of a minute, at most a minute late.")
def expiry_in_whole_minutes(server: Server) -> None:
    _rounded_up(server, signed_too=True)


@VARIANT("expires_at and the session end at the end of a minute, but the URL after ten minutes.")
def session_expiry_in_whole_minutes(server: Server) -> None:
    _rounded_up(server, signed_too=False)


@VARIANT("Uploads expire at the end of ten seconds of the clock.")
def expiry_in_steps_of_ten_seconds(server: Server) -> None:
    _rounded_up(server, signed_too=True, step_s=_TEN_S)


def _rounded_up(server: Server, *, signed_too: bool, step_s: float = _MINUTE_S) -> None:
    """Round the expiry up to a step, but not on the twin: its uploads live for seconds."""
    library = server.subject
    if library.settings.upload_ttl < _MINUTE_S:
        return
    ends: dict[str, float] = {}

    @server.replaces("state.add_upload")
    def add_upload(original: Any, row: Any) -> None:
        end = math.ceil(row.expires_at / step_s) * step_s
        ends[row.id] = end
        original(dataclasses.replace(row, expires_at=end))

    @server.answers("create_upload")
    def announced(answer: Answer) -> None:
        end = ends.pop(answer.data["upload_id"])
        answer.data["expires_at"] = timestamp(end)
        if signed_too:
            key = library.store.key_of(answer.data["upload_url"])
            life = math.ceil(end - library.now())
            declared = answer.sent["content_type"]
            answer.data["upload_url"] = library.store.signed_put(key, declared, life)
