import numpy as np
import pytest

from mnister.images.draw import annotate


@pytest.mark.parametrize("box", [(100, 200, 60, 100), (20, 4, 60, 290), (20, 120, 80, 178)])
def test_a_label_is_whole_wherever_its_box_is(box):
    paper = np.full((300, 300, 3), 255, np.uint8)
    unlabelled = annotate(paper, [box], [""], [True])
    ink = (annotate(paper, [box], ["5"], [True]) != unlabelled).any(axis=2)
    roomy = np.full((900, 900, 3), 255, np.uint8)
    centred = (box[0] + 300, box[1] + 300, *box[2:])
    unlabelled = annotate(roomy, [centred], [""], [True])
    whole = (annotate(roomy, [centred], ["5"], [True]) != unlabelled).any(axis=2)
    assert np.ptp(np.flatnonzero(ink.any(axis=1))) >= np.ptp(np.flatnonzero(whole.any(axis=1))) - 2
