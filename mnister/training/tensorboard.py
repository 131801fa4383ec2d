"""What a run leaves for TensorBoard."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

# Which parts of a history row are shown, and under which name in both curves of a chart.
CHARTS = {
    "train": {
        name: name
        for name in ("loss", "accuracy", "learning_rate", "images_per_second", "gradient_norm")
    },
    "validation": {
        f"validation_{name}": name
        for name in ("loss", "accuracy", "precision", "recall", "f1", "pages_exact")
    },
}


class Scalars:
    """Writes a run's scalars, one gap-free curve even if the run was interrupted.

    What an earlier process wrote is replaced: it may know of epochs that have to be trained again.

    Args:
        folder: The run's TensorBoard folder.
    """

    def __init__(self, folder: Path) -> None:
        self._writers = {name: _new_writer(folder / name) for name in CHARTS}
        self._written = 0

    def write(self, rows: list[dict[str, float]]) -> None:
        """Add the rows that are not yet written.

        Args:
            rows: The whole history, see `mnister.training.checkpoints.History`.
        """
        import tensorflow as tf

        for row in rows[self._written :]:
            for name, writer in self._writers.items():
                with writer.as_default(step=int(row["step"])):
                    for key, tag in CHARTS[name].items():
                        if key in row:
                            tf.summary.scalar(tag, row[key])
                writer.flush()
        self._written = len(rows)


def write_graph(folder: Path, network: Any) -> None:
    """Write the network's graph for the Graphs tab.

    Args:
        folder: The run's TensorBoard folder.
        network: A built Keras network.
    """
    import tensorflow as tf

    forward = tf.function(lambda image: network(image, training=False), autograph=False)
    spec = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32, name="image")
    graph = forward.get_concrete_function(spec).graph
    with _new_writer(folder / "graph").as_default(step=0):
        tf.summary.graph(graph)


def write_images(folder: Path, pictures: Mapping[str, np.ndarray]) -> None:
    """Write pictures of what was learned from and answered.

    Args:
        folder: The run's TensorBoard folder.
        pictures: uint8 (H, W, 1 or 3), by name.
    """
    import tensorflow as tf

    with _new_writer(folder / "pictures").as_default(step=0):
        for name, picture in pictures.items():
            tf.summary.image(name, picture[None])


def write_hyper_parameters(folder: Path, config: dict[str, Any], metrics: dict) -> None:
    """Write the config's values and the final metrics for the HParams tab.

    Args:
        folder: The run's TensorBoard folder.
        config: The run's config, nested.
        metrics: Flat metrics; those that are numbers are shown.
    """
    import tensorflow as tf
    from tensorboard.plugins.hparams import api

    # TensorBoard takes the first ones of a folder; `write_images` has removed what was there.
    with tf.summary.create_file_writer(str(folder / "pictures")).as_default(step=0):
        api.hparams(dict(_flat(config)), trial_id=folder.parent.name)
        for name, value in metrics.items():
            if isinstance(value, int | float):
                tf.summary.scalar(f"final/{name}", value)


def _new_writer(folder: Path) -> Any:
    """Return a writer of a folder's only events: what an earlier process wrote there goes."""
    import tensorflow as tf

    shutil.rmtree(folder, ignore_errors=True)
    return tf.summary.create_file_writer(str(folder))


def _flat(config: dict[str, Any], prefix: str = ""):
    """Yield dotted keys with the plain values that the tab can show."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, bool | int | float | str):
            yield prefix + key, value
