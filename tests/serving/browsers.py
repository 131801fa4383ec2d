"""A real browser that writes on the page as a hand does."""

import contextlib
import os
import shutil
import time

import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="needs '.[dev]'")
By = pytest.importorskip("selenium.webdriver.common.by").By
ActionChains = pytest.importorskip("selenium.webdriver.common.action_chains").ActionChains

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

SEVEN = [(0, 0), (20, 0), (45, 0), (35, 25), (25, 50), (18, 75)]
ONE = [(0, 0), (0, 25), (0, 50), (0, 75)]
FOUR = ([(0, 0), (-4, 40), (30, 40), (45, 40)], [(30, 5), (30, 40), (30, 75)])


@contextlib.contextmanager
def browsing(address):
    """Open a browser without a window, on the page; give what drives it."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("needs chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--window-size=1300,900"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        driver.get(address)
        yield Browser(driver)
    finally:
        driver.quit()


class Browser:
    """The page in a browser."""

    def __init__(self, driver):
        self.driver = driver

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def tell(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def resize(self, width, height, scale=1.0, phone=False):
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=scale, mobile=phone)  # fmt: skip
        self.tell("Emulation.setTouchEmulationEnabled", enabled=phone)

    def wait(self, is_so, what, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if is_so():
                return
            time.sleep(0.05)
        pytest.fail(f"{what} did not come; the page says {self.find('#status').text!r}")

    @property
    def text(self):
        return self.find("#text").text.replace(" ", "")

    def wait_for_text(self, text):
        self.wait(lambda: self.text == text, f"{text!r} instead of {self.text!r}")

    def press(self, points, at=(0, 0)):
        """Put the pen down at the first of the points, from the middle of the sheet, and move."""
        paper, (left, top) = self.find("#paper"), at
        chain = ActionChains(self.driver, duration=10)
        pen = chain.w3c_actions.pointer_action
        for number, (x, y) in enumerate(points):
            pen.move_to(paper, round(left + x), round(top + y))
            if number == 0:
                pen.pointer_down()
        chain.perform()

    def lift(self):
        chain = ActionChains(self.driver)
        chain.w3c_actions.pointer_action.pointer_up()
        chain.perform()

    def write(self, points, at=(0, 0)):
        self.press(points, at)
        self.lift()

    def touch(self, points, at):
        """Write with a finger; `at` from the sheet's corner."""
        box = self.run("return document.querySelector('#paper').getBoundingClientRect().toJSON()")
        spots = [{"x": box["x"] + at[0] + x, "y": box["y"] + at[1] + y} for x, y in points]
        for number, spot in enumerate(spots):
            kind = "touchMove" if number else "touchStart"
            self.tell("Input.dispatchTouchEvent", type=kind, touchPoints=[spot])
        self.tell("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def complaints(self):
        """Return what the browser's console has against the page since the last time."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        return [words for words in said if "readback" not in words]  # it is the test that reads
