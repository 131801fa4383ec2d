"""MNISTER's own blocks: each name expands into one or a few layers of a Sequential network."""

import inspect


def conv_block(
    filters,
    kernel_size,
    strides=1,
    padding="same",
    pool=None,
    activation="relu",
    momentum=0.9,
):
    """Return a convolution without bias, pooling, batch normalisation and an activation.

    Args:
        filters: Number of output channels.
        kernel_size: Edge of the kernel in pixels, or a pair.
        strides: Step of the kernel in pixels, or a pair.
        padding: `same` or `valid`.
        pool: Edge of the squares of which the largest value is kept, pixels; None: no pooling.
            Before the normalisation, which then has less to do.
        activation: A Keras activation's name.
        momentum: What the running statistics of the normalisation keep of themselves a step;
            0.9 follows the weights within some ten steps, so that a short run ends well.

    Returns:
        Three or four Keras layers, in their order. Batch statistics are shared by all replicas.

    Source: Ioffe & Szegedy 2015, "Batch Normalization", section 3.2.
    """
    from keras import layers

    from mnister.models.batch_normalization import BatchNormalization

    return [
        layers.Conv2D(filters, kernel_size, strides=strides, padding=padding, use_bias=False),
        *([layers.MaxPooling2D(pool)] if pool else []),
        BatchNormalization(momentum=momentum),
        layers.Activation(activation),
    ]


def local_contrast(window, floor, limit=5.0):
    """Return the layer `mnister.models.page_blocks.LocalContrast`, which has the arguments."""
    from mnister.models.page_blocks import LocalContrast

    return [LocalContrast(window, floor, limit)]


def residual(filters):
    """Return the layer `mnister.models.page_blocks.Residual`, which has the argument."""
    from mnister.models.page_blocks import Residual

    return [Residual(filters)]


def down_and_up(filters, repeats):
    """Return the layer `mnister.models.page_blocks.DownAndUp`, which has the arguments."""
    from mnister.models.page_blocks import DownAndUp

    return [DownAndUp(filters, repeats)]


BLOCKS = {
    "ConvBlock": conv_block,
    "LocalContrast": local_contrast,
    "Residual": residual,
    "DownAndUp": down_and_up,
}


def block_arguments(name: str) -> tuple[str, ...]:
    """Return the argument names of the block `name`, in their order."""
    return tuple(inspect.signature(BLOCKS[name]).parameters)
