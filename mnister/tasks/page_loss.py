"""What a page network's answer costs, and how often its likeliest class is right."""

from typing import Any

import keras
import tensorflow as tf

from mnister.detecting.heads import DIGITS, LOGITS, MOVES, SIZES
from mnister.detecting.targets import BOX_WEIGHT, IS_JUDGED

# Sums over a page are divided by the digits that a page usually has: each digit counts the same,
# on whatever page and in whatever replica of the network it is.
USUAL_DIGITS = 8.0
SURE, NEAR = 2.0, 4.0  # exponents: what is easy counts less, and what is near a digit's centre
BOX_SHARE = 0.3  # what offsets and logarithms of sizes count beside the classes


@keras.saving.register_keras_serializable("mnister")
class PageLoss(keras.losses.Loss):
    """Focal loss of the classes, and absolute differences of offsets and sizes.

    Source: H. Law, J. Deng, "CornerNet: detecting objects as paired keypoints", ECCV (2018),
    equation 1; X. Zhou, D. Wang, P. Krähenbühl, "Objects as points", arXiv:1904.07850 (2019),
    equations 1 to 4.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each page: float32 (N,).

        Args:
            y_true: float32 (N, H, W, 17), see `mnister.detecting.targets`.
            y_pred: float32 (N, H, W, 15), see `mnister.detecting.heads`.
        """
        wanted, logits = y_true[..., LOGITS], y_pred[..., LOGITS]
        is_centre = tf.cast(wanted >= 1, logits.dtype)
        probability = tf.sigmoid(logits)
        missed = (1 - probability) ** SURE * tf.nn.softplus(-logits)
        invented = (1 - wanted) ** NEAR * probability**SURE * tf.nn.softplus(logits)
        is_judged = y_true[..., IS_JUDGED, None]
        focal = is_centre * missed + (1 - is_centre) * is_judged * invented
        boxes = slice(MOVES.start, SIZES.stop)
        off = tf.abs(y_true[..., boxes] - y_pred[..., boxes]) * y_true[..., BOX_WEIGHT, None]
        sums = tf.reduce_sum(focal, (1, 2, 3)) + BOX_SHARE * tf.reduce_sum(off, (1, 2, 3))
        return sums / USUAL_DIGITS


@keras.saving.register_keras_serializable("mnister")
class CentreAccuracy(keras.metrics.Mean):
    """Of the digits, printed or not, at how many centres their class is the likeliest."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # noqa: ARG002
        """Count a batch; arguments as those of `PageLoss.call`."""
        wanted = y_true[..., DIGITS]
        is_centre = tf.reduce_max(wanted, -1) >= 1
        right = tf.argmax(wanted, -1) == tf.argmax(y_pred[..., DIGITS], -1)
        weight = tf.cast(is_centre, tf.float32)
        return super().update_state(tf.cast(right, tf.float32), sample_weight=weight)
