"""Oracles of signed URLs: how long each of them says that it works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.knowledge.facts import Act
from conformance.model.moment import parsed_moment
from conformance.model.signed_url import SignedUrl
from conformance.oracles.finding import AGREES, Finding
from conformance.oracles.registry import Registry
from conformance.profiles.feedhive.lifetimes import expire_together, is_about_a_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.knowledge.event import Event
    from conformance.knowledge.knowledge import Knowledge
    from conformance.oracles.finding import Judgement

ORACLES = Registry()


@ORACLES.of_answers("FH-CREATE-15", acts=(Act.OPEN,))
def upload_url_expires_as_announced(_: Knowledge, event: Event) -> Iterator[Judgement]:
    """An upload URL expires when its session does, whoever opened it and for which file."""
    opening = event.told.opening
    announced = parsed_moment(str(opening.expires_at)) if opening else None
    own = SignedUrl(opening.upload_url).expires_at if opening else None
    if opening is None or announced is None or own is None:
        return
    yield (
        AGREES
        if expire_together(announced, own)
        else Finding(
            "FH-CREATE-15",
            ("session", opening.id),
            f"the URL to expire when expires_at says, {announced.isoformat()}",
            f"it expires at {own.isoformat()}",
            event,
        )
    )


@ORACLES.of_answers("FH-GET-14", acts=(Act.FETCH, Act.LIST))
def media_url_lives_for_a_day(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
    """A signed media_url announces a life of 24 hours, wherever it is shown."""
    for view, media in knowledge.fresh(event):
        life_s = SignedUrl(view.media_url).lifetime_s if isinstance(view.media_url, str) else None
        if life_s is None:
            continue
        yield (
            AGREES
            if is_about_a_day(life_s)
            else Finding(
                "FH-GET-14",
                ("media", media.id),
                "media_url to be valid for 24 hours",
                f"it is valid for {life_s} seconds",
                event,
            )
        )
