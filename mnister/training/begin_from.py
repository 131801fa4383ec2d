"""A network that begins with what another has learned (transfer learning)."""

import logging
from typing import Any

from mnister.errors import UserError
from mnister.models import store
from mnister.models.builtin import find_version
from mnister.models.weights import read_weights

log = logging.getLogger("mnister.training")


def begin_from(network: Any, wanted: str, models_dir: str, task: str) -> None:
    """Give a network the weights of an exported one.

    Where only the last layer's classes differ, as for other data, that layer begins anew.

    Args:
        network: A built `keras.Sequential`.
        wanted: Of the exported version, as `mnister.models.store.find_model` takes it, or
            `builtin`.
        models_dir: Where exported models lie.
        task: What the network is to learn, `digits` or `pages`.

    Raises:
        UserError: There is no such version, or its layers are others.
    """
    model = find_version(models_dir, wanted, task, key="weights")
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
    for variable, values in zip(own[:kept], given, strict=False):
        variable.assign(values)
    log.info("   Begins with the weights of %s/%d%s", model.name, model.version,
             "" if kept == count else f"; {network.layers[-1].name} begins anew")  # fmt: skip
