"""Which requests an order concerns: those on the kit's own uploads, and no others."""

from __future__ import annotations

import asyncio

import pytest

from conformance.gate.orders import HOLD, SILENCE, STATUS, Order, Orders
from conformance.gate.sight import DELETE, LIST, READ, Sight

KEY = "uploads/abcdef.png"


def sight(*keys: str, kind: str = READ, own: bool = False) -> Sight:
    return Sight(1, kind, "GET", list(keys), own)


@pytest.mark.parametrize(
    ("seen", "concerned"),
    [
        (sight(KEY), True),
        (sight(f"thumbnails/{KEY}.png"), True),
        (sight("uploads/other.png"), False),
        (sight(KEY, "uploads/other.png"), False),
        (sight(KEY, own=True), False),
        (sight(KEY, kind=DELETE), False),
        (sight(), False),
        (sight(KEY, kind=LIST), True),
        (sight("uploads/abcdef", kind=LIST), True),
        (sight("uploads/", kind=LIST), False),
        (sight("", kind=LIST), False),
    ],
)
def test_a_failure_meets_only_the_objects_of_its_upload(seen: Sight, *, concerned: bool) -> None:
    assert Order((READ, LIST), (KEY,), STATUS).concerns(seen) is concerned


def test_a_hold_meets_a_delete_of_several_objects_with_one_of_ours() -> None:
    assert Order((DELETE,), (KEY,), HOLD).concerns(sight(KEY, "other", kind=DELETE))


def test_a_short_key_stands_for_itself_only() -> None:
    assert not Order((READ,), ("a",), STATUS).concerns(sight("data"))


def test_the_end_of_an_order_lets_go_what_it_holds() -> None:
    async def held() -> int:
        orders = Orders()
        number = orders.add(Order((READ,), (KEY,), HOLD, seconds=20))
        order = orders.about(sight(KEY))
        assert order is not None
        waiting = asyncio.ensure_future(order.held())
        assert await orders.caught(number, 1.0) == 1
        assert not waiting.done()
        count = orders.end(number)
        await asyncio.wait_for(waiting, 1.0)
        assert orders.about(sight(KEY)) is None
        return count

    assert asyncio.run(held()) == 1


def test_only_the_first_silence_lasts() -> None:
    async def silent() -> None:
        orders = Orders()
        orders.add(Order((READ,), (KEY,), SILENCE, seconds=20))
        orders.about(sight(KEY))
        again = orders.about(sight(KEY))
        assert again is not None
        await asyncio.wait_for(again.held(), 1.0)

    asyncio.run(silent())


def test_nothing_is_caught_without_a_request() -> None:
    async def caught() -> tuple[int, int, int]:
        orders = Orders()
        number = orders.add(Order((READ,), (KEY,), STATUS))
        return await orders.caught(number, 0.01), orders.end(number), orders.end(number)

    assert asyncio.run(caught()) == (0, 0, 0)
