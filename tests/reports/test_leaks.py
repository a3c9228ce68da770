"""The last look at what was written finds a secret in every file and every form."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from conformance.model.redaction import Redactor
from conformance.reports import folder, leaks
from conformance.reports.formats import FILES
from conformance.reports.markdown import escaped

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.reports.report import Report

SECRET = "s3cr/et+to_ken&<x>-42"
FORMS = {
    "plain": SECRET,
    "percent-encoded": quote(SECRET, safe=""),
    "percent-encoded twice": quote(quote(SECRET, safe=""), safe=""),
    "each character percent-encoded": "".join(f"%{ord(one):02x}" for one in SECRET),
    "in JSON": json.dumps(SECRET)[1:-1].replace("/", "\\/"),
    "each character escaped in JSON": "".join(f"\\u{ord(one):04X}" for one in SECRET),
    "in HTML": html.escape(SECRET),
    "each character escaped in HTML": "".join(f"&#{ord(one)};" for one in SECRET),
    "in Markdown": escaped(SECRET),
    "base64, first": base64.b64encode(SECRET.encode()).decode(),
    "base64, second": base64.b64encode(f"a{SECRET}:b".encode()).decode(),
    "base64, third": base64.b64encode(f"ab{SECRET}:b".encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(f"{SECRET}~~~".encode()).decode(),
}


def written(text: str, folder: Path) -> Path:
    path = folder / "index.html"
    path.write_text(f"<p>before {text} after</p>", encoding="utf-8")
    return path


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_found_and_removed_in_every_form(form: str, tmp_path: Path) -> None:
    path = written(FORMS[form], tmp_path)

    assert leaks.cleaned({path: ""}, Redactor([SECRET])) == [path]

    left = path.read_text(encoding="utf-8")
    assert left.startswith("<p>before ")
    assert left.endswith(" after</p>")
    assert FORMS[form] not in left
    assert leaks.cleaned({path: ""}, Redactor([SECRET])) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_redacted_in_every_form_before_anything_is_written(form: str) -> None:
    redactor = Redactor([SECRET])

    assert not redactor.leaks(redactor.text(f"before {FORMS[form]} after"))


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_secret_is_removed_from_the_file_that_shows_it(
    name: str, report: Report, tmp_path: Path
) -> None:
    paths = folder.publish(report, tmp_path)
    path = tmp_path / name
    path.write_text(f"{path.read_text(encoding='utf-8')}{SECRET}\n", encoding="utf-8")

    found = leaks.cleaned(dict.fromkeys(paths, ""), Redactor([SECRET]))

    assert found == [path]
    assert path.read_text(encoding="utf-8").endswith("[redacted]\n")
    assert str(leaks.problem(found)).startswith(f"a secret was in {path}")
    assert leaks.problem(found).exit_code == 4


@pytest.mark.parametrize(
    "text",
    [
        "http://s3/k?X-Amz-Signature=0123456789abcdef0123",
        "http%3A%2F%2Fs3%2Fk%3FX-Amz-Signature%3D0123456789abcdef",
        "AKIA0123456789ABCDEF",
    ],
)
def test_what_a_server_signed_is_found_by_its_form(text: str, tmp_path: Path) -> None:
    path = written(text, tmp_path)

    assert leaks.cleaned({path: ""}, Redactor()) == [path]
    assert "0123456789abcdef" not in path.read_text(encoding="utf-8").lower()


def test_a_word_that_every_report_holds_is_no_leak(tmp_path: Path) -> None:
    path = written("the password of a case", tmp_path)

    assert leaks.cleaned({path: "a password"}, Redactor(["password"])) == []
    assert leaks.cleaned({path: "another text"}, Redactor(["password"])) == [path]


@pytest.mark.parametrize("cut", range(12))
def test_a_redacted_signature_is_not_a_secret_wherever_it_is_cut(
    report: Report, tmp_path: Path, cut: int
) -> None:
    hidden = "http://s3/k?X-Amz-Signature=[redacted]"
    text = hidden[: len(hidden) - cut] + ("…" if cut else "")
    report.data["reason"] = report.data["replay"] = text
    for row in report.having("failed"):
        row["evidence"][0]["actual"] = row["evidence"][0]["exchange"]["curl"] = text

    paths = folder.publish(report, tmp_path)

    assert leaks.cleaned(dict.fromkeys(paths, ""), Redactor()) == []
