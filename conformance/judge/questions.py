"""The questions of promises: each is prepared once for an answer, and then asked of its values.

A list has a hundred items, and most of what a question needs is the same for all of them: the
clocks of the answer, the path of its request, or a compiled schema.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote, urlsplit

import jsonschema_rs

from conformance.model.exchange import http_date
from conformance.model.media_type import is_media_type
from conformance.model.moment import FIRST, parsed_moment
from conformance.model.signed_url import SignedUrl, holds_a_picture, url_defect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.model.exchange import Exchange

#: What was expected of a value and what it is, or None when all is well.
Told: TypeAlias = "tuple[str, str] | None"
Judge: TypeAlias = "Callable[[Any], Told]"

#: A server may round an expiry up to the minute.
_ROUNDED_S = 60.0
_SHOWN = 200
_MOMENT = "an ISO 8601 date-time"
_URL = "an absolute http or https URL"
_OFFSET = re.compile(r"(?:[Zz]|T.*[+-][0-9:]{2,5})$")


def _fits(schema: dict[str, Any]) -> Judge:
    """Return what judges by a schema: the compiled one is quick, the other one names the error."""
    quick = _compiled(json.dumps(schema))

    def judge(value: Any) -> Told:
        if quick.is_valid(value):
            return None
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - few runs need its words
        from jsonschema.exceptions import best_match  # noqa: PLC0415

        error = best_match(Draft202012Validator(schema).iter_errors(value))
        if error is None:
            return None
        return schema.get("description", "as documented"), f"it is {repr(error.instance)[:_SHOWN]}"

    return judge


@lru_cache(maxsize=256)  # the documents of both profiles have a few dozen
def _compiled(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema))


def _distinct(member: str, value: Any) -> Told:
    if not isinstance(value, list):
        return None
    texts = [repr(one.get(member)) for one in value if isinstance(one, dict)]
    twice = next((text for text, times in Counter(texts).items() if times > 1), None)
    if twice is None:
        return None
    return f"elements of different {member}", f"{twice[:_SHOWN]} is there twice"


def _path_ends(members: list[str], value: Any) -> Told:
    if not isinstance(value, dict):
        return None
    url, key = (value.get(name) for name in members)
    if not isinstance(url, str) or not isinstance(key, str) or not key:
        return None
    if SignedUrl(url).path.endswith(f"/{key.lstrip('/')}"):
        return None
    return f"an object whose {members[0]} ends with its {members[1]}", f"that is {key[:_SHOWN]!r}"


@lru_cache(maxsize=8192)  # the same items come in many answers
def _form(form: str, value: str) -> Told:
    if form == "date-time":
        # RFC 3339 allows a space in the place of the T.
        readable = parsed_moment(value) or parsed_moment(value.replace(" ", "T", 1))
        return None if readable else (_MOMENT, f"it is {value[:_SHOWN]!r}")
    if form == "media-type":
        known = is_media_type(value)
        return None if known else ("the type of a picture or film", f"it is {value[:_SHOWN]!r}")
    defect = url_defect(value)
    if defect:
        picture = form == "uri" and holds_a_picture(value)
        return None if picture else (_URL, f"{defect}: {value[:_SHOWN]!r}")
    signed = SignedUrl(value).signed
    if form == "signed-url" and not signed:
        return "a URL with a signature", "it has none"
    if form == "unsigned-url" and signed:
        return "a URL without a signature", "it has one"
    return None


def _ahead(bounds: tuple[float, float], exchange: Exchange, value: str) -> Told:
    """Judge how far a moment lies ahead of the answer, by the clock that suits it best.

    A `Date` may be a proxy's clock; the dates in the signatures of the same answer and our
    own clock are the other witnesses.
    """
    moment = parsed_moment(value)
    if moment is None or exchange.response is None:
        return None
    least, most = bounds
    elapsed = exchange.response.elapsed_s
    rounded = _ROUNDED_S if moment.second == 0 else 0.0
    ahead = [(moment - now).total_seconds() for now in _clocks(exchange)]
    if any(least - elapsed <= one <= most + elapsed + rounded for one in ahead):
        return None
    seconds = " and ".join(f"{one:.0f}" for one in ahead)
    wanted = f"{least:.0f} to {most:.0f} seconds ahead of the server's Date or of X-Amz-Date"
    return wanted, f"it lies {seconds} seconds ahead"


def _past(room: float, exchange: Exchange) -> Judge:
    """Return what judges that a moment is not in the future, by the clock that is ahead of all.

    A moment without an offset may be a local time. Most are in the past of the first clock, so
    the others are not read.
    """
    clocks, latest = _clocks(exchange), FIRST
    room += exchange.response.elapsed_s if exchange.response else 0.0

    def judge(value: str) -> Told:
        nonlocal latest
        moment = parsed_moment(value)
        if moment is None or not _OFFSET.search(value):
            return None
        while (moment - latest).total_seconds() > room:
            now = next(clocks, None)
            if now is None:
                return "a moment in the past", f"it is {value[:_SHOWN]}"
            latest = max(latest, now)
        return None

    return judge


def _clocks(exchange: Exchange) -> Iterator[datetime]:
    date = http_date(exchange.response.header("date")) if exchange.response else None
    if date:
        yield date
    if exchange.started:
        yield datetime.fromtimestamp(exchange.started, UTC)
    for value in _texts_of(exchange.at("data")):
        signed_at = SignedUrl(value).signed_at
        if signed_at:
            yield signed_at


def _texts_of(data: Any) -> Iterator[str]:
    """Yield the texts of an answer's data, and of the elements of its lists."""
    members = list(data.values()) if isinstance(data, dict) else []
    lists = [member for member in members if isinstance(member, list)]
    inner = [one for member in lists for one in member if isinstance(one, dict)]
    for value in (*members, *(value for one in inner for value in one.values())):
        if isinstance(value, str):
            yield value


def _lifetime(bounds: tuple[float, float], value: str) -> Told:
    url = SignedUrl(value)
    least, most = bounds
    if not url.is_sigv4 or url.lifetime_s is None or least <= url.lifetime_s <= most:
        return None
    wanted = f"a URL that is valid for {least:.0f} to {most:.0f} seconds"
    return wanted, f"it is valid for {url.lifetime_s}"


def _echoes(exchange: Exchange) -> Judge:
    """Return what judges that the path ends with a value, in any letter case: ids may be UUIDs."""
    path = unquote(urlsplit(exchange.request.url).path).rstrip("/").casefold()

    def judge(value: str) -> Told:
        if not value or path.endswith(f"/{value.rstrip('/')}".casefold()):
            return None
        return "the one that was requested", f"it is {value[:_SHOWN]!r}"

    return judge


#: Questions about a value of any type; each takes what the promise answers.
OF_ANY_VALUE: dict[str, Callable[[Any], Judge]] = {
    "fits": _fits,
    "distinct": lambda member: partial(_distinct, member),
    "path_ends": lambda members: partial(_path_ends, members),
}
#: Questions about a text; each takes what the promise answers, and the answer of the server.
OF_TEXTS: dict[str, Callable[[Any, Exchange], Judge]] = {
    "form": lambda form, _: partial(_form, form),
    "ahead": lambda bounds, exchange: partial(_ahead, bounds, exchange),
    "past": _past,
    "lifetime": lambda bounds, _: partial(_lifetime, bounds),
    "echoes": lambda _, exchange: _echoes(exchange),
}
