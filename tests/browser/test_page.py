"""`index.html` in a real browser: it works by mouse and keyboard, and nothing in it can act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.conftest import BOUND_S, messages
from tests.reports.conftest import HOSTILE, REPLAY, made_hostile, row

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from conformance.reports.report import Report
    from tests.browser.conftest import Open


def shown_rows(browser: Chrome) -> list[str]:
    """Return the ids of the requirements that a reader sees."""
    ids: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('.row')].filter(e => e.offsetParent).map(e => e.id)"
    )
    return ids


def count(browser: Chrome) -> str:
    return browser.find_element(By.ID, "count").text


def choose(browser: Chrome, outcome: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f".chip input[value={outcome}]").click()


def focused(browser: Chrome) -> WebElement:
    return browser.switch_to.active_element


def test_the_tests_can_hear_the_console(browser: Chrome) -> None:
    browser.get("data:text/html,<script>console.error('heard')</script>")

    assert any("heard" in message["message"] for message in messages(browser))


def test_all_requirements_are_there_and_counted(opened: Open, report: Report) -> None:
    browser = opened(report)

    assert shown_rows(browser) == [row["id"] for rows in report.operations.values() for row in rows]
    assert (
        count(browser) == f"{len(report.requirements)} of {len(report.requirements)} requirements"
    )
    assert browser.title == "hayon: nonconformant · conformance report"


def test_outcomes_filter_alone_and_together(opened: Open, report: Report) -> None:
    browser = opened(report)

    choose(browser, "failed")
    assert shown_rows(browser) == ["HY-UPLOAD-21"]
    assert count(browser) == f"1 of {len(report.requirements)} requirements"

    choose(browser, "warned")
    assert shown_rows(browser) == ["HY-UPLOAD-10", "HY-UPLOAD-21"]

    choose(browser, "failed")
    assert shown_rows(browser) == ["HY-UPLOAD-10"]


def test_level_operation_and_search_narrow_each_other(opened: Open, report: Report) -> None:
    browser = opened(report)

    Select(browser.find_element(By.ID, "level")).select_by_visible_text("SHOULD")
    should = {each["id"] for each in report.requirements if each["level"] == "SHOULD"}
    assert set(shown_rows(browser)) == should

    Select(browser.find_element(By.ID, "operation")).select_by_value("create_post")
    assert shown_rows(browser) == ["HY-POST-01", "HY-POST-03"]

    browser.find_element(By.ID, "search").send_keys("PAIR mediaItems")
    assert shown_rows(browser) == ["HY-POST-01"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("hy-put-05", ["HY-PUT-05"]),
        ("test_wait", ["HY-PUT-05"]),
        ('"needs wait"', ["HY-PUT-05"]),
        ("http://h/there", ["HY-UPLOAD-10", "HY-UPLOAD-21"]),
    ],
    ids=["id", "case", "reason", "header of an exchange"],
)
def test_search_finds_ids_cases_reasons_and_exchanges(
    opened: Open, report: Report, words: str, expected: list[str]
) -> None:
    browser = opened(report)

    browser.find_element(By.ID, "search").send_keys(words)

    assert shown_rows(browser) == expected


def test_a_search_without_a_match_offers_the_way_back(opened: Open, report: Report) -> None:
    browser = opened(report)
    browser.find_element(By.ID, "search").send_keys("no such thing")
    assert shown_rows(browser) == []

    browser.find_element(By.ID, "again").click()

    assert len(shown_rows(browser)) == len(report.requirements)
    assert focused(browser).get_attribute("id") == "search"


def test_it_works_by_keyboard_alone(opened: Open, report: Report) -> None:
    browser = opened(report)
    body = browser.find_element(By.TAG_NAME, "body")

    body.send_keys(Keys.TAB)
    assert focused(browser).text == "Skip to the requirements"

    body.send_keys("/")
    focused(browser).send_keys("HY-UPLOAD-21")
    assert shown_rows(browser) == ["HY-UPLOAD-21"]

    summary = browser.find_element(By.CSS_SELECTOR, "#HY-UPLOAD-21 > details > summary")
    focused(browser).send_keys(Keys.ENTER)
    assert focused(browser) == summary
    focused(browser).send_keys(Keys.ENTER)
    assert browser.find_element(By.CSS_SELECTOR, "#HY-UPLOAD-21 .actual").is_displayed()

    browser.find_element(By.ID, "search").send_keys(Keys.ESCAPE)
    assert len(shown_rows(browser)) == len(report.requirements)


def test_j_and_k_go_from_requirement_to_requirement(opened: Open, report: Report) -> None:
    browser = opened(report)
    choose(browser, "failed")
    choose(browser, "warned")
    places = []

    for key in "jjjkk":
        focused(browser).send_keys(key)
        places.append(browser.execute_script("return document.activeElement.closest('.row')?.id"))

    assert places == [
        "HY-UPLOAD-10", "HY-UPLOAD-21", "HY-UPLOAD-21", "HY-UPLOAD-10", "HY-UPLOAD-10",
    ]  # fmt: skip


def test_the_address_keeps_the_filters(opened: Open, report: Report) -> None:
    browser = opened(report)
    choose(browser, "failed")
    browser.find_element(By.ID, "search").send_keys("hy-upload")
    address = browser.current_url

    browser.get("about:blank")
    browser.get(address)

    assert "?q=hy-upload&outcome=failed" in address
    assert shown_rows(browser) == ["HY-UPLOAD-21"]
    browser.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    WebDriverWait(browser, BOUND_S).until(lambda _: "?" not in browser.current_url)


def test_the_cards_follow_the_filters(opened: Open, report: Report) -> None:
    browser = opened(report)
    choose(browser, "warned")

    cards = browser.find_elements(By.CSS_SELECTOR, "[data-card]")
    shown = [card.get_attribute("data-card") for card in cards if card.is_displayed()]
    assert shown == ["HY-UPLOAD-10"]
    assert not browser.find_element(By.ID, "failed-title").is_displayed()


def test_no_id_overlaps_a_title(opened: Open, report: Report) -> None:
    overlapping = opened(report).execute_script(
        """const heads = document.querySelectorAll('.row > details > summary, .headlines li > a');
        return [...heads].filter(e => {
            const [id, title] = ['.id', '.title, .what'].map(s => e.querySelector(s));
            return id.offsetLeft + id.scrollWidth > title.offsetLeft;
        }).map(e => e.textContent)"""
    )

    assert overlapping == []


def test_what_has_the_focus_is_seen(opened: Open, report: Report) -> None:
    browser = opened(report)
    seen = set()
    for _ in range(25):
        browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        seen.add(
            browser.execute_script(
                "const e = document.activeElement; const c = e.matches('.chip input')"
                " ? e.nextElementSibling : e; return getComputedStyle(c).outlineStyle"
            )
        )

    assert seen == {"solid"}


def test_a_link_opens_its_requirement_even_when_a_filter_hides_it(
    opened: Open, report: Report
) -> None:
    browser = opened(report, "#HY-UPLOAD-10")
    assert browser.find_element(By.CSS_SELECTOR, "#HY-UPLOAD-10 .actual").is_displayed()

    choose(browser, "passed")
    browser.execute_script("location.hash = 'HY-UPLOAD-21'")

    proof = browser.find_element(By.CSS_SELECTOR, "#HY-UPLOAD-21 .actual")
    WebDriverWait(browser, BOUND_S).until(lambda _: proof.is_displayed())
    filters = browser.find_element(By.CSS_SELECTOR, ".filters").rect
    assert browser.find_element(By.ID, "HY-UPLOAD-21").rect["y"] >= filters["y"] + filters["height"]
    assert len(shown_rows(browser)) == len(report.requirements)


def test_open_all_opens_what_is_shown_and_closes_it_again(opened: Open, report: Report) -> None:
    browser = opened(report)
    choose(browser, "failed")
    button = browser.find_element(By.ID, "unfold")

    button.click()
    assert len(browser.find_elements(By.CSS_SELECTOR, ".row > details[open]")) == 1
    assert button.text == "Close all"

    button.click()
    assert not browser.find_elements(By.CSS_SELECTOR, ".row > details[open]")


@pytest.mark.parametrize("clipboard", [True, False], ids=["clipboard", "selection"])
def test_the_copy_button_copies_the_command_and_says_so(
    opened: Open, report: Report, *, clipboard: bool
) -> None:
    browser = opened(report, "#HY-UPLOAD-21")
    if clipboard:
        allowed = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        browser.execute_cdp_cmd("Browser.grantPermissions", {"permissions": allowed})
    else:
        browser.execute_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    command = browser.find_elements(By.CSS_SELECTOR, "#HY-UPLOAD-21 .command")[-1]

    command.find_element(By.CSS_SELECTOR, ".copy").click()

    said = browser.find_element(By.ID, "said")
    WebDriverWait(browser, BOUND_S).until(lambda _: said.get_attribute("textContent") == "Copied")
    search = browser.find_element(By.ID, "search")
    search.send_keys(Keys.CONTROL, "v")
    assert search.get_attribute("value") == f"{REPLAY} -k test_it"


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_nothing_is_wider_than_the_window(
    opened: Open, report: Report, colours: str, width: int, *, hostile: bool
) -> None:
    text = f"{HOSTILE}{'W' * 3_000}"
    browser = opened(made_hostile(report, text) if hostile else report)
    emulate(browser, width, colours)

    browser.find_element(By.ID, "unfold").click()

    page = browser.find_element(By.TAG_NAME, "html")
    assert browser.execute_script("return innerWidth") == width
    assert page.get_property("scrollWidth") == page.get_property("clientWidth")
    emulate(browser, 1280, "light")


def emulate(browser: Chrome, width: int, colours: str) -> None:
    """Give the page a window width in pixels and a preference of its reader."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    preference = [{"name": "prefers-color-scheme", "value": colours}]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": preference})


