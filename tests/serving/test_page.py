"""The page in a real browser: what is written is read, on whatever screen."""

import json

import cv2
import pytest

from tests.serving.browsers import FOUR, ONE, SEVEN, browsing
from tests.serving.servers import ROOT, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def able(tmp_path_factory, able_run):
    with serving(tmp_path_factory.mktemp("able"), able_run, "workers=1") as started:
        yield started


@pytest.fixture(scope="module")
def browser(able):
    with browsing(f"http://127.0.0.1:{able.port}/") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _fresh(browser, able):
    browser.resize(1300, 900)
    browser.driver.get(f"http://127.0.0.1:{able.port}/")
    browser.wait(lambda: browser.find("#model").get_property("value"), "the list of models")
    yield
    assert browser.complaints() == []


def shown(browser):
    """Return whether there is ink on the sheet that is seen."""
    return browser.run(
        "const c = document.querySelector('#paper');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "for (let i = 0; i < d.length; i += 4) if (d[i + 3] && d[i] < 99) return true;"
        "return false;"
    )


def test_a_seven_is_read_as_a_seven(browser):
    browser.write(SEVEN, (-20, -40))
    browser.wait_for_text("7")
    assert browser.find("#status").text.startswith("1 digit in")
    assert [e.get_attribute("textContent") for e in browser.all("#boxes text")] == ["7"]


def test_three_digits_in_a_row_and_one_undone(browser):
    for points, left in ((SEVEN, -150), (ONE, -50), (SEVEN, 20)):
        browser.write(points, (left, -40))
    browser.wait_for_text("717")
    browser.find("#undo").click()
    browser.wait_for_text("71")
    browser.find("#clear").click()
    browser.wait_for_text("")
    assert not shown(browser)
    assert browser.find("#hint").is_displayed()


def test_a_digit_of_two_strokes_is_one(browser):
    for stroke in FOUR:
        browser.write(stroke, (-20, -40))
    browser.wait_for_text("4")


def test_a_digit_that_is_touched_tells_all_that_is_known(browser):
    browser.write(SEVEN, (-20, -40))
    browser.wait_for_text("7")
    browser.write([(10, 0)], (0, -10))  # a tap in its box is no ink
    assert browser.find("#details-title").text == "Read as 7"
    assert len(browser.all("#bars tr")) == 10
    widest = max(
        browser.all("#bars tr"), key=lambda r: r.find_element("class name", "bar").size["width"]
    )
    assert widest.text.startswith("7")
    assert "Second guess: " in browser.find("#reason").text
    browser.find("#text button").send_keys("\ue007")
    assert browser.find("#text button").get_attribute("aria-pressed") == "true"


def test_a_picture_is_chosen_and_read(browser):
    browser.find("#file").send_keys(str(ROOT / "images" / "multi" / "page_1.png"))
    browser.wait(lambda: len(browser.text) > 20, "the text of the page")
    labels = (ROOT / "images" / "multi" / "labels.txt").read_text()
    written = next(line for line in labels.splitlines() if line.startswith("page_1"))
    wanted = [letter for letter in written.partition(":")[2] if letter.isdigit()]
    got = [letter for letter in browser.text if letter.isdigit()]
    right = sum(a == b for a, b in zip(got, wanted, strict=False))
    assert right >= 0.8 * len(wanted), (got, wanted)


def test_a_picture_that_is_turned_lies_under_its_boxes(browser, tmp_path):
    page = cv2.imread(str(ROOT / "images" / "multi" / "page_1.png"))
    cv2.imwrite(str(tmp_path / "turned.png"), cv2.rotate(page, cv2.ROTATE_90_CLOCKWISE))
    browser.find("#file").send_keys(str(tmp_path / "turned.png"))
    browser.wait(lambda: len(browser.text) > 20, "the text of the page")
    ratio = browser.run("const b = document.querySelector('#sheet').getBoundingClientRect();"
                        "return b.width / b.height")  # fmt: skip
    height, width = page.shape[:2]
    assert ratio == pytest.approx(width / height, rel=0.02)


def test_a_picture_that_the_browser_cannot_show_is_seen_all_the_same(browser, tmp_path):
    page = cv2.imread(str(ROOT / "images" / "multi" / "page_1.png"))
    cv2.imwrite(str(tmp_path / "page.ppm"), page)
    browser.find("#file").send_keys(str(tmp_path / "page.ppm"))
    browser.wait(lambda: len(browser.text) > 20, "the text of the page")
    assert shown(browser)


def test_a_file_that_is_no_picture_is_told(browser, tmp_path):
    (tmp_path / "notes.png").write_text("hello")
    browser.find("#file").send_keys(str(tmp_path / "notes.png"))
    browser.wait(lambda: "is not a picture" in browser.find("#status").text, "the reason")
    (said,) = browser.complaints()
    assert "422" in said


