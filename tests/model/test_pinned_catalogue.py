"""An older version of the catalogue: what is newer than it only warns."""

from __future__ import annotations

import pytest

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile, profile_names
from conformance.model.requirement import Catalogue, Level, Requirement, Source
from conformance.model.run import Run, Verdict
from conformance.problem import UsageProblem

VERSIONS = ("1.0.0", "1.1.0", "1.10.0")
SOURCE = Source("a page", "a section")


def row(name: str, level: str, **history: object) -> Requirement:
    return Requirement(name, Level(level), "t", "s", "o", SOURCE, **history)  # type: ignore[arg-type]


ROWS = [
    row("XX-A-01", "MUST"),
    row("XX-A-02", "MUST", since="1.1.0"),
    row("XX-A-03", "MUST", levels={"1.0.0": Level.SHOULD}),
    row("XX-A-04", "SHOULD", levels={"1.1.0": Level.MUST}),
    row("XX-A-05", "SHOULD", since="1.10.0"),
    row("XX-A-06", "MUST", judged_since="1.10.0"),
]
CATALOGUE = Catalogue("a page", "1.10.0", ROWS, versions=VERSIONS)


@pytest.mark.parametrize(
    ("as_of", "binding", "strict"),
    [
        (None, "1236", "123456"),
        ("1.10.0", "1236", "123456"),
        ("1.1.0", "123", "1234"),
        ("1.0.0", "1", "134"),
    ],
)
def test_only_what_the_pinned_version_had_as_a_must_fails(
    as_of: str | None, binding: str, strict: str
) -> None:
    rows = list(CATALOGUE.pinned_to(as_of))

    assert "".join(one.id[-1] for one in rows if one.binds()) == binding
    assert "".join(one.id[-1] for one in rows if one.binds(strict=True)) == strict


def test_a_run_warns_of_what_is_newer_and_does_not_miss_it() -> None:
    proofs = [Evidence(one.id, "s", "a", "b") for one in ROWS[1:3]]
    broken = [
        CaseRecord(f"s::{proof.requirement}", proof.requirement, Outcome.FAILED, evidence=[proof])
        for proof in proofs
    ]
    held = [CaseRecord("s::1", "XX-A-01", Outcome.PASSED)]

    def judged(as_of: str | None) -> Run:
        return Run("xx", CATALOGUE.pinned_to(as_of), [*held, *broken])

    assert judged(None).verdict is Verdict.NONCONFORMANT
    pinned = judged("1.0.0")
    assert [one.requirement.id for one in pinned.warned] == ["XX-A-02", "XX-A-03"]
    assert pinned.verdict is Verdict.CONFORMANT
    assert pinned.exit_code(require_verified=True) == 0


@pytest.mark.parametrize(("version", "hint"), [("1.2", "a newer kit|choose one"), ("2.0", "newer")])
def test_a_version_that_the_catalogue_does_not_have_is_refused(version: str, hint: str) -> None:
    with pytest.raises(UsageProblem, match=f"1.0.0 and 1.1.0 and 1.10.0: .*({hint})"):
        CATALOGUE.pinned_to(version)


@pytest.mark.parametrize("profile", profile_names())
def test_the_catalogues_name_their_versions_and_use_no_other(profile: str) -> None:
    catalogue = Profile.load(profile).catalogue
    used = {one.since for one in catalogue} | {one.judged_since for one in catalogue}
    used |= {version for one in catalogue for version in one.levels}

    assert catalogue.versions[-1] == catalogue.version
    assert used - {""} <= set(catalogue.versions)
    assert catalogue.pinned_to(catalogue.version).newer == []
    newer = catalogue.pinned_to("1.0.0").newer
    assert 0 < len(newer) < len(catalogue) / 2
    assert not set(newer) & set(catalogue.anchors)