LUMINANCE = """
const bad = [];
const light = ([r, g, b]) => [r, g, b]
  .map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const parts = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const colour = parts(getComputedStyle(e).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255];
};
for (const e of document.querySelectorAll("body *:not(script):not(svg *)")) {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !e.offsetParent || e.closest(".sr")) continue;
  const [a, b] = [light(parts(getComputedStyle(e).color)), light(behind(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) bad.push(`${e.className || e.tagName} ${ratio.toFixed(2)}`);
}
return [...new Set(bad)];
"""


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_all_text_has_the_contrast_that_wcag_wants(
    opened: Open, report: Report, colours: str
) -> None:
    browser = opened(report)
    emulate(browser, 1280, colours)
    browser.find_element(By.ID, "unfold").click()

    assert browser.execute_script(LUMINANCE) == []
    emulate(browser, 1280, "light")


CONTROLS = ":is(button, input, select, a, summary, pre):not([hidden] *)"


def test_every_control_has_a_name(opened: Open, report: Report) -> None:
    browser = opened(report)
    browser.execute_script("for (const e of document.querySelectorAll('details')) e.open = true")

    controls = browser.find_elements(By.CSS_SELECTOR, CONTROLS)
    nameless = [each.get_attribute("outerHTML") for each in controls if not each.accessible_name]
    assert nameless == []


