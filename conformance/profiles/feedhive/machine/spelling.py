"""Requests that the RFCs call equivalent must get equal answers.

The relation needs no table of answers: the usual spelling and another one are compared. What a
server does with the other spelling must be what it does with the usual one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from conformance.judge import expect
from conformance.model.exchange import Request
from conformance.profiles.feedhive.given import unique_filename
from conformance.profiles.feedhive.machine import effects
from conformance.profiles.feedhive.machine.model import Session, Stored
from conformance.profiles.feedhive.machine.world import certain
from conformance.profiles.feedhive.upload import Upload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.machine.sequence import Sequence

ROW = "FH-LIFECYCLE-06"
_JSON = "application/json"
# A list that lags may show a change between two requests, but not each time.
_LOOKS = 3


def percent_encoded(text: str) -> str:
    """Return an id as one segment of a path, with one letter or digit percent-encoded as well.

    Letters and digits mean the same with and without that (RFC 3986 section 6.2.2.2).
    """
    place = next((n for n, letter in enumerate(text) if letter.isascii() and letter.isalnum()), -1)
    if place < 0:
        return quote(text, safe="")
    return (
        f"{quote(text[:place], safe='')}%{ord(text[place]):02X}{quote(text[place + 1 :], safe='')}"
    )


def lower_hexadecimal(text: str) -> str:
    """Return an id as one segment, its percent-encodings in lower case (RFC 3986 6.2.2.1)."""
    parts = quote(text, safe="").split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])


def escaped(body: Mapping[str, str]) -> bytes:
    """Return a JSON body with other spaces, order and escapes (RFC 8259 sections 2, 4 and 7)."""
    members = [f'\t"{name}" :\n "{_escapes(text)}"' for name, text in body.items()]
    return f"\r\n{{{' ,'.join(members[::-1])} }}\n".encode()


def _escapes(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


@dataclass(frozen=True)
class Spelling:
    """One way to write a request otherwise: the id, the JSON body and the names of headers."""

    words: str
    segment: Callable[[str], str] = lambda text: quote(text, safe="")
    body: Callable[[Mapping[str, str]], bytes] = lambda body: json.dumps(body).encode()
    header: Callable[[str], str] = str
    label: str = _JSON
    number: Callable[[int], str] = str


#: For the operations with an id in their path.
OF_IDS = (
    Spelling("a letter of the id percent-encoded", segment=percent_encoded),
    Spelling("percent-encodings in lower case", segment=lower_hexadecimal),
    Spelling("names of headers in upper case", header=str.upper),
)
OF_CREATE = (
    Spelling("other spaces and escapes and another order in the JSON", body=escaped),
    Spelling("names of headers in upper case", header=str.upper),
    Spelling("a charset beside the type of the body", label=f"{_JSON}; charset=utf-8"),
)
OF_LIST = (
    Spelling(
        "the digits of the limit percent-encoded",
        number=lambda number: "".join(f"%{ord(digit):02X}" for digit in str(number)),
    ),
    Spelling("names of headers in lower case", header=str.lower),
)


@dataclass(frozen=True)
class Writer:
    """Sends the operations in one spelling, as one caller."""

    harness: Harness
    api: Api
    spelling: Spelling
    caller: str = "main"

    def create(self, filename: str, content_type: str) -> Exchange:
        """POST /media/uploads."""
        body = self.spelling.body({"filename": filename, "content_type": content_type})
        return self._send("POST", "/media/uploads", "create_upload", body, self.spelling.label)

    def complete(self, upload_id: str) -> Exchange:
        """POST /media/uploads/{id}/complete."""
        path = f"/media/uploads/{self.spelling.segment(upload_id)}/complete"
        return self._send("POST", path, "complete_upload")

    def list(self, limit: int) -> Exchange:
        """GET /media."""
        return self._send("GET", f"/media?limit={self.spelling.number(limit)}", "list_media")

    def get(self, media_id: str) -> Exchange:
        """GET /media/{id}."""
        return self._send("GET", f"/media/{self.spelling.segment(media_id)}", "get_media")

    def delete(self, media_id: str) -> Exchange:
        """DELETE /media/{id}."""
        return self._send("DELETE", f"/media/{self.spelling.segment(media_id)}", "delete_media")

    def _send(
        self, method: str, path: str, operation: str, body: bytes = b"", label: str = ""
    ) -> Exchange:
        headers = {"Accept": _JSON} | ({"Content-Type": label} if label else {})
        named = tuple((self.spelling.header(name), value) for name, value in headers.items())
        url = self.harness.target.base_url.rstrip("/") + path
        return self.api.send_generated(
            Request(method, url, named, body), operation, caller=self.caller
        )


def play(sequence: Sequence, of: int, how: int) -> None:
    """Send one operation in another spelling; the numbers choose the thing and the spelling."""
    operations = (_get, _complete, _create, _list, _delete)
    operations[how % len(operations)](sequence, of)


def _writer(sequence: Sequence, spelling: Spelling, caller: str) -> Writer:
    return Writer(sequence.world.harness, sequence.world.api, spelling, caller)


def differs(usual: Exchange, other: Exchange, *path: str) -> str:
    """Return how the answer of another spelling differs, or an empty text."""
    if other.succeeded != usual.succeeded:
        return f"it was {other.summary()}"
    if path and usual.at(*path) != other.at(*path):
        now, before = (expect.shown(exchange.at(*path)) for exchange in (other, usual))
        return f"`{'.'.join(path)}` is {now} and not {before}"
    return ""


def expected(spelling: Spelling) -> str:
    """Return what is expected of a request in another spelling."""
    return f"the answer of the usual spelling to a request with {spelling.words}"


def _notice(sequence: Sequence, spelling: Spelling, difference: str, exchange: Exchange) -> None:
    sequence.world.notice(ROW, expected(spelling), difference, exchange)


def _said(sequence: Sequence, what: str, spelling: Spelling) -> None:
    sequence.say(f"{what}, with {spelling.words}")


def _judge(
    sequence: Sequence, spelling: Spelling, usual: Exchange, other: Exchange, *path: str
) -> None:
    difference = differs(usual, other, *path)
    if difference and certain(usual) is usual and certain(other) is other:
        _notice(sequence, spelling, difference, other)


def _get(sequence: Sequence, of: int) -> None:
    live = sequence.model.live()
    if not live:
        return
    item, spelling = live[of % len(live)], OF_IDS[of % len(OF_IDS)]
    _said(sequence, f"fetch {item.id}", spelling)
    other = _writer(sequence, spelling, item.caller).get(item.id)
    usual = sequence.world.api.get_media(item.id, caller=item.caller)
    _judge(sequence, spelling, usual, other, "data", "id")


def _list(sequence: Sequence, of: int) -> None:
    caller, spelling = sequence.main, OF_LIST[of % len(OF_LIST)]
    _said(sequence, f"list as {caller}", spelling)
    for _ in range(_LOOKS):
        other = _writer(sequence, spelling, caller).list(of + 1)
        usual = sequence.world.api.list_media(limit=of + 1, caller=caller)
        sizes = [len(_items(answer)) for answer in (usual, other)]
        if sizes[0] == sizes[1]:
            break
    differ = usual.succeeded and other.succeeded and sizes[0] != sizes[1]
    if differ and caller not in sequence.world.company:
        _notice(sequence, spelling, f"it has {sizes[1]} items and not {sizes[0]}", other)
        return
    _judge(sequence, spelling, usual, other)


def _items(answer: Exchange) -> list[Any]:
    items = answer.at("data", "items")
    return items if isinstance(items, list) else []


def _create(sequence: Sequence, of: int) -> None:
    caller, spelling = sequence.main, OF_CREATE[of % len(OF_CREATE)]
    kind = sequence.next_type()
    name = unique_filename(kind)
    _said(sequence, f"open an upload of {kind} as {caller}", spelling)
    other = certain(_writer(sequence, spelling, caller).create(name, kind))
    upload_id, url = other.at("data", "upload_id"), other.at("data", "upload_url")
    if other.succeeded and isinstance(upload_id, str) and isinstance(url, str):
        upload = Upload(upload_id, url, kind, name, None, other, caller)
        sequence.model.sessions.append(Session(upload))
    elif sequence.open(kind, caller, name):  # the usual spelling opens one, so they differ
        _notice(sequence, spelling, f"it was {other.summary()}", other)
    sequence.agree(caller, effects.CREATE)


def _complete(sequence: Sequence, of: int) -> None:
    sessions = [one for one in sequence.model.open_sessions() if not one.touched]
    if not sessions:
        return
    session, spelling = sessions[of % len(sessions)], OF_IDS[of % len(OF_IDS)]
    upload = session.upload
    if session.stored is Stored.NOTHING:
        sequence.store(session)
    _said(sequence, f"complete {upload.id}", spelling)
    other = certain(_writer(sequence, spelling, upload.caller).complete(upload.id))
    media_id = other.at("data", "id")
    if other.succeeded and isinstance(media_id, str):
        sequence.world.done["completed media"] += 1
        item = sequence.model.completed(session, media_id)
    else:
        usual = sequence.complete(session)
        if usual is None:
            return
        item = usual
        _notice(sequence, spelling, f"it was {other.summary()}", other)
    sequence.look_and_agree(upload.caller, [item])


def _delete(sequence: Sequence, of: int) -> None:
    live = sequence.model.live()
    if not live:
        return
    item, spelling = live[of % len(live)], OF_IDS[of % len(OF_IDS)]
    _said(sequence, f"delete {item.id}", spelling)
    writer = _writer(sequence, spelling, item.caller)
    other = sequence.delete(item, by=writer.delete)
    if other is not None:
        _notice(sequence, spelling, f"it was {other.summary()}", other)
    sequence.gone(item)
    sequence.agree(item.caller, effects.DELETE)
