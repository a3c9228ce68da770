"""All ways, in the order of the page."""

from tests.hostile.way import WAYS
from tests.hostile.ways import bodies, contents, protocol, silence, text, tls

__all__ = ["WAYS", "bodies", "contents", "protocol", "silence", "text", "tls"]
