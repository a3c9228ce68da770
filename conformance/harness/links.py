"""The stateful phase of schemathesis: sequences along the links of the OpenAPI documents.

The state machine is that of schemathesis; each request goes through the kit's own client, so
the oracles and the contract see every answer. No OpenAPI link can describe a PUT to a storage,
so a profile adds what has to be done between two requests (`Guide`).

Ids in a path always come from an answer, and DELETE gets only what the sequences made.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from conformance.harness.drawing import drawing, not_drawing
from conformance.harness.generation import CHECKS, operation_id, operation_of, request_of
from conformance.harness.retry import Limited
from conformance.harness.sequences import too_little
from conformance.judge.finding import Blocked, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.harness.harness import Harness
    from conformance.judge.finding import Finding
    from conformance.model.exchange import Exchange

# After so many requests without any answer no more are sent.
_UNANSWERED = 3
_SERVER_ERROR = 500
#: How many rounds an effort plays. Each round follows each link once more.
_ROUNDS = {"quick": 1, "standard": 3, "thorough": 20}
# How many sequences a round has, and how many steps each has at most. A step that would follow
# a link too often sends nothing.
_SEQUENCES, _STEPS = 3, 16
# A sequence begins with a request that no link leads to: that is done more often.
_ROOTS = 2
# What schemathesis gets instead of the status of an answer that says no with a 2xx, or of none.
_DECLINED, _UNKNOWN = 400, 500
# The check of schemathesis that a new thing with the id of a deleted one must not break.
_FREED = "use_after_free"


class Guide(Protocol):
    """What a profile adds to the links of its documents."""

    #: The requirement that each check of `CHECKS` judges; by operationId where it depends on it.
    requirements: Mapping[str, str | Mapping[str, str]]
    #: The operations whose links are followed.
    operations: tuple[str, ...]
    #: Parameters whose values come from answers only: a made-up one is refused.
    from_answers: frozenset[str]
    #: The least number of different links that a search has to follow.
    least: int

    def body(self, operation: str, drawn: object) -> object:
        """Return the body of a request, given that of schemathesis: it may be odd."""

    def answered(self, exchange: Exchange) -> None:
        """Do what has to be done after an answer, such as the PUT after a create."""

    def may_delete(self, created_id: str) -> bool:
        """Whether the sequences made a thing."""

    def comes_again(self, ids: Iterable[str]) -> bool:
        """Whether another thing may have one of these ids, since its own was deleted."""


@dataclass
class Trail:
    """What the sequences of one search did."""

    harness: Harness
    guide: Guide
    most: int = 0
    followed: Counter[str] = field(default_factory=Counter)
    begun: Counter[str] = field(default_factory=Counter)
    limit: Blocked | None = None
    steps: list[str] = field(default_factory=list)
    _unanswered: int = 0

    @property
    def over(self) -> bool:
        """Whether no more requests are sent."""
        return self.limit is not None or self._unanswered >= _UNANSWERED

    def begin(self) -> None:
        """Begin a sequence: it needs nothing of what was sent before."""
        self.steps = []
        self.harness.transcript.begin_part()

    def takes(self, link: str, operation: str) -> bool:
        """Note that a link is followed, or that a request without a link begins something new.

        Returns False where that was done often enough.
        """
        counter, name = (self.followed, link) if link else (self.begun, operation)
        taken = counter[name] < (self.most if link else _ROOTS * self.most)
        counter[name] += taken
        return taken

    def sent(self, case: Any, ids: Mapping[str, str]) -> Exchange | None:
        """Send a generated case with these ids in its path; return None when a limit stops it."""
        operation = operation_id(case)
        case.body = self.guide.body(operation, case.body)
        request = request_of(case, self.harness.target.base_url, ids)
        try:
            exchange: Exchange = self.harness.api.send_generated(request, operation)
        except Limited as limited:
            exchange = limited.exchange
            if exchange.status is None or exchange.status < _SERVER_ERROR:
                self.limit = limited
                return None
        try:
            self.guide.answered(exchange)
        except Blocked as blocked:
            self.limit = blocked
        self._unanswered = 0 if exchange.response else self._unanswered + 1
        self.steps.append(f"{operation} {' '.join(ids.values())}: {exchange.status}")
        return exchange

    def failed(self, check: str, case: Any, message: str, exchange: Exchange) -> None:
        """Note what a check of schemathesis found, under the requirement that it judges."""
        found = self.guide.requirements[check]
        requirement = found if isinstance(found, str) else found.get(operation_id(case))
        if requirement is None:
            return  # no document says what this operation owes
        violation = Violation(
            f"the check {check} of schemathesis to hold",
            f"it did not: {message}",
            exchange,
            requirement,
        )
        violation.__notes__ = [f"{number}. {step}" for number, step in enumerate(self.steps, 1)]
        self.harness.proof.notice(violation)

    def result(self) -> Finding | None:
        """Return why the search proves nothing, if it followed too few links."""
        return too_little({"links": len(self.followed)}, {"links": self.guide.least}, self.limit)


def follow(harness: Harness, guide: Guide) -> Trail:
    """Follow the links of the profile's documents; what is found is noted, each once.

    Args:
        harness: It sends the requests.
        guide: What the profile adds.

    Returns:
        What the sequences did.
    """
    trail = Trail(harness, guide)
    _, first = operation_of(harness.profile.name, guide.operations[0])
    machine = first.schema.include(operation_id=list(guide.operations)).as_state_machine()
    for number in range(_ROUNDS[harness.effort]):
        trail.most += 1
        _play(_machine(machine, trail), harness.seed + number)
    return trail


def _play(machine: Any, seed: int) -> None:
    from hypothesis import HealthCheck, Phase, Verbosity, settings
    from hypothesis import seed as seeded
    from hypothesis.errors import Flaky, Unsatisfiable
    from hypothesis.stateful import run_state_machine_as_test
    from schemathesis.core.errors import NoLinksFound

    bounds = settings(
        max_examples=_SEQUENCES,
        stateful_step_count=_STEPS,
        phases=(Phase.generate,),
        verbosity=Verbosity.quiet,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    # The server may answer equal requests differently, or none of them. A document may have no
    # link between these operations.
    with suppress(Flaky, Unsatisfiable, NoLinksFound), drawing():
        run_state_machine_as_test(seeded(seed)(machine), settings=bounds)


def _machine(base: Any, trail: Trail) -> Any:
    """Return the state machine of schemathesis, bound to a trail."""

    class Links(base):  # type: ignore[misc]
        """The machine of schemathesis; the kit sends, and says which checks run."""

        def setup(self) -> None:
            trail.begin()
            self.exchange: Exchange | None = None

        def step(self, input: Any) -> Any:  # noqa: A002 - the name of schemathesis
            self.ids = _linked_ids(input)
            if trail.over or not _may_be_sent(input.case, self.ids, trail.guide):
                return None
            if not trail.takes(*_link_of(input)):
                return None
            _drop_made_up(input, trail.guide.from_answers)
            return super().step(input)

        def call(self, case: Any, **_: Any) -> Any:
            with not_drawing():
                self.exchange = trail.sent(case, self.ids)
            return _response(self.exchange)

        def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:
            if self.exchange is None or self.exchange.response is None:
                return
            for name in CHECKS:
                message = _message(name, response, case, self.recorder)
                if not message or (name == _FREED and trail.guide.comes_again(self.ids.values())):
                    continue
                trail.failed(name, case, message, self.exchange)

    return Links


def _linked_ids(step: Any) -> dict[str, str]:
    """Return the values that a link took from an answer for the path; the case has them quoted."""
    linked = step.transition.parameters.get("path_parameters", {}) if step.transition else {}
    applied = {name for _, name in step.applied_parameters}
    return {name: str(linked[name].value.ok()) for name in applied & linked.keys()}


def _may_be_sent(case: Any, ids: Mapping[str, str], guide: Guide) -> bool:
    """Whether each id in the path comes from an answer, and a delete removes only our own."""
    if set(case.path_parameters or {}) != ids.keys():
        return False
    return str(case.method).upper() != "DELETE" or all(map(guide.may_delete, ids.values()))


def _drop_made_up(step: Any, names: frozenset[str]) -> None:
    """Remove the query parameters of these names that no link filled in."""
    linked = {name for _, name in step.applied_parameters}
    for name in names - linked:
        (step.case.query or {}).pop(name, None)


def _link_of(step: Any) -> tuple[str, str]:
    """Return the link that a step follows, or an empty text, and the operation of the step.

    The name is without the status of the answer: 200 and 201 are two words for success.
    """
    operation = operation_id(step.case)
    if step.transition is None or not step.is_applied:
        return "", operation
    source, _, rest = step.transition.id.partition(" -> [")
    return f"{source}{rest.partition(']')[2]}", operation


def _message(name: str, response: Any, case: Any, recorder: Any) -> str:
    """Return what a check of schemathesis says, or an empty text when it holds."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import Failure, FailureGroup
    from schemathesis.specs.openapi.checks import use_after_free

    check = {"not_a_server_error": not_a_server_error, "use_after_free": use_after_free}[name]
    try:
        case.validate_response(response, checks=[check], recorder=recorder)
    except FailureGroup as group:
        return str(getattr(group.exceptions[0], "message", "")).partition("\n")[0] or name
    except Failure as failure:
        return failure.message.partition("\n")[0] or name
    return ""


def _response(exchange: Exchange | None) -> Any:
    """Return an answer as schemathesis reads it.

    A 2xx that says no, and a redirect, have the status of a refusal: they show no item.
    """
    import requests
    from schemathesis.core.transport import Response

    answer = exchange.response if exchange else None
    status = _UNKNOWN if answer is None else answer.status
    if exchange is not None and not exchange.succeeded and status < _DECLINED:
        status = _DECLINED
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers if answer else ():
        headers.setdefault(name.lower(), []).append(value)
    method, url = ("GET", "http://target.invalid")
    if exchange is not None:
        method, url = exchange.request.method, exchange.request.url
    return Response(
        status_code=status,
        headers=headers,
        content=answer.body if answer else b"",
        request=requests.Request(method, url).prepare(),
        elapsed=answer.elapsed_s if answer else 0.0,
        verify=True,
    )
