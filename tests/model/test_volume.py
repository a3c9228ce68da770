"""The estimate of what a run makes: whole, and in the parts that cases need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.model.profile import Profile, profile_names, specs_folder
from conformance.model.volume import estimated
from conformance.problem import KitFault
from conformance.settings.table import EFFORTS

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = ("other-token", "posts", "s3-access", "storage-gate", "wait")


def file_of(profile: str) -> Path:
    return specs_folder() / profile / "volume.toml"


@pytest.mark.parametrize("profile", profile_names())
@pytest.mark.parametrize("effort", EFFORTS)
def test_each_effort_has_an_estimate_and_more_capabilities_make_more(
    profile: str, effort: str
) -> None:
    one_token = estimated(file_of(profile), effort, ())
    everything = estimated(file_of(profile), effort, EVERYTHING)

    assert one_token["uploads"] > 100
    assert everything["uploads"] > one_token["uploads"]
    assert everything["bytes"] > one_token["bytes"]


@pytest.mark.parametrize("profile", profile_names())
def test_the_estimate_knows_only_capabilities_that_rows_need(profile: str) -> None:
    needs = {tuple(sorted(row.needs)) for row in Profile.load(profile).catalogue}
    text = file_of(profile).read_text(encoding="utf-8")

    listed = {line for line in text.splitlines() if line.startswith("needs = ")}
    known = {f"needs = [{', '.join(f'{chr(34)}{one}{chr(34)}' for one in row)}]" for row in needs}
    assert listed <= known


def test_a_file_that_does_not_fit_is_a_fault_of_the_kit(tmp_path: Path) -> None:
    (tmp_path / "volume.toml").write_text('[[volume]]\neffort = "quick"\n', encoding="utf-8")

    with pytest.raises(KitFault, match=r"volume\.toml"):
        estimated(tmp_path / "volume.toml", "quick", ())
