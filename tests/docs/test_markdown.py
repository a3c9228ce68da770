"""Markdown that a program writes stays what it is meant to be."""

from __future__ import annotations

from conformance.docs import markdown


def test_words_lose_whatever_could_be_markup() -> None:
    assert markdown.text("a *b* <i> [c]\n d_e") == r"a \*b\* \<i\> \[c\] d\_e"


def test_code_may_hold_backticks() -> None:
    assert markdown.code("a") == "`a`"
    assert markdown.code("a`b") == "`` a`b ``"


def test_a_cell_never_ends_early() -> None:
    table = markdown.table(("a", "b"), [("one | two", "three\nfour"), (r"kept \| so", "")])

    assert table == ("| a | b |\n| --- | --- |\n| one \\| two | three four |\n| kept \\| so |  |\n")


def test_a_section_without_a_body_is_none() -> None:
    assert markdown.section("Title", " \n") == ""
    assert markdown.section("Title", "Body", 3) == "### Title\n\nBody\n\n"


def test_blank_lines_of_an_admonition_stay_blank() -> None:
    assert markdown.indented("a\n\nb") == "    a\n\n    b\n"
