"""The one module on the way of a picture that needs TensorFlow: runs a SavedModel folder."""

from pathlib import Path

import numpy as np

from mnister.errors import UserError, reason_of
from mnister.models.runtimes import BATCH_SIZE, batches
from mnister.quiet import import_tensorflow


class SavedModelNetwork:
    """Holds an exported version folder, which TensorFlow runs.

    Args:
        folder: The version folder with `saved_model.pb`.
        batch_size: Pictures at a time.

    Raises:
        UserError: When TensorFlow is not installed, or the folder holds no such model.
    """

    def __init__(self, folder: str | Path, *, batch_size: int = BATCH_SIZE) -> None:
        self.folder = Path(folder)
        self.batch_size = batch_size
        if not (self.folder / "saved_model.pb").is_file():
            raise self._refused("no saved_model.pb")  # first, TensorFlow takes seconds to load
        tensorflow = import_tensorflow()
        try:
            # The signatures stop working when the loaded object is garbage: it is kept.
            self._model = tensorflow.saved_model.load(str(self.folder))
            self._run = self._model.signatures["serving_default"]
        except (OSError, KeyError, ValueError) as error:
            raise self._refused(reason_of(error)) from None
        self._constant = tensorflow.constant

    def _refused(self, received: str) -> UserError:
        has_litert = (self.folder / "model.tflite").is_file()
        return UserError(
            f"{self.folder} cannot be run as a SavedModel",
            expected="a version folder with saved_model.pb and the signature serving_default",
            received=received,
            instead="runtime=litert runs its model.tflite"
            if has_litert
            else "export the model again",
        )

    def _parts(self, images: np.ndarray, output: str) -> list[np.ndarray]:
        """Return one output of the signature, batch by batch."""
        return [
            self._run(image=self._constant(batch))[output].numpy()
            for batch in batches(images, self.batch_size)
        ]


class SavedModelClassifier(SavedModelNetwork):
    """Runs an exported version that tells digits apart, see `SavedModelNetwork`."""

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Classify pictures, see `Classifier.predict`."""
        parts = self._parts(images, "probabilities")
        return np.concatenate(parts) if parts else np.zeros((0, self._classes()), np.float32)

    def _classes(self) -> int:
        return int(self._run.structured_outputs["probabilities"].shape[-1])


class SavedModelPageNetwork(SavedModelNetwork):
    """Runs an exported page network, see `SavedModelNetwork`."""

    def answer(self, images: np.ndarray) -> np.ndarray:
        """Return what the network says, see `PageNetwork.answer`."""
        return np.concatenate(self._parts(images[..., None], "heads"))
