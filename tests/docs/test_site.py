"""The site builds without a warning, and any mistake ends the build."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from mkdocs.exceptions import PluginError

from conformance.docs import hooks
from conformance.model.profile import Profile, profile_names
from tests.docs import pages

if TYPE_CHECKING:
    from pathlib import Path

    from mkdocs.structure.pages import Page

BUILD_BOUND_S = 120


def built(folder: Path, index: str) -> subprocess.CompletedProcess[str]:
    """Build our site with another first page."""
    shutil.copytree(pages.FOLDER, folder / "pages")
    (folder / "pages" / "index.md").write_text(index, encoding="utf-8")
    for name in ("mkdocs.yml", "hooks.py"):
        shutil.copy(pages.FOLDER.parent / name, folder)
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_BOUND_S,
    )


def asking(page: str) -> Page:
    return cast("Page", SimpleNamespace(file=SimpleNamespace(src_uri=page)))


def test_it_builds_with_a_page_for_each_requirement(tmp_path: Path) -> None:
    done = built(tmp_path, pages.FOLDER.joinpath("index.md").read_text(encoding="utf-8"))

    assert done.returncode == 0, done.stderr
    assert "WARNING -" not in done.stderr
    tutorial = (tmp_path / "site/tutorial/first-server/index.html").read_text(encoding="utf-8")
    assert "ThreadingHTTPServer" in tutorial  # the file that the page includes
    for name in profile_names():
        for row in Profile.load(name).catalogue:
            page = tmp_path / "site/reference/requirements" / name / row.id / "index.html"
            assert row.level in page.read_text(encoding="utf-8")


def test_a_broken_link_ends_the_build(tmp_path: Path) -> None:
    links = ("[page](nowhere.md)", "[anchor](#nothing)", "[absolute](/guides/ci.md)")
    done = built(tmp_path, "# Amiss\n\n" + "\n\n".join(links))

    assert done.returncode == 1
    for words in ("nowhere.md", "#nothing", "/guides/ci.md"):
        assert words in done.stderr


def test_an_unknown_table_ends_the_build() -> None:
    filled = hooks.on_page_markdown("<!-- generated: exit-codes -->", asking("a.md"))

    assert "| 130 | interrupted" in filled
    with pytest.raises(PluginError, match=r"a\.md asks for an unknown table: 'nothing'"):
        hooks.on_page_markdown("<!-- generated: nothing -->", asking("a.md"))


@pytest.mark.parametrize(
    "html",
    [
        '<img alt="" src="https://example.org/pixel.png">',
        "<script async src=//example.org/x.js></script>",
        '<link rel="stylesheet" href="https://fonts.example.org/css">',
        '<pre class="mermaid"><code>sequenceDiagram</code></pre>',
    ],
)
def test_a_page_that_fetches_from_another_host_ends_the_build(html: str) -> None:
    own = (
        '<link href="assets/a.css"><script src="b.js"></script><a href="https://example.org">'
        '<div class="language-mermaid highlight"><pre>sequenceDiagram</pre></div>'
    )

    assert hooks.on_post_page(own, asking("a.md")) == own
    with pytest.raises(PluginError, match="fetches from another host"):
        hooks.on_post_page(html, asking("a.md"))


def test_the_documentation_stays_out_of_the_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, pages.ROOT],
        check=True,
        timeout=BUILD_BOUND_S,
        capture_output=True,
    )

    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()

    assert "conformance/specs/feedhive/requirements.toml" in names
    assert not [name for name in names if name.startswith("conformance/docs")]
