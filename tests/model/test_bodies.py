"""Equal bodies share the work, and what is remembered has a bound."""

from __future__ import annotations

import os

from conformance.model.bodies import LongBodies, LongBody, ParsedBodies
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.json_body import JsonBody, JsonLimits

LIST = b"[" + b"1, 2, 3, " * 5_000 + b"4]"


def exchange(body: bytes, limits: JsonLimits = JsonLimits(), *, defect: str = "") -> Exchange:  # noqa: B008 - it is frozen
    answer = Response(200, (), body, 0.1, defect=defect, json_limits=limits)
    return Exchange(Request("GET", "http://h/"), answer)


def test_equal_long_bodies_are_one_and_parsed_once() -> None:
    first, second = exchange(LIST), exchange(bytes(bytearray(LIST)))

    assert first.response
    assert second.response
    assert vars(first.response)["body"] is vars(second.response)["body"]
    assert first.json is second.json
    assert first.json[-1] == 4


def test_what_is_parsed_depends_on_the_limits_and_the_defect_too() -> None:
    assert exchange(b"[1]").is_json
    assert not exchange(b"[1]", JsonLimits(size=2)).is_json
    assert exchange(b"[1]", defect="it is not gzip").json_defect == "it is not gzip"


def test_a_body_that_is_not_fresh_any_more_is_still_the_same() -> None:
    bodies = LongBodies(fresh_bytes=60_000)
    found = [bodies.of(LIST[:-2] + b"%d]" % number) for number in range(4)]

    assert [body.raw for body in found] == [LIST[:-2] + b"%d]" % number for number in range(4)]
    assert [body._raw is None for body in found] == [True, True, True, False]
    assert bodies.of(LIST[:-2] + b"0]") is found[0]


def test_noise_is_kept_as_it_is() -> None:
    noise = os.urandom(50_000)
    body = LongBody(noise)
    body.settle()

    assert (body.raw, body.kept_bytes) == (noise, 50_000)


def test_a_body_that_nobody_has_any_more_is_forgotten() -> None:
    bodies = LongBodies(fresh_bytes=0)
    bodies.of(LIST)

    assert not list(bodies._known)


def test_the_oldest_parsed_body_leaves_all_who_hold_it() -> None:
    parsed = ParsedBodies(most=25)
    holders: list[list[JsonBody]] = [[], [], [], []]
    for key, holder in zip("aabc", holders, strict=True):
        parsed.of(key, lambda: (JsonBody(key), 10), holder)  # noqa: B023 - it is called at once

    assert [len(holder) for holder in holders] == [0, 0, 1, 1]
    assert parsed.of("b", lambda: (JsonBody("again"), 10), holders[0]).value == "b"
    assert parsed.of("a", lambda: (JsonBody("again"), 10), holders[1]).value == "again"
