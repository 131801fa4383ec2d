"""What the tests of the reading room share: a network, its readers and a page to read."""

import pytest

from mnister.reading.reader import MODES, Reader
from tests.reading.nearest import NearestClassifier
from tests.reading.pages import LINES, page


@pytest.fixture(scope="module", name="classifier")
def _classifier():
    return NearestClassifier()


@pytest.fixture(scope="module", name="reader")
def _reader(classifier):
    return Reader(classifier)


@pytest.fixture(scope="module", name="mode_readers")
def _mode_readers(classifier):
    return {mode: Reader(classifier, mode=mode) for mode in MODES}


@pytest.fixture(scope="module", name="clean")
def _clean():
    return page(LINES)
