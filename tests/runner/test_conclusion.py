"""The end of a run whose reports would show a secret: cleaned files, and exit code 4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.model.run import INTERRUPTED, Run
from conformance.problem import KitFault
from conformance.reports.terminal.console import Console
from conformance.runner.conclusion import concluded
from conformance.runner.request import RunRequest
from conformance.settings.layers import Chosen, Origin, traced

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "a-secret/of-the+run-42"


def settled(folder: Path, **given: Any) -> dict[str, Chosen]:
    values = {"report_dir": str(folder), **given}
    return traced({Origin.FLAG: lambda setting: values.get(setting.name)})


def run(secret: str, **changes: Any) -> Run:
    """Return a run with a broken MUST, whose evidence was not redacted."""
    proof = Evidence("HY-PUT-01", "s::test_it", "a success", f"it said {secret}")
    case = CaseRecord(proof.case, proof.requirement, Outcome.FAILED, proof.actual, evidence=[proof])
    known = {"base_url": "http://h"}
    return Run("hayon", Profile.load("hayon").catalogue, [case], target=known, **changes)


@pytest.mark.parametrize("changes", [{}, {"incomplete": INTERRUPTED}])
def test_a_secret_in_a_report_is_removed_and_wins_over_every_verdict(
    changes: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = RunRequest.of("hayon", settled(tmp_path))

    with pytest.raises(KitFault, match=r"a secret was in .*report\.json") as fault:
        concluded(request, run(SECRET, **changes), Redactor([SECRET]), Console(), None)

    written = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.*")]
    assert len(written) > 5
    assert not any(SECRET in text for text in (*written, capsys.readouterr().out))
    assert any("it said [redacted]" in text for text in written)
    assert fault.value.exit_code == 4


def test_a_secret_in_a_setting_is_removed_and_no_fault(tmp_path: Path) -> None:
    request = RunRequest.of("hayon", settled(tmp_path, start=f"serve --key {SECRET}"))

    code = concluded(request, run("nothing"), Redactor([SECRET]), Console(), None)

    assert code == 1
    assert SECRET not in (tmp_path / "report.json").read_text(encoding="utf-8")
