"""The gate as the kit's processes use it: over its control port."""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.gate.sight import Sight
from conformance.problem import KitFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: The variable that holds the token of the gate's own process.
TOKEN = "MEDIA_CONFORMANCE_GATE_TOKEN"  # noqa: S105 - the name of a variable
#: The variable that tells the processes of a run where the gate is: its ports and its token.
PLACE = "MEDIA_CONFORMANCE_GATE"

# The gate answers at once, or within the seconds that a question names.
_ANSWER_S = 30.0


@dataclass(frozen=True)
class Gate:
    """An open gate: the port for the server, the port for questions, and the token for them."""

    port: int
    control: int
    token: str

    @classmethod
    def of(cls, variables: Mapping[str, str] = os.environ) -> Gate | None:
        """Return the gate of this run, or None."""
        text = variables.get(PLACE)
        if not text:
            return None
        port, control, token = text.split(":", 2)
        return cls(int(port), int(control), token)

    @property
    def place(self) -> str:
        """What the variable holds."""
        return f"{self.port}:{self.control}:{self.token}"

    @property
    def url(self) -> str:
        """The address that a server on this machine uses as its S3 endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def lead(self, endpoint: str, bucket: str) -> None:
        """Lead the gate to a store."""
        self.ask("lead", endpoint=endpoint, bucket=bucket)

    def count(self) -> int:
        """Return how many requests came so far: the number of the last one."""
        return int(self.ask("count"))

    def others(self) -> int:
        """Return how many requests came from the server, and not from the kit."""
        return int(self.ask("others"))

    def seen(self, since: int = 0) -> list[Sight]:
        """Return the requests that came after one, by its number."""
        return [Sight(**each) for each in self.ask("seen", since=since)]

    def failures(self) -> list[str]:
        """Return what the gate itself could not do."""
        return [str(each) for each in self.ask("failures")]

    @contextmanager
    def ordered(
        self, action: str, kinds: Sequence[str], keys: Sequence[str], **more: Any
    ) -> Iterator[Ordered]:
        """Give the gate an order for the block; `more` are `status` and `seconds`."""
        asked = {"action": action, "kinds": list(kinds), "keys": list(keys), **more}
        order = Ordered(self, int(self.ask("order", **asked)))
        try:
            yield order
        finally:
            order.end()

    def ask(self, question: str, **given: Any) -> Any:
        """Ask the gate; raises `KitFault` if it does not answer."""
        line = json.dumps({"ask": question, "token": self.token, **given}).encode() + b"\n"
        try:
            with socket.create_connection(("127.0.0.1", self.control), _ANSWER_S) as connection:
                connection.sendall(line)
                with connection.makefile("rb") as answers:
                    return json.loads(answers.readline())
        except (OSError, ValueError) as error:
            raise KitFault(f"the storage gate does not answer: {error!r}") from error


class Ordered:
    """An order that the gate has."""

    def __init__(self, gate: Gate, number: int) -> None:
        self._gate = gate
        self._number = number
        self._caught = 0

    def caught(self, timeout_s: float = 0.0) -> int:
        """Wait until the order has met a request; return how many it met."""
        self._caught = max(
            self._caught, int(self._gate.ask("caught", order=self._number, timeout_s=timeout_s))
        )
        return self._caught

    def end(self) -> int:
        """End the order, let go what it holds, and return how many requests it met."""
        self._caught = max(self._caught, int(self._gate.ask("end", order=self._number)))
        return self._caught
