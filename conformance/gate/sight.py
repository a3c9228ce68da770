"""What a request asks of the store: which of the operations of S3, on which objects."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from conformance.gate.message import Head

#: The kinds of requests. A `list` names a prefix in `keys`, every other kind its objects.
READ, LIST, WRITE, COPY, DELETE, OTHER = "read", "list", "write", "copy", "delete", "other"
#: The User-Agent of the kit's own requests begins with this.
KIT_AGENT = "media-conformance/"

_KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
# A GET or PUT with one of these is about a property of the object, not about its bytes.
_PROPERTIES = frozenset({"acl", "tagging", "retention", "legal-hold", "torrent", "restore"})


@dataclass
class Sight:
    """One request as the gate saw it; it holds no secret.

    `number` counts the requests; `own` says whether the kit sent it. `signature` is a digest of
    the signature in its URL, empty if it is authorised in another way. `sha256` and `size` are
    those of its body, `status` that of the store's answer: 0 until it comes.
    """

    number: int
    kind: str
    method: str
    keys: list[str]
    own: bool
    signature: str = ""
    sha256: str = ""
    size: int = 0
    status: int = 0
    injected: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it in a JSON-able form."""
        return asdict(self)


def seen(number: int, head: Head, bucket: str) -> Sight:
    """Return what a request asks of a bucket, from its head alone."""
    method, target, _ = head.line
    parts = urlsplit(target if target.startswith("/") else f"/{target.partition('://')[2]}")
    query = parse_qs(parts.query, keep_blank_values=True)
    key = _key(unquote(parts.path), head.headers.get("host", ""), bucket)
    kind = _kind(method, key, query, head)
    keys = [*query.get("prefix", [""])[:1]] if kind == LIST else [key] if key else []
    if kind == COPY:
        keys.append(_key(unquote(head.headers["x-amz-copy-source"]), "", bucket))
    own = head.headers.get("user-agent", "").startswith(KIT_AGENT)
    signature = "".join(query.get("X-Amz-Signature", query.get("Signature", []))[:1])
    return Sight(number, kind, method, keys, own, digest_of(signature) if signature else "")


def deletes_several(head: Head) -> bool:
    """Return whether the body of a request names the objects that it deletes."""
    method, target, _ = head.line
    return method == "POST" and "delete" in parse_qs(urlsplit(target).query, keep_blank_values=True)


def keys_in(body: bytes) -> list[str]:
    """Return the keys in the body of a request that deletes several objects."""
    return [html.unescape(found.decode("utf-8", "replace")) for found in _KEY.findall(body)]


def digest_of(signature: str) -> str:
    """Return a short digest of a signature, which can be compared and is not a credential."""
    return hashlib.sha256(signature.encode()).hexdigest()[:16]


def _key(path: str, host: str, bucket: str) -> str:
    """Return the key in a path, whether the bucket is in the path or in the host."""
    path = path.lstrip("/")
    if host.startswith(f"{bucket}."):
        return path
    return path[len(bucket) + 1 :] if f"{path}/".startswith(f"{bucket}/") else path


def _kind(method: str, key: str, query: dict[str, list[str]], head: Head) -> str:
    if method == "POST" and "delete" in query:
        return DELETE
    if not key:
        lists = method == "GET" and ("prefix" in query or "list-type" in query or not query)
        return LIST if lists else OTHER
    if method in {"GET", "HEAD"}:
        return READ
    if method == "DELETE":
        return OTHER if "uploadId" in query or "tagging" in query else DELETE
    if "x-amz-copy-source" in head.headers:
        return COPY
    return OTHER if _PROPERTIES & set(query) else WRITE
