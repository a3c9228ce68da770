"""Faults of the text of a post: it is stored in another form than it was sent."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from conformance.servers.feedhive.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server


def _stores(name: str, sentence: str, change: Callable[[str], str]) -> None:
    """Register a fault: a new post and an update store another text than the one they name."""

    def apply(server: Server) -> None:
        @server.replaces("posts._checked")
        def checked(original: Any, owner: str, fields: dict[str, Any]) -> Any:
            known = original(owner, fields)
            if "text" in known:
                known["text"] = change(known["text"]) or "-"
            return known

    FAULT.add(name, sentence, apply, "FH-POST-05")


_stores(
    "post-texts-lose-emoji",
    "The text of a post loses the characters outside the basic plane.",
    lambda text: "".join(one for one in text if one <= "\uffff"),
)
_stores(
    "post-texts-lose-other-scripts",
    "The text of a post has a question mark for each character of an East Asian script.",
    lambda text: re.sub("[\u3000-\u9fff]", "?", text),
)
_stores("post-texts-are-escaped", "The text of a post is stored as HTML.", html.escape)
_stores(
    "post-texts-lose-tags",
    "The text of a post loses what looks like an HTML tag, also where it never ends.",
    lambda text: re.sub(r"<[^>]*(>|$)", "", text),
)
_stores(
    "post-texts-lose-line-breaks",
    "The text of a post is stored on one line.",
    lambda text: " ".join(text.splitlines()),
)
_stores(
    "post-texts-lose-hashtags",
    "The text of a post loses its hashtags.",
    lambda text: re.sub(r"#\w+", "", text),
)
