"""The page where nothing is trained: what is drawn is read, even what looks like print."""

import cv2
import pytest

from tests.reading.pages import printed_form
from tests.serving.browsers import SEVEN, browsing
from tests.serving.servers import serving

pytestmark = pytest.mark.slow

COUNT, STEP = 6, 70  # sevens so much alike that some of them may pass for print


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untrained")
    with serving(folder, folder / "models", "workers=1") as server:
        yield server


def test_what_is_printed_is_read_where_it_is_asked_for(untrained):
    data = cv2.imencode(".png", printed_form())[1].tobytes()
    (plain,) = untrained.ask("/read", data).json["images"]
    printed = [each for each in plain["rejected"] if each["reason"] == "printed"]
    assert printed
    (asked,) = untrained.ask("/read?read_printed=true", data).json["images"]
    assert len(asked["digits"]) == len(plain["digits"]) + len(printed)
    assert "printed" not in {each["reason"] for each in asked["rejected"]}
    assert untrained.ask("/read?read_printed=perhaps", data).status == 422


def test_what_is_drawn_is_never_left_out_as_printed(untrained):
    with browsing(f"http://127.0.0.1:{untrained.port}/") as browser:
        browser.wait(lambda: browser.all("#model option"), "the list of models")
        assert browser.find("#model").text == "page network"
        for number in range(COUNT):
            browser.write(SEVEN, (STEP * number - 200, -40))
        browser.wait_for_text("7" * COUNT)
        assert not browser.find("#rejected").is_displayed()
        asked = browser.run(
            "return performance.getEntriesByType('resource').map((entry) => entry.name)"
        )
        queries = [name for name in asked if "/read?" in name]
        assert queries
        assert all("read_printed=true" in query for query in queries)
        assert browser.complaints() == []


def test_a_picture_that_is_given_is_read_as_it_is_elsewhere(untrained, tmp_path):
    cv2.imwrite(str(tmp_path / "printed.png"), printed_form())
    with browsing(f"http://127.0.0.1:{untrained.port}/") as browser:
        browser.find("#file").send_keys(str(tmp_path / "printed.png"))
        browser.wait(lambda: "printed" in browser.find("#rejected").text, "what is left out")
