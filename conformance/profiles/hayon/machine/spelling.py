"""Requests that mean the same: the RFCs let a client write them in several ways."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.api import Api

#: The request as every other case sends it.
PLAIN = "plain"
_JSON = "application/json"
_UNRESERVED = frozenset(string.ascii_letters + string.digits)


def _spaced(api: Api, content_type: str, caller: str) -> Exchange:
    body = f'\r\n{{\t"contentType" :\n  "{content_type}" }}\n'.encode()
    return api.create_media_upload(body=body, caller=caller)


def _escaped(api: Api, content_type: str, caller: str) -> Exchange:
    kind, _, name = content_type.partition("/")
    body = f'{{"content\\u0054ype": "\\u{ord(kind[0]):04x}{kind[1:]}\\/{name}"}}'.encode()
    return api.create_media_upload(body=body, caller=caller)


def _with_charset(api: Api, content_type: str, caller: str) -> Exchange:
    named = {"Content-Type": f"{_JSON}; charset=utf-8"}
    return api.create_media_upload(content_type, caller=caller, headers=named)


def _other_letters(api: Api, content_type: str, caller: str) -> Exchange:
    named = {"Content-Type": "Application/JSON; charset=UTF-8"}
    return api.create_media_upload(content_type, caller=caller, headers=named)


def _lower_case_header(api: Api, content_type: str, caller: str) -> Exchange:
    named = {"Content-Type": None, "content-type": _JSON}
    return api.create_media_upload(content_type, caller=caller, headers=named)


#: How a request for an upload is written: RFC 8259 sections 2, 7 and 11 (white space, escaped
#: characters, a charset that changes nothing), RFC 9110 sections 5.1 and 8.3.1 (names of headers,
#: and the letters of media types and charsets).
SPELLINGS: dict[str, Callable[[Api, str, str], Exchange]] = {
    PLAIN: lambda api, content_type, caller: api.create_media_upload(content_type, caller=caller),
    "with white space in the JSON": _spaced,
    "with escaped characters in the JSON": _escaped,
    "with a charset beside the type of the body": _with_charset,
    "with upper-case letters in the type of the body": _other_letters,
    "with the name of a header in lower case": _lower_case_header,
}


def encoded(url: str) -> str:
    """Return a URL with one letter of its last part percent-encoded (RFC 3986 section 6.2.2.2).

    A URL without such a letter is returned unchanged.
    """
    parts = urlsplit(url)
    folder, slash, name = parts.path.rpartition("/")
    place = next((at for at, letter in enumerate(name) if _is_plain(name, at, letter)), None)
    if place is None:
        return url
    name = f"{name[:place]}%{ord(name[place]):02X}{name[place + 1 :]}"
    return urlunsplit(parts._replace(path=f"{folder}{slash}{name}"))


def _is_plain(name: str, at: int, letter: str) -> bool:
    """Whether a letter is unreserved, and not a part of an encoded one."""
    return letter in _UNRESERVED and "%" not in name[max(at - 2, 0) : at]
