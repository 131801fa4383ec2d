"""A network that begins with what another has learned (transfer learning)."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from mnister.errors import UserError
from mnister.models import store
from mnister.models.builtin import find_version
from mnister.models.store import ExportedModel
from mnister.models.weights import read_weights

log = logging.getLogger("mnister.training")


def begin_from(network: Any, wanted: str | Sequence[str], models_dir: str, task: str) -> None:
    """Give a network the weights of an exported one, or the mean of those of several.

    Where only the last layer's classes differ, as for other data, that layer begins anew.

    Args:
        network: A built `keras.Sequential`.
        wanted: Of the exported versions, each as `mnister.models.store.find_model` takes it, or
            `builtin`.
        models_dir: Where exported models lie.
        task: What the network is to learn, `digits` or `pages`.

    Raises:
        UserError: There is no such version, or its layers are others.

    Source: of the mean of a network and the one that went on from it, M. Wortsman et al., "Robust
    fine-tuning of zero-shot models", CVPR (2022).
    """
    names = [wanted] if isinstance(wanted, str) else wanted
    models = [find_version(models_dir, name, task, key="weights") for name in names]
    own = network.weights
    given = [_fitting(network, model, name) for model, name in zip(models, names, strict=True)]
    kept = min(map(len, given))
    for variable, values in zip(own[:kept], zip(*given, strict=False), strict=False):
        variable.assign(np.mean(values, axis=0))
    said = "the mean of the weights of " if len(models) > 1 else "the weights of "
    said += " and ".join(f"{model.name}/{model.version}" for model in models)
    log.info("   Begins with %s%s", said,
             "" if kept == len(own) else f"; {network.layers[-1].name} begins anew")  # fmt: skip


def _fitting(network: Any, model: ExportedModel, wanted: str) -> list[np.ndarray]:
    """Return the weights of a version; without those of the last layer if only this is another."""
    store.verify(model)
    given, own = read_weights(model), network.weights
    count, last = len(own), len(network.layers[-1].weights)
    fits = [tuple(new.shape) == old.shape for new, old in zip(own, given, strict=False)]
    kept = count if all(fits) else count - last
    if len(given) != count or not all(fits[:kept]):
        raise UserError(
            f"weights={wanted} does not fit model={network.name}",
            expected="a model exported with the same layers: "
            + ", ".join(str(tuple(variable.shape)) for variable in own),
            received=", ".join(str(values.shape) for values in given) or "no weights",
            instead="the model= that it was trained with (config in its manifest.json)",
        )
    return given[:kept]
