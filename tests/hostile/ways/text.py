"""Targets whose texts try to become something else than text."""

from __future__ import annotations

from typing import Any

from tests.hostile.way import Visit, json_way

#: Texts that mean something to a terminal, a page, a workflow, a shell or a decoder.
TEXTS = {
    "lone surrogates": "\ud800 high \udfff low",
    "control characters": "\x00\x07\x08\x0b\x7f\x85\x9b31m bell",
    "ANSI escapes": "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]8;;http://evil\x07link",
    "marks of direction": "\u202egnp.exe\u2066\u2069\u200f\u061c",
    "workflow commands": "\n::error file=x::owned\n::add-mask::a\n##[command]x\n::debug::b",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>]]><!--&amp;{{7*7}}",
    "Markdown": "`` ` ```\n# head\n[a](javascript:x) ![b](http://evil/p.png) <b> | a | @all",
    "shell": '\'; touch /tmp/owned; $(id) `id` "${HOME}" \\ \n rm -rf x #',
    "Python": '"""\' + __import__("os").system("id") + \'\\\n{0.__class__} %s %n',
    "paths": "../../../../etc/passwd\x00.png",
}


def _everywhere(node: Any, text: str, names: tuple[str, ...]) -> Any:
    """Append a text to each member with one of these names."""
    if isinstance(node, list):
        return [_everywhere(each, text, names) for each in node]
    if isinstance(node, dict):
        return {
            name: each + text
            if name in names and isinstance(each, str)
            else _everywhere(each, text, names)
            for name, each in node.items()
        }
    return node


_SHOWN = ("error", "message", "type", "mime_type", "detail", "created_at", "expires_at", "code")
_IDS = ("upload_id", "id", "next_cursor")


def _named(kind: str, text: str) -> None:
    for members, what, left in ((_SHOWN, "texts", False), (_IDS, "ids", True)):

        def change(value: Any, _: Visit, members: tuple[str, ...] = members) -> Any:
            return _everywhere(value, text, members)

        change.__name__ = f"{kind.lower().replace(' ', '_')}_in_{what}"
        does = f"puts {kind} into each {'id and cursor' if left else 'text that a report may show'}"
        json_way(does, left=left)(change)


for _kind, _text in TEXTS.items():
    _named(_kind, _text)
