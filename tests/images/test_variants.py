"""A page is the same in every kind of file: what a viewer shows."""

import itertools

import cv2
import numpy as np
import pytest

from mnister.images.files import load_picture
from tests.images import other_variants, tiff_variants

SLIGHT = 4.0  # grey levels: the mean error of what is not stored exactly
TABLES = (
    tiff_variants.of_pillow,
    tiff_variants.of_tifffile,
    tiff_variants.turned,
    tiff_variants.of_imagemagick,
    tiff_variants.of_netpbm,
    other_variants.bmps,
    other_variants.pngs,
    other_variants.others,
    other_variants.netpbms,
)
VARIANTS = list(itertools.chain.from_iterable(table() for table in TABLES))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant[0])
def test_a_page_is_what_a_viewer_shows(tmp_path, capfd, variant):
    name, write, shown, *most = variant
    write(tmp_path / name)
    if shown.ndim == 2:
        shown = cv2.cvtColor(shown, cv2.COLOR_GRAY2RGB)
    capfd.readouterr()
    picture = load_picture(tmp_path / name)
    assert (picture.height, picture.width) == picture.pixels.shape[:2] == shown.shape[:2]
    difference = np.abs(picture.pixels.astype(int) - shown)
    if most == [None]:
        assert difference.mean() < SLIGHT
    else:
        assert difference.max() <= (most[0] if most else 0)
    assert capfd.readouterr().err == ""  # the libraries have nothing to say


def test_no_name_stands_for_two_variants():
    names = [name for name, *_ in VARIANTS]
    assert len(names) == len(set(names)) > 300
