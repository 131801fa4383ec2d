"""The page where nothing is trained: what is drawn is read, even what looks like print."""

import cv2
import numpy as np
import pytest

from tests.serving.browsers import SEVEN, browsing
from tests.serving.servers import serving

pytestmark = pytest.mark.slow

COUNT, STEP = 6, 70  # sevens so much alike that some of them pass for print


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untrained")
    with serving(folder, folder / "models", "workers=1") as server:
        yield server


def test_what_looks_like_print_is_read_where_it_is_asked_for(untrained):
    sheet = np.full((500, 800, 3), 255, np.uint8)
    for number in range(COUNT):
        points = np.add(SEVEN, (100 + STEP * number, 200))
        cv2.polylines(sheet, [points.astype(np.int32)], False, (0, 0, 0), 7, cv2.LINE_AA)
    data = cv2.imencode(".png", sheet)[1].tobytes()
    (plain,) = untrained.ask("/read", data).json["images"]
    assert "printed" in {each["reason"] for each in plain["rejected"]}
    (asked,) = untrained.ask("/read?read_printed=true", data).json["images"]
    assert (asked["lines"], asked["rejected"]) == (["7" * COUNT], [])
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
    sheet = np.full((200, 700, 3), 255, np.uint8)
    cv2.putText(sheet, "2 7 3 4 2 7", (60, 130), cv2.FONT_HERSHEY_SIMPLEX, 3, (0, 0, 0), 6)
    cv2.imwrite(str(tmp_path / "printed.png"), sheet)
    with browsing(f"http://127.0.0.1:{untrained.port}/") as browser:
        browser.find("#file").send_keys(str(tmp_path / "printed.png"))
        browser.wait(lambda: "printed" in browser.find("#rejected").text, "what is left out")
