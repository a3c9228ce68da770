"""The page of a fleet: a matrix of requirement by target; it needs no network and no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from conformance.reports.fleet import broken_anywhere, numbers_of, verdict_of
from conformance.reports.page import asset, hash_of, templates

if TYPE_CHECKING:
    from conformance.reports.fleet import Fleet


def render(fleet: Fleet) -> str:
    """Return the page."""
    style = asset("page.css") + asset("fleet.css")
    return (
        templates()
        .get_template("fleet.html")
        .render(
            fleet=fleet,
            broken=set(broken_anywhere(fleet)),
            verdict_of=verdict_of,
            numbers_of=numbers_of,
            style=Markup(style),  # noqa: S704 - our own files
            style_hash=hash_of(style),
        )
    )
