"""How the HTTP server of a reference server ends its connections."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class EndsKept(HttpToolsProtocol):
    """A connection that ends, without any notice, when a second request comes on it.

    RFC 9112 section 9.5: a server may close an idle connection at any moment, also when the
    next request is on its way.
    """

    def data_received(self, data: bytes) -> None:
        """Take the bytes of the first request, and close the connection when more come."""
        cycle = getattr(self, "cycle", None)
        if cycle is not None and cycle.response_complete:
            self.transport.close()
            return
        super().data_received(data)
