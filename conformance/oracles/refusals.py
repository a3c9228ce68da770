"""Oracles of refusals and errors that every profile has: each names its own rows for them.

`refusal_oracles` makes the oracles from these rows. What they see is a defect of a kind of
answers, such as every 401 of an operation, so they report it once for each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.knowledge.callers import NOBODY, is_known
from conformance.oracles.finding import AGREES, Finding, agrees_on
from conformance.oracles.internals import NO_INTERNALS
from conformance.oracles.leakage import foreign_words_in, internals_in, raw_text_of, signed_urls_in
from conformance.oracles.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.knowledge.event import Event
    from conformance.knowledge.facts import Act
    from conformance.knowledge.knowledge import Knowledge
    from conformance.oracles.finding import Judgement

_INTERNAL_ERROR = 500


@dataclass(frozen=True)
class RefusalRows:
    """The rows of a profile that refusals can break.

    Args:
        errors_show_nothing: Errors show no secret, no inside of the server, no signed URL.
        successes_show_no_key: Successes show no key.
        keyless: What a request without a key must not get, by what it asks.
        foreign: What another caller's request must not get, by what it asks.
        crashes: Nothing that a client sends causes a server error, by what it asks.
    """

    errors_show_nothing: str
    successes_show_no_key: str
    keyless: Mapping[Act, str]
    foreign: Mapping[Act, str]
    crashes: Mapping[Act, str]


def to_the_api(event: Event) -> bool:
    """Whether a request went to the API and got an answer."""
    return bool(event.asked.instance) and event.status is not None


def kind_of(event: Event) -> str:
    """Return the kind of answers that an answer is one of: a defect is reported once for each."""
    return f"{event.asked.act} by {event.caller}: {event.status}"


def refusal_oracles(rows: RefusalRows) -> Registry:
    """Return the oracles of refusals for a profile's rows."""
    registry = Registry()
    _add_leakage(registry, rows)
    _add_leakage_of_urls(registry, rows)
    _add_leakage_to_strangers(registry, rows)
    _add_checks_of_status(registry, rows)
    return registry


def _add_leakage(registry: Registry, rows: RefusalRows) -> None:
    errors, successes = rows.errors_show_nothing, rows.successes_show_no_key

    @registry.of_answers(errors)
    def leakage_of_internals(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """An error shows no stack trace, and no words of a database or of a program."""
        if not to_the_api(event) or not event.is_error:
            return
        shown = internals_in(event)
        actual = f"it contains {shown!r}"
        yield (Finding(errors, kind_of(event), NO_INTERNALS, actual, event) if shown else AGREES)

    @registry.of_answers(errors, successes)
    def leakage_of_keys(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
        """No answer contains a caller's key or the secret key of the storage."""
        if not to_the_api(event):
            return
        row = errors if event.is_error else successes
        yield (
            Finding(row, kind_of(event), "no key in the answer", "it contains a secret key", event)
            if knowledge.secrets.knows(raw_text_of(event))
            else agrees_on(row)
        )


def _add_leakage_of_urls(registry: Registry, rows: RefusalRows) -> None:
    errors = rows.errors_show_nothing

    @registry.of_answers(errors, *rows.keyless.values())
    def leakage_of_signed_urls(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """A refusal contains no signed URL, since it would work."""
        if not to_the_api(event) or not event.is_error:
            return
        urls = signed_urls_in(event)
        row = rows.keyless.get(event.asked.act, errors) if event.caller == NOBODY else errors
        actual = f"it contains {len(urls)}, and each may work"
        yield (
            Finding(row, kind_of(event), "no signed URL in a refusal", actual, event)
            if urls
            else agrees_on(row)
        )


def _add_leakage_to_strangers(registry: Registry, rows: RefusalRows) -> None:
    errors = rows.errors_show_nothing

    @registry.of_answers(errors, *rows.foreign.values(), *rows.keyless.values())
    def leakage_rule(knowledge: Knowledge, event: Event) -> Iterator[Judgement]:
        """A refusal shows nothing of another caller's uploads and media, in body or headers."""
        if not to_the_api(event) or not event.is_error:
            return
        if event.caller != NOBODY and not is_known(event.caller):
            return  # it may be the owner's own request
        words = sorted(foreign_words_in(knowledge, event))
        table = rows.keyless if event.caller == NOBODY else rows.foreign
        row = table.get(event.asked.act, errors)
        expected = "nothing of another caller's items in a refusal"
        actual = f"it contains {', '.join(words[:3])}"
        yield Finding(row, kind_of(event), expected, actual, event) if words else AGREES

    @registry.of_answers(*rows.keyless.values(), acts=tuple(rows.keyless))
    def ignored_auth(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """A request without a key gets no data, in any spelling of its path."""
        if event.caller != NOBODY or event.exchange is None or event.status is None:
            return
        act = event.asked.act
        given = event.succeeded and event.exchange.at("data")
        yield (
            Finding(rows.keyless[act], act, "no data without a key", event.answer, event)
            if given
            else agrees_on(*([rows.keyless[act]] if event.refused else []))
        )


def _add_checks_of_status(registry: Registry, rows: RefusalRows) -> None:
    @registry.of_answers(*rows.crashes.values(), acts=tuple(rows.crashes))
    def not_a_server_error(_: Knowledge, event: Event) -> Iterator[Judgement]:
        """No request is answered with the status 500, whatever it contains."""
        if event.status is None:
            return
        act = event.asked.act
        yield (
            Finding(rows.crashes[act], act, "no server error (5xx)", event.answer, event)
            if event.status == _INTERNAL_ERROR
            else agrees_on(*([rows.crashes[act]] if event.is_refusal else []))
        )
