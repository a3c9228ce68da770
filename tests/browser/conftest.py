"""A headless Chromium, and pages of reports for it to open."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from conformance.reports import page
from tests.reports.conftest import report, run, schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.reports.report import Report

__all__ = ["report", "run", "schema"]  # fixtures

#: Seconds that a page may take for anything at all.
BOUND_S = 20


class Open(Protocol):
    """Opens the page of a report."""

    def __call__(self, report: Report, fragment: str = "") -> Chrome:
        """Render it to a file, load that and return the browser."""


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    profile = tmp_path_factory.mktemp("profile")
    options.add_argument(f"--user-data-dir={profile}")
    for argument in ("--headless=new", "--window-size=1280,900", "--force-prefers-reduced-motion"):
        options.add_argument(argument)
    if os.geteuid() == 0:  # Chromium has no sandbox for root, which containers of CI often are
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    driver.set_page_load_timeout(BOUND_S)
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: Chrome, tmp_path: Path) -> Iterator[Open]:
    def open_(report: Report, fragment: str = "") -> Chrome:
        path = tmp_path / "index.html"
        text = page.render(report)
        path.write_text(text, encoding="utf-8", errors="replace")
        browser.get(f"{path.as_uri()}{fragment}")
        return browser

    messages(browser)
    yield open_
    assert messages(browser) == [], "the page complains on the console"
    browser.get("about:blank")


def messages(browser: Chrome) -> list[dict[str, Any]]:
    """Return what the browser's console shows since the last call."""
    found: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return found
