"""The forms in which a text may hold a secret: plain, percent-encoded, escaped, in base64."""

from __future__ import annotations

import base64
import html
import json
import re
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote

#: A shorter secret may be a part of an ordinary word: texts are not searched for it.
SEARCHED_CHARACTERS = 8

_BITS = 6
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")
# How a character is written by its number or its name.
_ESCAPING = re.compile(r"%[0-9a-fA-F]{2}|\\|&[#a-zA-Z]")
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}


def spellings(secret: str) -> set[str]:
    """Return the usual spellings: plain, in a URL, in a URL inside a URL, in JSON, in base64."""
    encoded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    lowered = {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in encoded}
    escaped = json.dumps(secret)[1:-1]
    json_forms = {escaped, escaped.replace("/", "\\/")}
    once = {secret, *encoded, *lowered, *json_forms}
    twice = {quote(form, safe="") for form in encoded | lowered}
    return once | twice | (in_base64(secret) if len(secret) >= SEARCHED_CHARACTERS else set())


def in_base64(secret: str) -> set[str]:
    """Return what base64 makes of the secret, at each of its three places in a longer text.

    The characters at both ends that also hold bits of the neighbours are left out.
    """
    found = set()
    data = secret.encode("utf-8", "replace")
    for shift in range(3):
        bits = 8 * (shift + len(data))
        text = base64.b64encode(b"\0" * shift + data).decode()
        core = text[-(-8 * shift // _BITS) : bits // _BITS]
        other = core.translate(str.maketrans("+/", "-_"))
        found |= {core, other, quote(core, safe=""), core.replace("/", "\\/")}
    return found


def is_escaping(text: str) -> bool:
    """Whether a text may hold characters that are written as something else."""
    return _ESCAPING.search(text) is not None


def unescaped(text: str) -> str:
    r"""Return a text with its characters as themselves, whatever stood for them.

    Percent-encoding, also twice, `\u0041` of JSON and `&#65;` of HTML are resolved, and the
    backslashes of Markdown and of a shell are gone.
    """
    if "\\u" in text:
        text = _UNICODE.sub(lambda found: chr(int(found[1], 16)), text)
    if "&" in text:
        text = html.unescape(text)
    for _ in range(2):
        if "%" in text:
            text = unquote(text, errors="replace")
    return text.replace("\\", "")


@lru_cache(maxsize=256)
def pattern(secret: str) -> re.Pattern[str]:
    """Return what finds a secret of which any character is written as something else."""
    return re.compile("".join(f"\\\\*(?:{_character(one)})" for one in secret))


def _character(one: str) -> str:
    code = ord(one)
    percent = "".join(
        f"%(?:25)*{_digits(f'{byte:02x}')}" for byte in one.encode("utf-8", "replace")
    )
    forms = [
        re.escape(one),
        percent,
        f"u{_digits(f'{code:04x}')}",
        f"&#0*{code};",
        f"&#[xX]0*{_digits(f'{code:x}')};",
    ]
    if one in _ENTITIES:
        forms.append(f"&{_ENTITIES[one]};")
    return "|".join(forms)


def _digits(text: str) -> str:
    """Return the pattern of hexadecimal digits in upper and lower case."""
    return "".join(f"[{digit}{digit.upper()}]" for digit in text)
