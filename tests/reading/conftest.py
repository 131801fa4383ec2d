"""What the tests of the reading room share: networks, their reader and a page to read."""

import pytest

from mnister.reading.library import find_crop_network, find_detector, load_detector
from mnister.reading.reader import Reader
from tests.reading.nearest import NearestClassifier
from tests.reading.pages import LINES, page


@pytest.fixture(scope="module", name="classifier")
def _classifier():
    return NearestClassifier()


@pytest.fixture(scope="session", name="detector")
def _detector():
    """The page network that comes with MNISTER, and the crop network beside it."""
    return load_detector(find_detector(), find_crop_network(), threads=1)


@pytest.fixture(scope="module", name="reader")
def _reader(classifier, detector):
    return Reader(classifier, detector=detector)


@pytest.fixture(scope="module", name="clean")
def _clean():
    return page(LINES)
