"""Reads the listing of a bucket in one pass, and takes of each object only what the kit needs.

botocore parses each page twice, and turns every member of every object into Python values: that
was more than half of what a listing cost. It still signs, sends, repeats and reads all errors.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError, TreeBuilder, XMLParser

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: The event of botocore before it parses a page.
BEFORE_PAGE = "before-parse.s3.ListObjectsV2"
#: The members of an object that are read; all are texts.
MEMBERS = frozenset({"Key", "ETag", "LastModified"})

_ROOT = "ListBucketResult"
_OK = 200
_TEXTS = frozenset({"NextContinuationToken", "EncodingType"})


def read_page(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Read a page of a listing, and leave nothing in it for botocore to parse.

    What is not such a page stays as it is, and botocore says what is wrong with it.

    Args:
        response_dict: The answer, as botocore passes it on; its `body` is replaced.
        customized_response_dict: What botocore adds to its own result.
    """
    root = _root(response_dict)
    if root is None or _name(root.tag) != _ROOT:
        return
    contents = []
    for node in root:
        name = _name(node.tag)
        if name == "Contents":
            members = {_name(member.tag): member.text or "" for member in node}
            contents.append({key: members[key] for key in MEMBERS & members.keys()})
        elif name in _TEXTS:
            customized_response_dict[name] = node.text or ""
        elif name == "IsTruncated":
            customized_response_dict[name] = node.text == "true"
    if contents:
        customized_response_dict["Contents"] = contents
    response_dict["body"] = f"<{_ROOT}/>".encode()


def _root(answer: dict[str, Any]) -> Element | None:
    """Return the root of the XML of a success, read as botocore reads it; otherwise None."""
    if answer["status_code"] != _OK or not answer["body"]:
        return None
    parser = XMLParser(target=TreeBuilder(), encoding="utf-8")  # noqa: S314 - botocore's
    try:
        parser.feed(answer["body"])
        root: Element = parser.close()
    except ParseError:
        return None
    return root


@lru_cache(maxsize=256)  # thousands of elements have a few names
def _name(tag: str) -> str:
    """Return the name of an element without its namespace."""
    return tag.rpartition("}")[2]
