"""Selecting scenarios inside pytest: by requirement, level and operation, in plain names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest

from conformance.model.profile import Profile
from conformance.runner.collection import cases

pytestmark = pytest.mark.whole_run

pytest_plugins = ["pytester"]

#: Words, types and numbers.
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 /_.*+-]*")
#: What pytest makes up for a value that it cannot write.
_MADE_UP_ID = re.compile(r"[a-z_]+\d")

Collect = Callable[..., list[tuple[str, str]]]


class Taken:
    """Keeps requirement and name of every case that a session would run."""

    def __init__(self) -> None:
        self.cases: list[tuple[str, str]] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        marks = [(item.get_closest_marker("requirement"), item.name) for item in session.items]
        self.cases = [(mark.args[0] if mark else "", name) for mark, name in marks]


@pytest.fixture
def collect(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Collect:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def collect(*arguments: str) -> list[tuple[str, str]]:
        taken = Taken()
        pytester.inline_run(
            *("--collect-only", "-q", "--strict-markers", "-p", "no:schemathesis"),
            *("--pyargs", "conformance.profiles.hayon", *arguments),
            plugins=[taken],
        )
        return taken.cases

    return collect


def levels(found: list[tuple[str, str]]) -> set[str]:
    catalogue = Profile.load("hayon").catalogue
    return {catalogue[requirement].level.value for requirement, _ in found}


def operations(found: list[tuple[str, str]]) -> set[str]:
    catalogue = Profile.load("hayon").catalogue
    return {catalogue[requirement].operation for requirement, _ in found}


@pytest.mark.parametrize("expression", ["HY-UPLOAD-10", "hy-upload-10", "HY_UPLOAD_10"])
def test_an_expression_may_name_a_requirement(collect: Collect, expression: str) -> None:
    found = collect("-k", expression)

    assert {requirement for requirement, _ in found} == {"HY-UPLOAD-10"}
    assert len(found) == 1


def test_marks_select_by_level_and_by_operation(collect: Collect) -> None:
    every = collect()
    must = collect("-m", "must")
    should = collect("-m", "should")
    put = collect("-m", "must and put_object")

    assert levels(must) == {"MUST"}
    assert levels(should) == {"SHOULD"}
    assert len(must) + len(should) == len(every) == len(collect("-m", "requirement"))
    assert (levels(put), operations(put)) == ({"MUST"}, {"put_object"})


def test_the_option_selects_whole_ids_in_any_case_and_may_be_repeated(collect: Collect) -> None:
    found = collect(
        *("--conformance-requirement", "hy-upload-01"),
        *("--conformance-requirement", "HY-AUTH-02"),
    )

    # An expression would have found HY-UPLOAD-10 to 19 as well, were it written so.
    assert {requirement for requirement, _ in found} == {"HY-UPLOAD-01", "HY-AUTH-02"}


def test_quick_effort_and_waiting_touch_nothing_but_scenarios(
    collect: Collect, pytester: pytest.Pytester
) -> None:
    own = pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.search\n@pytest.mark.waits\n"
        "def test_own(): pass\n"
        "def test_last(): pass\n"
    )
    pytester.makeini("[pytest]\nmarkers =\n  search\n  waits\n")

    found = [name for _, name in collect(str(own), "--conformance-effort", "quick")]

    names = [name for name in found if name in {"test_own", "test_last"}]
    assert names == ["test_own", "test_last"]
    assert found[-1] == "test_the_upload_url_works_late_in_its_life"
    assert "test_generated_requests_get_answers_of_the_documented_shape" not in found


def test_one_case_of_each_anchor_comes_before_all_others(collect: Collect) -> None:
    found = collect()

    anchors = Profile.load("hayon").catalogue.anchors
    first, others = found[: len(anchors)], found[len(anchors) :]
    assert sorted(requirement for requirement, _ in first) == sorted(anchors)
    assert {requirement for requirement, _ in others} & set(anchors)


@pytest.mark.parametrize("profile", ["feedhive", "hayon"])
def test_every_case_has_a_plain_name_of_its_own(profile: str) -> None:
    names = [case.partition("::")[2] for _, case in cases(Profile.load(profile))]
    parameters = [name.partition("[")[2].removesuffix("]") for name in names if "[" in name]

    odd = [each for each in parameters if not _PLAIN_ID.fullmatch(each)]
    made_up = [each for each in parameters if _MADE_UP_ID.fullmatch(each)]
    assert (odd, made_up) == ([], [])
    # Two modules of a user's suite may be imported into one: no case must hide another.
    assert [name for name, count in Counter(names).items() if count > 1] == []
