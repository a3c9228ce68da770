"""Texts that a client may send as a media type although they are not one."""

from __future__ import annotations

#: Texts that are not a type at all, by what they are.
NO_TYPES = {
    "anything": "*/*",
    "an extension with its dot": ".png",
    # Names that every JavaScript object holds.
    "a constructor": "constructor",
    "a method": "toString",
    "a prototype": "__proto__",
    "two types": "image/png,image/jpeg",
    "a second line": "image/png\ntext/html",
}
#: A supported type that no header can hold in this spelling: HTTP removes the blanks around it.
BLANKS_AROUND = {"a line break behind it": "image/png\n", "a blank before it": " image/png"}
