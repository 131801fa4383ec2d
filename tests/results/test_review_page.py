"""review.html in a real browser, as a person looks through it: keys, touch, what is saved."""

import csv
import time

import pytest

from tests.results.reviewed import write
from tests.serving.browsers import browsing

webdriver = pytest.importorskip("selenium.webdriver", reason="needs '.[dev]'")
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys

pytestmark = pytest.mark.slow

COUNT = 300


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    return tmp_path_factory.mktemp("review")


@pytest.fixture(scope="module", name="opened")
def _opened(folder):
    with browsing(write(folder, COUNT).as_uri()) as browser:
        yield browser


@pytest.fixture(name="browser")
def _browser(opened):
    opened.resize(1300, 900)
    opened.run("localStorage.clear()")
    opened.driver.refresh()
    yield opened
    assert opened.complaints() == []


def type_keys(browser, *keys):
    webdriver.ActionChains(browser.driver).send_keys(*keys).perform()


def in_order():
    """The numbers, the least sure first."""
    return sorted(range(COUNT), key=lambda n: (n * 37) % 1000)


def status(browser):
    return browser.find("#status").text


def saved(browser, folder):
    """Save the CSV file; return its rows."""
    path = folder / "corrections.csv"
    path.unlink(missing_ok=True)
    browser.tell("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    browser.find("#download").click()
    browser.wait(path.is_file, "the CSV file")
    time.sleep(0.2)
    return list(csv.DictReader(path.open(encoding="utf-8")))


def focused(browser):
    return browser.run("return document.activeElement.value")


def test_enter_is_right_typing_corrects_and_all_is_saved(browser, folder):
    first, second, third, fourth = map(str, in_order()[:4])
    browser.find("#next").click()
    assert focused(browser) == first
    type_keys(browser, Keys.ENTER)
    assert focused(browser) == second
    type_keys(browser, "4711", Keys.ENTER, Keys.BACKSPACE, Keys.ENTER)
    assert focused(browser) == fourth
    assert status(browser) == f"3 of {COUNT} checked, 2 corrected"
    rows = {row["text"]: row for row in saved(browser, folder)}
    assert {text: row["correct"] for text, row in rows.items()} == {
        first: first, second: "4711", third: "",
    }  # fmt: skip
    assert list(rows[first])[:3] == ["file", "line", "row"]
    assert rows[first]["file"] == f"in/scan.pdf#{int(first) // 4 + 1}"
    assert rows[first]["sure"] == "false"


def test_escape_takes_back_and_arrows_move(browser):
    first, second = map(str, in_order()[:2])
    browser.find("#next").click()
    type_keys(browser, "99", Keys.ENTER)
    assert focused(browser) == second
    type_keys(browser, Keys.ARROW_UP)
    assert focused(browser) == "99"
    type_keys(browser, Keys.ESCAPE)
    assert focused(browser) == first
    assert status(browser) == f"0 of {COUNT} checked"
    type_keys(browser, Keys.ARROW_DOWN)
    assert focused(browser) == second
    assert status(browser) == f"0 of {COUNT} checked"


def test_what_was_typed_and_left_counts(browser):
    browser.find("#next").click()
    type_keys(browser, "99", Keys.TAB)
    assert status(browser) == f"1 of {COUNT} checked, 1 corrected"


def test_all_of_a_part_are_said_to_be_right_at_once_but_for_those_corrected(browser, folder):
    browser.find("#next").click()
    type_keys(browser, "99", Keys.ENTER)
    browser.run("document.querySelector('.all').click()")
    assert status(browser) == f"60 of {COUNT} checked, 1 corrected"
    assert focused(browser) == str(in_order()[60])
    assert sum(row["correct"] != row["text"] for row in saved(browser, folder)) == 1


def test_every_number_is_reached_by_keys_alone(browser, folder):
    browser.find("#next").click()
    for _ in range(COUNT // 20):
        type_keys(browser, *[Keys.ENTER] * 20)
    assert status(browser) == f"{COUNT} of {COUNT} checked"
    assert browser.find("#end").text == "That was all."
    assert browser.run("return document.activeElement.id") == "download"
    rows = saved(browser, folder)
    assert [row["text"] for row in rows] == [row["correct"] for row in rows]
    assert [int(row["text"]) for row in rows] == in_order()


def test_parts_are_opened_as_one_scrolls(browser):
    def count():
        return len(browser.all("li"))

    assert count() < COUNT
    for _ in range(10):
        browser.run("scrollTo(0, document.body.scrollHeight)")
        time.sleep(0.2)
    browser.wait(lambda: count() == COUNT, "every number")
    assert browser.run(
        "return [...document.images].every((i) => !i.complete || i.naturalWidth > 9)"
    )


def test_what_was_done_is_there_when_it_is_opened_again(browser):
    browser.find("#next").click()
    type_keys(browser, "99", Keys.ENTER, Keys.ENTER)
    browser.driver.refresh()
    assert status(browser) == f"2 of {COUNT} checked, 1 corrected"
    browser.find("#next").click()
    assert focused(browser) == str(in_order()[2])
    assert browser.find("li.wrong input").get_property("value") == "99"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_fits_and_is_touched(browser, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.tell("Emulation.setEmulatedMedia", features=features)
    browser.resize(360, 740, 2, phone=True)
    assert browser.run("return document.documentElement.scrollWidth") <= 360
    small = browser.run(
        "return [...document.querySelectorAll('button, input')].filter((e) => e.offsetHeight &&"
        " (e.offsetHeight < 44 || e.offsetWidth < 44)).length"
    )
    assert small == 0
    browser.find(".ok").click()
    assert status(browser) == f"1 of {COUNT} checked"
    assert browser.find(".ok").get_attribute("aria-pressed") == "true"
    assert contrast(browser, ".where") > 4.5
    assert contrast(browser, ".said") > 7
    assert contrast(browser, "#download", "#download") > 4.5
    browser.tell("Emulation.setEmulatedMedia", features=[])


def contrast(browser, selector, behind="li"):
    """Return the contrast of a text with what is behind it, as WCAG has it."""
    return browser.run(
        """
        const of = (e, name) => getComputedStyle(document.querySelector(e))[name].match(/[0-9.]+/g)
          .slice(0, 3).map((v) => v / 255)
          .map((v) => (v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4))
          .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
        const [a, b] = [of(arguments[0], "color"), of(arguments[1], "backgroundColor")];
        return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        """,
        selector,
        behind,
    )


def test_every_field_says_what_it_is_of(browser):
    names = browser.run(
        "return [...document.querySelectorAll('li input')].map((i) => i.ariaLabel)"
    )
    first = in_order()[0]
    assert names[0] == f"Number 1 of {COUNT}, read as {first}, 0.0 % sure, scan.pdf#1, line 1"
    assert len(set(names)) == len(names)
