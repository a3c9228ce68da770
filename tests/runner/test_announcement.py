"""What a run says before it writes, and when it asks."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.profile import Profile
from conformance.problem import UsageProblem
from conformance.runner import announcement
from conformance.runner.announcement import announce, is_public, will_make
from conformance.runner.progress import Quiet
from conformance.target import Limits, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

FEEDHIVE, HAYON = Profile.load("feedhive"), Profile.load("hayon")
VALUES = {"effort": "quick", "yes": False}


class Asked(Quiet):
    """A progress that keeps the notes and the questions, and answers as the test wants."""

    def __init__(self, *, answer: bool = False) -> None:
        self.answer = answer
        self.notes: dict[str, str] = {}
        self.questions: list[str] = []

    def note(self, label: str, text: str) -> None:
        self.notes[label] = text

    def confirms(self, question: str) -> bool:
        self.questions.append(question)
        return self.answer


def target(profile: str = "feedhive", **changes: Any) -> Target:
    return Target(profile, **{"base_url": "http://93.184.216.34", "token": "t", **changes})


@pytest.fixture(autouse=True)
def _library(monkeypatch: pytest.MonkeyPatch) -> None:
    def already_there(*_: object) -> Iterator[str]:
        yield "7 items of the caller, which stay as they are"

    monkeypatch.setattr(announcement, "already_there", already_there)


def announced(asked: Asked, values: dict[str, Any] | None = None, **changes: Any) -> None:
    announce(FEEDHIVE, target(**changes), {**VALUES, **(values or {})}, asked, selected=False)


def test_it_says_how_much_is_made_and_how_much_is_there() -> None:
    asked = Asked(answer=True)

    announced(asked)

    assert asked.notes["will make"].startswith("about ")
    assert "uploads (" in asked.notes["will make"]
    assert "deletes of its own things" in asked.notes["will make"]
    assert asked.notes["has already"].startswith("7 items")


def test_a_public_host_is_asked_about_once_and_no_means_no() -> None:
    asked = Asked()

    with pytest.raises(UsageProblem, match=r"nothing was written.*--yes"):
        announced(asked)

    assert len(asked.questions) == 1


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ({"yes": True}, {}),
        ({}, {"read_only": True}),
        ({}, {"base_url": "http://127.0.0.1:8000"}),
        ({}, {"base_url": "http://10.0.0.7"}),
    ],
)
def test_nobody_is_asked(values: dict[str, Any], changes: dict[str, Any]) -> None:
    asked = Asked()

    announced(asked, values, **changes)

    assert asked.questions == []


def test_a_run_that_only_reads_says_so() -> None:
    asked = Asked()

    announced(asked, read_only=True)

    assert asked.notes == {"will make": "nothing: it only reads"}


def test_a_selection_makes_less_and_a_bound_is_named() -> None:
    bounded = target(limits=Limits(created=50))

    words = will_make(FEEDHIVE, bounded, "quick", selected=True)

    assert words.startswith("at most about ")
    assert words.endswith("it ends after 50 uploads and posts")


def test_hayon_deletes_nothing() -> None:
    assert "deletes" not in will_make(HAYON, target("hayon"), "standard")


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://[::1]", False),
        ("http://192.168.1.4/api", False),
        ("https://93.184.216.34", True),
        ("https://name.invalid", True),
    ],
)
def test_a_host_is_public_unless_its_address_is_not(
    url: str, monkeypatch: pytest.MonkeyPatch, *, public: bool
) -> None:
    real = socket.getaddrinfo

    def resolved(host: str, *rest: Any, **options: Any) -> Any:
        if host == "name.invalid":
            raise OSError
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)

    assert is_public(url) == public
