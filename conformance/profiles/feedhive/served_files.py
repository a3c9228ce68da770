"""What a URL serves of an upload: the same bytes with their type, or another whole file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.harness import sample_files
from conformance.judge import expect
from conformance.model.download import is_a_download
from conformance.profiles.feedhive.kept_files import body_of
from conformance.profiles.feedhive.upload import RESULTING_TYPES, reported_types

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange
    from conformance.profiles.feedhive.upload import Media


def is_the_file(media: Media, served: Exchange) -> None:
    """Judge that a URL gives the file of an item, or what a server may have made of it.

    Without a type in the answer, and where it is a download, only the bytes are judged.

    Args:
        media: The item.
        served: The answer of its URL.
    """
    body, sent = body_of(served), media.upload.body
    expect.that(served.succeeded and body, "the bytes", f"it was {served.summary()}", served)
    shown = served.content_type
    if body == sent:
        known = reported_types(media.content_type)
        wanted = f"the uploaded bytes to be served as {' or '.join(sorted(known))}"
        fits = not shown or shown in known or is_a_download(served)
        expect.that(fits, wanted, f"they are {shown}", served)
        return
    as_text = body in rewritten_as_text(sent)
    expect.that(not as_text, "the bytes as they are", "they were rewritten like a text", served)
    if shown in RESULTING_TYPES:
        whole = sample_files.is_like(body, shown)
        expect.that(whole, f"a file of the type {shown}", "it is not one", served)


def rewritten_as_text(sent: bytes) -> set[bytes]:
    """Return what becomes of a file where a program takes it for a text."""
    rewritten = {
        sent.decode("utf-8", "replace").encode(),
        sent.decode("utf-8", "ignore").encode(),
        sent.decode("latin-1").encode(),
        sent.replace(b"\n", b"\r\n"),
        sent.replace(b"\r\n", b"\n"),
    }
    return rewritten - {sent}
