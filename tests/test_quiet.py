"""What TensorFlow need not import is not there for it, and is there again afterwards."""

import sys

import pytest

from mnister.quiet import _left_out


def test_what_is_left_out_is_not_found_meanwhile():
    import json

    sys.modules.pop("colorsys", None)
    with _left_out(["colorsys", "json"]):
        with pytest.raises(ImportError):
            import colorsys
        assert sys.modules["json"] is json  # was there before
    import colorsys

    assert colorsys.rgb_to_hsv(0, 0, 1) == (2 / 3, 1, 1)
