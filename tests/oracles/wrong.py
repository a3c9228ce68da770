"""The wrong servers, each with the row that its findings must name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracles.simulated_server import Server

WRONG: list[tuple[str, type[Server]]] = []


def breaks(*requirements: str) -> Any:
    """Register a wrong server with the rows of which its findings must name one."""

    def register(server: type[Server]) -> type[Server]:
        WRONG.append((requirements[0], server))
        return server

    return register
