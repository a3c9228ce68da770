"""The process of the gate: `python -m conformance.gate PORT`; the token is in a variable.

It prints one line of JSON with its ports: that of the gate, and that of its control.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from conformance.gate.control import listening
from conformance.gate.forwarding import Forwarder
from conformance.gate.remote import TOKEN


async def main(port: int) -> None:
    """Serve until the process is stopped."""
    try:
        ports = await listening(Forwarder(), os.environ.pop(TOKEN, ""), port)
    except OSError as error:
        sys.stdout.write(json.dumps({"error": error.strerror or str(error)}) + "\n")
        return
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