def test_corrections_are_saved_on_request(browser, able):
    for points, left in ((SEVEN, -150), (ONE, -50)):
        browser.write(points, (left, -40))
    browser.wait_for_text("71")
    browser.all("#text button")[0].click()
    browser.find("#right button:nth-of-type(3)").click()  # it was a 2
    assert browser.text == "21"
    browser.find("#mark").click()
    browser.write([(0, 0), (30, 40), (60, 90)], (100, -50))
    assert browser.find("#details-title").text == "A digit that was missed"
    browser.all("#right button")[-1].click()
    folder = able.folder / "outputs" / "corrections"
    assert not folder.exists()
    browser.find("#save").click()
    browser.wait(lambda: "2 saved in" in browser.find("#status").text, "that they are saved")
    (two,), (none,) = folder.glob("2/*.png"), folder.glob("none/*.png")
    assert cv2.imread(str(two)).shape == (28, 28, 3)
    assert cv2.imread(str(none)).min() == 255
    lines = [json.loads(line) for line in (folder / "corrections.jsonl").read_text().splitlines()]
    assert [(line["kind"], line["read_as"]) for line in lines] == [("digit", "7"), ("missed", "")]
    assert lines[0]["model"] == "small/1"


def test_a_phone_is_written_on_by_finger_in_the_dark(browser, able):
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.resize(360, 740, 3, phone=True)
    browser.tell("Emulation.setEmulatedMedia", features=dark)
    browser.driver.get(f"http://127.0.0.1:{able.port}/")
    try:
        for left in (40, 130, 220):
            browser.touch(SEVEN, (left, 60))
        browser.wait_for_text("777")
        assert browser.run("return document.documentElement.scrollWidth") == 360
        assert browser.run("return scrollY") == 0
        colour = browser.run("return getComputedStyle(document.body).backgroundColor")
        assert colour == "rgb(23, 24, 27)"
    finally:
        browser.tell("Emulation.setEmulatedMedia", features=[])


@pytest.mark.parametrize("scale", [1.25, 2.0])
def test_a_display_that_is_scaled_makes_no_sheet_grow(browser, scale):
    browser.resize(1300, 900, scale)
    size = "const b = document.querySelector('#sheet').getBoundingClientRect(); return b.height"
    browser.write(SEVEN, (-20, -40))
    browser.wait_for_text("7")
    before = browser.run(size)
    for _ in range(5):
        browser.run("dispatchEvent(new Event('resize'))")
        browser.write(ONE, (-120, -40))
        browser.find("#undo").click()
    browser.wait_for_text("7")
    assert browser.run(size) == before


def test_a_resize_in_the_middle_of_a_stroke_loses_nothing(browser):
    browser.write(SEVEN, (-150, -40))
    browser.press(SEVEN[:3], (-20, -40))
    browser.resize(900, 800)
    browser.resize(1300, 900)
    browser.press([(0, 0)], (15, -15))
    browser.lift()
    assert shown(browser)
    browser.wait(lambda: browser.text.startswith("7"), "the first digit")
    browser.resize(500, 900)
    assert shown(browser)
    assert browser.run("return document.documentElement.scrollWidth") == 500


def test_a_hidden_sheet_is_not_emptied(browser):
    browser.write(SEVEN, (-20, -40))
    browser.wait_for_text("7")
    browser.run("document.querySelector('main').style.display = 'none'")
    browser.run("document.dispatchEvent(new Event('visibilitychange'))")
    browser.run("document.querySelector('main').style.display = ''")
    browser.wait(lambda: shown(browser), "the ink")
    browser.write(ONE, (60, -40))
    browser.wait_for_text("71")


def test_every_control_has_a_name(browser):
    for element in browser.all("button, select, input, canvas"):
        if element.is_displayed():
            assert element.accessible_name, element.get_attribute("outerHTML")


def test_the_token_is_asked_for(tmp_path, able_run, browser):
    token = "token=0123456789abcdef"
    with serving(tmp_path, able_run, "workers=1", token) as closed:
        browser.driver.get(f"http://127.0.0.1:{closed.port}/")
        browser.wait(lambda: browser.find("#token").is_displayed(), "the question for it")
        browser.find("#token").send_keys("0123456789abcdef\n")
        browser.wait(lambda: browser.find("#model").get_property("value"), "the list of models")
        browser.driver.get(f"http://127.0.0.1:{closed.port}/docs")
        browser.run("sessionStorage.clear()")
        browser.driver.get(f"http://127.0.0.1:{closed.port}/#token=0123456789abcdef")
        browser.wait(lambda: browser.find("#model").get_property("value"), "the list of models")
        assert "token" not in browser.run("return location.href")
        (said,) = browser.complaints()
        assert "401" in said