def test_hostile_text_is_shown_as_text_and_does_nothing(opened: Open, report: Report) -> None:
    hostile = made_hostile(report, f"{HOSTILE} lone \ud800")
    browser = opened(hostile)
    browser.find_element(By.ID, "unfold").click()

    assert browser.title == "hayon: nonconformant · conformance report"
    assert browser.execute_script("return document.scripts.length") == 1
    assert not browser.find_elements(By.CSS_SELECTOR, "img, iframe, [onerror]")
    shown = browser.find_element(By.CSS_SELECTOR, "#HY-UPLOAD-21 .actual dd").text
    assert shown.startswith("</code></pre><script>document.title='owned'</script>")
    assert "U+202E" in shown
    assert "U+D800" in shown


def test_an_attack_that_slipped_through_would_be_stopped_by_the_policy(
    browser: Chrome, opened: Open, report: Report
) -> None:
    opened(report)

    browser.execute_script(
        "const d = document.createElement('div'); document.body.append(d);"
        'd.innerHTML = \'<img src="data:," onerror="document.title = `owned`">\';'
    )

    WebDriverWait(browser, BOUND_S).until(lambda _: _refusals(browser))
    assert browser.title != "owned"


def _refusals(browser: Chrome) -> list[dict[str, Any]]:
    return [each for each in messages(browser) if "Content Security Policy" in each["message"]]


def test_megabytes_stay_usable_and_state_their_size(opened: Open, report: Report) -> None:
    row(report, "HY-UPLOAD-21")["evidence"][0]["actual"] = "<b>x" * 1_000_000
    browser = opened(report, "#HY-UPLOAD-21")

    shown = browser.find_element(By.CSS_SELECTOR, "#HY-UPLOAD-21 .actual dd").text

    assert "cut: 4,000,000 characters in all" in shown
    assert len(shown) < 10_000


def test_paper_gets_the_failures_opened(opened: Open, report: Report) -> None:
    browser = opened(report)

    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    actual = browser.find_element(By.CSS_SELECTOR, "#HY-UPLOAD-21 .actual")
    # The browser draws what was opened with its next frame.
    WebDriverWait(browser, BOUND_S).until(lambda _: actual.is_displayed())

    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert not browser.find_elements(By.CSS_SELECTOR, ".row > details[open]")
