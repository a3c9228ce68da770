"""The site builds with every page, and any mistake ends the build."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from conformance.docs import built, site, sources
from conformance.model.profile import Profile, profile_names
from tests.docs import pages

BUILD_BOUND_S = 240
#: The plugins that Zensical brings; it silently ignores another one.
PLUGINS = {"search"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built site: the one of the session `docs`, or a new one."""
    if "BUILT_SITE" in os.environ:  # checked when it was built
        return Path(os.environ["BUILT_SITE"])
    place = tmp_path_factory.mktemp("site") / "site"
    assert site.main([str(place)]) == 0
    return place


def read(folder: Path, page: str) -> str:
    return (folder / built.address(page)).read_text(encoding="utf-8")


class Listing(HTMLParser):
    """The text of the code block that has a title."""

    def __init__(self, title: str, page: str) -> None:
        super().__init__()
        self.title, self.text = title, ""
        self._titled = self._inside = self._names = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._names = ("class", "filename") in attrs
        self._inside = self._inside or (tag == "code" and self._titled)

    def handle_endtag(self, tag: str) -> None:
        if tag == "code" and self._inside:
            self._titled = self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data
        elif self._names and data == self.title:
            self._titled = True


def test_it_has_every_page(folder: Path) -> None:
    for page in pages.of_the_site():
        assert (folder / built.address(page)).is_file(), page


@pytest.mark.parametrize("name", profile_names())
def test_it_has_a_page_for_each_requirement_with_its_title(folder: Path, name: str) -> None:
    for row in Profile.load(name).catalogue:
        page = read(folder, f"reference/requirements/{name}/{row.id}.md")
        assert row.id in page
        assert row.level in page


def test_a_reader_gets_the_server_of_the_tutorial_whole(folder: Path) -> None:
    shown = Listing("server.py", read(folder, "tutorial/first-server.md"))

    assert shown.text == (pages.FOLDER / "tutorial" / "server.py").read_text(encoding="utf-8")


def test_each_table_of_the_code_is_in_its_page(folder: Path) -> None:
    assert "interrupted, after clean-up" in read(folder, "reference/outcomes.md")
    assert not [page for page in pages.of_the_site() if "<!-- generated" in read(folder, page)]


def test_the_navigation_names_a_requirement_by_its_title(folder: Path) -> None:
    row = Profile.load("hayon").catalogue["HY-UPLOAD-04"]

    page = read(folder, "reference/requirements/hayon/HY-UPLOAD-05.md")

    assert f"{row.id}: {row.title}" in " ".join(page.split())


def test_the_settings_name_no_plugin_that_would_be_ignored() -> None:
    document = yaml.safe_load((pages.FOLDER.parent / sources.SETTINGS).read_text(encoding="utf-8"))

    assert set(document["plugins"]) <= PLUGINS
    assert "hooks" not in document


def test_every_page_is_in_the_navigation() -> None:
    led_to = str(sources.settings()["nav"])

    for page in pages.of_the_site():
        assert f"'{page}'" in led_to, page


def test_a_broken_link_ends_the_build(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "source"
    (source / "pages").mkdir(parents=True)
    (source / sources.SETTINGS).write_text("site_name: a\ndocs_dir: pages\n", encoding="utf-8")
    (source / "pages" / "index.md").write_text("# A\n\n[b](nowhere.md)\n", encoding="utf-8")

    assert site.built(source, tmp_path / "site") == 1
    assert "page does not exist" in capfd.readouterr().err
    assert not (tmp_path / "site").exists()


def test_a_mistake_in_the_site_ends_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_pages(_: Path, place: Path) -> int:
        place.mkdir()
        return 0

    monkeypatch.setattr(site, "built", without_pages)

    assert site.main([str(tmp_path / "site")]) == 1
    assert "guides/ci.md is not in the site\n" in capsys.readouterr().err


def test_an_unknown_table_ends_the_build() -> None:
    assert "| 130 | interrupted" in sources.filled("<!-- generated: exit-codes -->", "a.md")
    with pytest.raises(LookupError, match=r"a\.md asks for an unknown table: 'nothing'"):
        sources.filled("<!-- generated: nothing -->", "a.md")


def made(folder: Path, **text: str) -> Path:
    """Write a site of a few pages."""
    for name, body in text.items():
        page = folder / built.address(f"{name}.md")
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(body, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("../nowhere/", "leads nowhere: ../nowhere/"),
        ("../b/#nothing", "leads nowhere: ../b/#nothing"),
        ("#nothing", "leads nowhere: #nothing"),
        ("/b/", "leads nowhere: /b/"),
        ("b.md", "leads nowhere: b.md"),
        ("javascript:void", "leads nowhere: javascript:void"),
    ],
)
def test_a_link_that_leads_nowhere_is_a_mistake(tmp_path: Path, link: str, words: str) -> None:
    place = made(tmp_path, a=f'<a href="{link}">', b='<p id="there">')

    assert built.mistakes(place, ["a.md"]) == [f"a/index.html {words}"]


def test_a_link_that_leads_somewhere_is_none(tmp_path: Path) -> None:
    links = ("../b/#there", "../b/", "#here", "", "https://example.org/x", "../b/?q=1")
    text = '<h2 id="here">' + "".join(f'<a href="{link}">' for link in links)

    assert built.mistakes(made(tmp_path, a=text, b='<p id="there">'), ["a.md", "b.md"]) == []


def test_a_page_that_is_missing_is_a_mistake(tmp_path: Path) -> None:
    place = made(tmp_path, a="")

    assert built.mistakes(place, ["a.md", "guides/b.md"]) == ["guides/b.md is not in the site"]


@pytest.mark.parametrize(
    "html",
    [
        '<img alt="" src="https://example.org/pixel.png">',
        "<script async src=//example.org/x.js></script>",
        '<link rel="stylesheet" href="https://fonts.example.org/css">',
        '<pre class="mermaid"><code>sequenceDiagram</code></pre>',
    ],
)
def test_a_page_that_fetches_from_another_host_is_a_mistake(tmp_path: Path, html: str) -> None:
    own = (
        '<link href="../a.css"><a href="https://example.org">'
        '<div class="language-mermaid highlight"><pre>sequenceDiagram</pre></div>'
    )
    (tmp_path / "a.css").touch()

    assert built.mistakes(made(tmp_path, a=own), ["a.md"]) == []
    (line,) = built.mistakes(made(tmp_path, a=html), ["a.md"])
    assert line.startswith("a/index.html fetches from another host: ")


def test_a_picture_that_does_not_exist_is_a_mistake(tmp_path: Path) -> None:
    (line,) = built.mistakes(made(tmp_path, a='<img src="../b.png">'), ["a.md"])

    assert line == "a/index.html shows what does not exist: ../b.png"


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
