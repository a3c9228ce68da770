"""What FeedHive's operations write into the journal, and what they may delete."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from conformance.harness.belongings import OWN
from conformance.harness.journal import ANSWERED, COMPLETE, REFUSED, SESSION, Entry, place_text
from conformance.harness.retry import AnswerLost
from conformance.judge.finding import Blocked, Finding
from conformance.model.moment import parsed_moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.harness.harness import Harness
    from conformance.model.exchange import Exchange

_GONE = frozenset({404, 410})


class Bookkeeping:
    """Journals what one api makes: a session before it is used, a complete before it is sent."""

    def __init__(self, harness: Harness, instance: str) -> None:
        self._ledger = harness.ledger
        self._belongings = harness.belongings
        self._instance = instance
        # How many completes of a session were sent, answered and refused.
        self._sent: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def note(self, kind: str, created_id: object, caller: str | None, **more: str) -> bool:
        """Journal a thing that an answer names; return whether it names anything."""
        if not isinstance(created_id, str) or not created_id:
            return False
        self._ledger.add(Entry(kind, created_id, caller or "main", self._instance, **more))
        return True

    def session(self, exchange: Exchange, caller: str | None) -> bool:
        """Journal the session that an answer opens, with the place of its file."""
        url = exchange.at("data", "upload_url")
        place = place_text(url) if isinstance(url, str) else ""
        return self.note(SESSION, exchange.at("data", "upload_id"), caller, place=place)

    def post(self, exchange: Exchange, post_id: str | None, caller: str | None) -> bool:
        """Journal the post that an answer names."""
        proof = OWN if _shows_what_was_sent(exchange) else ""
        return self.note("post", post_id, caller, proof=proof)

    def begin_complete(self, upload_id: str, caller: str | None) -> None:
        """Journal that a complete is sent; before the first one, look what the caller has."""
        if not self._ledger.made(SESSION, upload_id):
            return
        self._belongings.look(caller or "main", self._instance)
        self._sent[upload_id] += 1
        noted = self._ledger.entry_of(COMPLETE, upload_id)
        if noted is None or noted.proof:
            self.note(COMPLETE, upload_id, caller)

    def end_complete(self, upload_id: str, exchange: Exchange, caller: str | None) -> None:
        """Journal the media of a complete, or that the server refused it."""
        media_id = exchange.at("data", "id")
        proof = ""
        if isinstance(media_id, str) and media_id:
            created = parsed_moment(exchange.at("data", "created_at"))
            proof = self._proof_of(media_id, caller or "main", created)
            # The media of another thing does not say what became of this session.
            session = upload_id if exchange.succeeded and proof else ""
            self.note("media", media_id, caller, proof=proof, session=session)
        if not proof and exchange.response is not None and upload_id in self._sent:
            self._answered[upload_id] += 1
            self._refused[upload_id] += exchange.refuses and not exchange.repeated
            if self._answered[upload_id] == self._sent[upload_id]:
                all_refused = self._refused[upload_id] == self._sent[upload_id]
                self.note(COMPLETE, upload_id, caller, proof=REFUSED if all_refused else ANSWERED)

    def _proof_of(self, media_id: str, caller: str, created: Any) -> str:
        earlier = self._ledger.entry_of("media", media_id)
        if earlier is not None and earlier.proof:
            return earlier.proof
        return self._belongings.proof_of(media_id, caller, self._instance, created)

    def may_delete(self, media_id: str) -> None:
        """Raise `Blocked` for a media that the server handed out as new, and that may be older."""
        entry = self._ledger.entry_of("media", media_id)
        if entry is not None and not entry.proof:
            raise Blocked(
                limit="the server handed out a media as new that may be older than the run:"
                " the kit deletes only what it made"
            )

    def removed(self, media_id: str, caller: str | None) -> None:
        """Journal that a media is gone."""
        self._ledger.removed(Entry("media", media_id, caller or "main", self._instance))


def thing_in(url: str) -> str:
    """Return the id in the path of a request: the part behind `media`, or behind `uploads`."""
    parts = urlsplit(url).path.split("/")
    named = parts[:-1] if parts[-1] == "complete" else parts
    return unquote(named[-1]) if named else ""


def _shows_what_was_sent(exchange: Exchange) -> bool:
    """Whether a post that an answer shows holds the text or the media of the request."""
    try:
        sent = json.loads(exchange.request.body)
        text, media = sent.get("text"), sent.get("media")
    except (ValueError, AttributeError, RecursionError):
        return False
    if text and exchange.at("data", "text") == text:
        return True
    shown = exchange.at("data", "media")
    ids = (
        [one.get("id") for one in shown if isinstance(one, dict)] if isinstance(shown, list) else []
    )
    return bool(ids) and ids == media


def is_removed(entry: Entry, delete: Callable[..., Exchange], get: Callable[..., Exchange]) -> bool:
    """Delete what an entry of the journal names, and return whether it is gone.

    Args:
        entry: The thing.
        delete: Deletes a thing of its kind, by id and caller.
        get: Fetches a thing of its kind, by id and caller.
    """
    try:
        exchange = delete(entry.id, caller=entry.caller)
    except AnswerLost as lost:
        return lost.exchange.status in _GONE
    except Finding:
        return False
    gone = exchange.succeeded or exchange.status in _GONE
    # A 200 that says no does not say why: fetching shows whether the thing is gone.
    return gone or (exchange.declines and get(entry.id, caller=entry.caller).refuses)
