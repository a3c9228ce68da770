"""Turns a violation into evidence: redacted, JSON-able, with the exchanges that lead to it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.model.evidence import Evidence
from conformance.model.exchange import excerpt

if TYPE_CHECKING:
    from conformance.harness.provenance import Provenance
    from conformance.harness.transcript import Transcript
    from conformance.judge.finding import Violation
    from conformance.model.exchange import Exchange
    from conformance.model.redaction import Redactor

#: How many exchanges of one case a report holds at most.
_TRANSCRIPT_EXCHANGES = 50
#: How many proofs of one requirement hold the exchanges that lead to them: of its own cases,
#: and of others. And how many characters of exchanges the proofs of one process hold in all.
_WAYS = 10
_WAYS_CHARACTERS = 12_000_000
#: How often a broken requirement is noticed besides, and in how many different words.
_NOTICES, _TEXTS = 40, 60
_NOTE_CHARACTERS = 4_000


class ProofWriter:
    """Writes the evidence of the running case, and collects what its answers showed besides."""

    def __init__(self, transcript: Transcript, provenance: Provenance, redactor: Redactor) -> None:
        self._transcript = transcript
        self._provenance = provenance
        self._redactor = redactor
        self._told: Counter[str] = Counter()
        self._texts: dict[str, set[int]] = {}
        self._ways: Counter[tuple[str, bool]] = Counter()
        self._written = 0

    def notice(self, violation: Violation) -> None:
        """Keep a violation that an answer showed besides; it names its own requirement.

        A server that breaks a promise in each answer would fill the memory: enough is enough.
        """
        row = violation.requirement or ""
        self._told[row] += 1
        texts = self._texts.setdefault(row, set())
        another = len(texts) < _TEXTS and hash(str(violation)) not in texts
        if self._told[row] <= _NOTICES or another:
            texts.add(hash(str(violation)))
            self._transcript.course.noticed.append(violation)

    def drain(self, case: str) -> list[Evidence]:
        """Return as evidence of a case what was noticed since the last call, each finding once."""
        noticed = self._transcript.taken()
        distinct = {(one.requirement, str(one)): one for one in noticed}
        found = [self.evidence(one, "", case) for one in distinct.values()]
        for proof, violation in zip(found, distinct.values(), strict=True):
            exchange = violation.exchange
            proof.aside = exchange is not None and self._provenance.aside(exchange)
        return list({proof.key(): proof for proof in found}.values())

    def evidence(self, violation: Violation, requirement: str, case: str) -> Evidence:
        """Turn a violation into redacted, JSON-able evidence."""
        exchange, against = violation.exchange, violation.against
        way = self._way_to(exchange)
        told = against is None or any(step.request is against.request for step in way)
        if against is not None and not told:
            way = [against, *way[-_TRANSCRIPT_EXCHANGES + 1 :]]
        return Evidence(
            violation.requirement or requirement,
            case,
            self._redactor.brief(violation.expected),
            self._redactor.brief(violation.actual),
            None if exchange is None else exchange.record(self._redactor),
            [
                excerpt(self._redactor.text(note), _NOTE_CHARACTERS)
                for note in getattr(violation, "__notes__", ())
            ],
            self._records(way) if self._shows_way(violation, requirement) else [],
            self._provenance.check(violation.check, way) if exchange is not None else None,
            crowded=not told
            or self._provenance.crowded([exchange] if exchange is not None else way, way),
            oracle=violation.oracle,
            against=None if against is None else against.record(self._redactor),
        )

    def _shows_way(self, violation: Violation, requirement: str) -> bool:
        """Whether evidence may hold the exchanges that lead to it: only the first ones do."""
        row = violation.requirement or requirement
        self._ways[row, bool(requirement)] += 1
        few = self._ways[row, bool(requirement)] <= _WAYS
        return few and self._written < _WAYS_CHARACTERS

    def _way_to(self, exchange: Exchange | None) -> list[Exchange]:
        """Return the exchanges that lead to this one: those of the case, and those it builds on."""
        way = [
            step
            for step in self._transcript.way_to(exchange)
            if step is exchange or not self._provenance.sent_for_another_case(step)
        ]
        # A case may judge how many things it made, and then it needs each of its exchanges. The
        # ids and URLs that a step of a machine sends show what it needs.
        if len(way) > _TRANSCRIPT_EXCHANGES and self._transcript.has_parts:
            way = self._provenance.needed(way)
            if len(way) > _TRANSCRIPT_EXCHANGES and exchange is not None:
                way = [exchange]
        return [*self._provenance.foundations(way), *way]

    def _records(self, way: list[Exchange]) -> list[dict[str, Any]]:
        """Return the last exchanges of a way as records, each with the script that repeats it."""
        shown = way[-_TRANSCRIPT_EXCHANGES:]
        whole = len(shown) == len(way) and not self._transcript.course.out_of_band
        scripts = self._provenance.scripts(way) if whole else [None] * len(shown)
        records = [
            {**step.record(self._redactor), "script": script}
            for step, script in zip(shown, scripts, strict=True)
        ]
        self._written += len(json.dumps(records))
        return records
