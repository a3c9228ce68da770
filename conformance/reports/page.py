"""`index.html`: the whole report as one page; it needs no network and escapes every text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from conformance.reports import load, timing
from conformance.reports.causes import causes
from conformance.reports.decision import is_spared, mark, sentence
from conformance.reports.detail import LEVELS, MOST_BYTES, reduced
from conformance.reports.failure import parts, proofs
from conformance.reports.headline import headline, history, levels, oracles, remarks
from conformance.reports.report import OUTCOMES, Report, is_cut
from conformance.reports.unverified import groups

if TYPE_CHECKING:
    from conformance.reports.detail import Detail
    from conformance.reports.failure import Part
    from conformance.reports.report import Row

#: A limit for texts of a server that are not bodies (bodies are cut when they are recorded).
_LONGEST_CHARACTERS = 8_000
#: A longer id wraps.
_ID_CHARACTERS = 32
#: The width of a character of an id, rounded up.
_CHARACTER_PX = 8
#: So many control characters of one text are shown.
_MARKS = 50
_MORE = Markup('<span class="cut">… and more control characters</span>')
#: JSON that is longer or deeper than this is shown as it was received.
_INDENTED_CHARACTERS = 8_000
_INDENTED_DEPTH = 40
#: Characters that control a terminal, a page or the direction of text instead of being shown.
_UNSEEN = re.compile("([\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e"
                     "\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff])\\1*")  # fmt: skip
_JSON_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_TICKED = re.compile("`([^`<>\n]+)`")
_SAFE_PATH = re.compile(r"(?!.*\.\.)\w[\w./-]*", re.ASCII)


def render(report: Report) -> str:
    """Return the page, with less detail where it would be too large for a browser."""
    text = _rendered(report)
    for detail in LEVELS:
        if len(text.encode("utf-8", "replace")) <= MOST_BYTES:
            break
        text = _rendered(_with(report, detail))
    return text


def _with(report: Report, detail: Detail) -> Report:
    rows = [row | {"evidence": reduced(row["evidence"], detail)} for row in report.requirements]
    lifecycle = report["lifecycle"] if detail.ways else []
    return Report({**report.data, "requirements": rows, "lifecycle": lifecycle}, report.path)


def _rendered(report: Report) -> str:
    style, script = asset("page.css") + _measures(report), asset("page.js")
    template = templates().get_template("page.html")
    return template.render(
        report=report,
        outcomes=OUTCOMES,
        headline=headline(report),
        sentence=sentence(report),
        spared=is_spared(report),
        oracles=oracles(report),
        causes=causes(report),
        history=history(report),
        remarks=remarks(report),
        levels=levels(report),
        unverified=groups(report),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=hash_of(style),
        script_hash=hash_of(script),
        shares=_shares(report["counts"]),
        timeline=_timeline(report["lifecycle"]),
    )


def _measures(report: Report) -> str:
    """Return the width of the longest id as a rule: the page may not have inline styles."""
    longest = max((len(row["id"]) for row in report.requirements), default=0)
    return f"\n:root {{ --id: {min(longest, _ID_CHARACTERS) * _CHARACTER_PX}px; }}\n"


def asset(name: str) -> str:
    """Return the text of a style or script."""
    environment = templates()
    if environment.loader is None:
        raise LookupError(name)
    return environment.loader.get_source(environment, name)[0]


def hash_of(text: str) -> str:
    """Return the hash by which a page allows its own style or script."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def templates() -> Environment:
    """Return the templates of all pages; they escape every text."""
    environment = Environment(
        loader=PackageLoader("conformance.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        shown=shown, prose=prose, indented=indented, moment=_moment, duration=_duration, size=_size,
        spaced=_spaced, case_name=_case_name, path_of=_path_of,
    )  # fmt: skip
    environment.globals.update(parts_of=_parts_of, proofs_of=proofs, shares_of=_shares)
    environment.globals.update(timing=timing, load=load, spared_by=mark)
    environment.tests.update(cut=is_cut, safe_path=_SAFE_PATH.fullmatch)
    return environment


def shown(text: object, longest: int = _LONGEST_CHARACTERS) -> Markup:
    """Escape text, show control characters as their code points, and cut a long text."""
    whole = str(text)
    marked = Markup("").join(_marked(whole[:longest]))
    if len(whole) <= longest:
        return marked
    note = Markup('<span class="cut">… cut: {:,} characters in all</span>')
    return marked + note.format(len(whole))


def prose(text: object, longest: int = _LONGEST_CHARACTERS) -> Markup:
    """Do the same with text of the kit, and show what is between backticks as code."""
    escaped = str(shown(text, longest))
    return Markup(_TICKED.sub(r"<code>\1</code>", escaped))  # noqa: S704 - escaped above


def _marked(text: str) -> list[Markup | str]:
    parts: list[Markup | str] = []
    end = 0
    for number, found in enumerate(_UNSEEN.finditer(text)):
        parts.append(escape(text[end : found.start()]))
        if number >= _MARKS:  # each takes many times its own length
            return [*parts, _MORE]
        parts.append(_mark(found[1], len(found[0])))
        end = found.end()
    return [*parts, escape(text[end:])]


@lru_cache(maxsize=256)
def _mark(character: str, times: int) -> Markup:
    """Return what shows a character that cannot be seen, and how often it is repeated."""
    code = f"U+{ord(character):04X}" + (f" ×{times}" if times > 1 else "")  # noqa: RUF001 - the sign
    name = unicodedata.name(character, "control character")
    return Markup('<span class="unseen" title="{}">{}</span>').format(name, code)


def indented(text: str) -> str:
    """Return JSON with line breaks and indents, tokens unchanged; return other text unchanged."""
    if len(text) > _INDENTED_CHARACTERS or not _is_json(text):
        return text
    whole, depth, previous = "", 0, ""
    for part in _JSON_TOKEN.findall(text):
        depth -= part in ("}", "]")
        breaks = previous in ("{", "[", ",") or (part in ("}", "]") and previous)
        empty = previous + part in ("{}", "[]")
        whole += f"\n{'  ' * depth}" if breaks and not empty else ""
        whole += f"{part} " if part == ":" else part
        depth += part in ("{", "[")
        if depth > _INDENTED_DEPTH:
            return text
        previous = part
    return whole


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S %Z").strip()
    except ValueError:
        return text


def _duration(seconds: float) -> str:
    if seconds >= 60:  # noqa: PLR2004 - a minute
        return f"{int(seconds // 60)} min {int(seconds % 60)} s"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _size(count: int) -> str:
    return "1 byte" if count == 1 else f"{count:,} bytes"


def _spaced(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _parts_of(row: Row, proof: Row) -> dict[str, Part]:
    """Return the parts of a failure by name."""
    return {part.name.value: part for part in parts(row, proof)}


def _case_name(case: str) -> str:
    return case.rsplit("/", 1)[-1]


def _path_of(url: str) -> str:
    """Return the path of a URL, without the host and the query."""
    return "/" + re.sub(r"^\w+://[^/]*/?", "", url).split("?", 1)[0]


def _shares(counts: dict[str, int]) -> list[tuple[str, float, float]]:
    """Return the outcomes of the bar, each with its start and its width in percent."""
    total = sum(counts.values()) or 1
    shares, begin = [], 0.0
    for outcome in OUTCOMES:
        width = 100 * counts.get(outcome, 0) / total
        if width:
            shares.append((outcome, round(begin, 3), round(width, 3)))
        begin += width
    return shares


def _timeline(exchanges: list[Row]) -> list[Row]:
    """Return each exchange with its start and duration, in seconds and in percent of the whole."""
    begins = [_seconds(exchange["started"]) for exchange in exchanges]
    lasts = [
        exchange["response"]["elapsed_s"] if exchange["response"] else 0.0 for exchange in exchanges
    ]
    first = min(begins, default=0.0)
    whole = max(
        (begin + last - first for begin, last in zip(begins, lasts, strict=True)), default=0
    )
    scale = 100 / (whole or 1)
    return [
        {
            "exchange": exchange,
            "offset_s": begin - first,
            "elapsed_s": last,
            "x": round((begin - first) * scale, 2),
            "width": round(max(last * scale, 0.6), 2),
        }
        for exchange, begin, last in zip(exchanges, begins, lasts, strict=True)
    ]


def _seconds(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except (ValueError, OverflowError):
        return 0.0
