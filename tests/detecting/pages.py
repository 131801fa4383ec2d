"""Pages without a picture, for tests of what is on them."""

import numpy as np

from mnister.detecting import heads
from mnister.detecting.targets import BOX_WEIGHT, make_targets
from mnister.pages.made import HANDWRITTEN, MadePage


def page_of(boxes, classes, kinds=None, shape=(96, 128)):
    """Return a black page with these digits on it."""
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    kinds = np.full(len(boxes), HANDWRITTEN) if kinds is None else np.array(kinds)
    image = np.zeros(shape, np.uint8)
    return MadePage(image, boxes, np.array(classes, np.int8), kinds.astype(np.int8))


def targets_of(page):
    return make_targets(page.boxes, page.classes, page.kinds, page.image.shape)


def ideal_answer(page):
    """Return what a network says that has learned its targets to perfection."""
    targets = targets_of(page)
    answer = np.zeros((*targets.shape[:2], heads.CHANNELS), np.float32)
    likely = np.clip(targets[..., heads.LOGITS], 1e-4, 1 - 1e-4)
    answer[..., heads.LOGITS] = np.log(likely / (1 - likely))
    is_box = targets[..., BOX_WEIGHT] > 0
    boxes = slice(heads.MOVES.start, heads.SIZES.stop)
    answer[is_box, boxes] = targets[is_box, boxes]
    return answer
