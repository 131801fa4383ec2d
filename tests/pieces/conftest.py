"""What the tests of this room share: a network, its reader and a page to read."""

import pytest

from mnister.reading.reader import Reader
from tests.reading.nearest import NearestClassifier
from tests.reading.pages import LINES, page


@pytest.fixture(scope="module", name="classifier")
def _classifier():
    return NearestClassifier()


@pytest.fixture(scope="module", name="reader")
def _reader(classifier):
    return Reader(classifier)


@pytest.fixture(scope="module", name="clean")
def _clean():
    return page(LINES)
