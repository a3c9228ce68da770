"""How the kit talks to the gate: one line of JSON for each question and for each answer."""

from __future__ import annotations

import asyncio
import hmac
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from conformance.gate.forwarding import after
from conformance.gate.orders import Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.gate.forwarding import Forwarder

_LINE_BYTES = 4 * 1024 * 1024


class Control:
    """Answers the kit's questions; `token` keeps strangers on this machine out."""

    def __init__(self, gate: Forwarder, token: str) -> None:
        self._gate = gate
        self._token = token
        self._questions: dict[str, Callable[..., Any]] = {
            "lead": self._lead,
            "count": lambda: gate.count,
            "others": lambda: gate.others,
            "seen": self._seen,
            "order": lambda **given: gate.orders.add(Order(**given)),
            "end": lambda order: gate.orders.end(order),  # noqa: PLW0108 - it names the argument
            "failures": lambda: gate.failures[:10],
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one question."""
        try:
            question = json.loads(await reader.readuntil(b"\n"))
            if hmac.compare_digest(str(question.pop("token", "")), self._token):
                answer = await self.answer(**question)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the asker is gone
        except Exception as error:  # noqa: BLE001 - the kit's own, and it is reported so
            self._gate.failures.append(f"a question of the kit: {error!r}")
        finally:
            with suppress(OSError):
                writer.close()

    async def answer(self, ask: str, **given: Any) -> Any:
        """Return the answer to a question."""
        if ask == "caught":
            return await self._gate.orders.caught(given["order"], given["timeout_s"])
        return self._questions[ask](**given)

    def _lead(self, endpoint: str, bucket: str) -> bool:
        self._gate.endpoint, self._gate.bucket = endpoint, bucket
        return True

    def _seen(self, since: int) -> list[dict[str, Any]]:
        return [sight.as_dict() for sight in after(self._gate.sights, since)]


async def listening(gate: Forwarder, token: str, port: int) -> dict[str, int]:
    """Open the gate and its control on loopback; return their ports. Raises `OSError`."""
    control = await asyncio.start_server(
        Control(gate, token).serve, "127.0.0.1", 0, limit=_LINE_BYTES
    )
    server = await asyncio.start_server(gate.serve, "127.0.0.1", port, limit=65_536)
    _kept.extend((control, server))
    return {
        "port": server.sockets[0].getsockname()[1],
        "control": control.sockets[0].getsockname()[1],
    }


#: The open listeners, which asyncio would otherwise forget.
_kept: list[asyncio.Server] = []
