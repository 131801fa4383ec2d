"""From config to a compiled network under its strategy; TensorFlow starts here."""

import functools
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnister.config.schema import TrainConfig
from mnister.quiet import import_tensorflow
from mnister.training.work import Work
from mnister.workers.group import Workers, check_same_config
from mnister.workers.telling import tell

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Built:
    """A network that is ready to be trained.

    Attributes:
        network: The compiled `keras.Sequential`.
        strategy: The `tf.distribute.Strategy` that it was made under.
        workers: The processes that train it.
        precision: The Keras dtype policy that it was made under.
    """

    network: Any
    strategy: Any
    workers: Workers
    precision: str


def build(config: TrainConfig, work: Work, run_folder: Path) -> Built:
    """Choose devices and precision, then build and compile the network.

    Args:
        config: A checked config.
        work: What the network is to learn.
        run_folder: Where the run's files go.

    Raises:
        UserError: A device is not there, layers do not fit, workers disagree.
    """
    import_tensorflow(keras=True)
    import keras

    from mnister.training.begin_from import begin_from
    from mnister.training.checkpoints import list_checkpoints
    from mnister.training.devices import choose_strategy
    from mnister.training.precision import choose_precision, noise_of
    from mnister.training.summary import name_strategy

    strategy = choose_strategy(config.device, config.batch_size)
    workers = Workers(strategy)
    check_same_config(config, work.task.sha256, workers)
    tell(run=workers.from_chief(str(run_folder).encode()).decode())
    make = functools.partial(make_compiled, config, work)
    noise = functools.partial(noise_of, work.task.form.image, work.task.targets_shape())
    precision = choose_precision(config, make, strategy, run_folder, noise)
    keras.utils.clear_session()
    keras.mixed_precision.set_dtype_policy(precision)
    keras.utils.set_random_seed(config.seed)
    with strategy.scope():
        network = make()
        if config.weights is not None and not list_checkpoints(run_folder / "checkpoints"):
            begin_from(network, config.weights, config.export.dir, work.task.name)
    log.info("   %s: %d layers, %s parameters, %s on %d × %s", network.name,
             len(network.layers), f"{network.count_params():,}", precision,
             strategy.num_replicas_in_sync, name_strategy(strategy))  # fmt: skip
    return Built(network, strategy, workers, precision)


def make_compiled(config: TrainConfig, work: Work) -> Any:
    """Return the network with every variable made that a checkpoint holds.

    Args:
        config: A checked config.
        work: What the network is to learn.

    Raises:
        UserError: Layers do not fit, or the optimizer refuses an argument.
    """
    import keras

    from mnister.training.gradients import watch_gradient_norm
    from mnister.training.model import build_network, with_dropout
    from mnister.training.optimizer import make_optimizer
    from mnister.training.replicas import draw_apart

    layers = with_dropout(config.model.layers, config.dropout)
    network = build_network(layers, work.task.form, config.model.name)
    work.task.prepare(network)
    draw_apart(network)
    optimizer = make_optimizer(config.optimizer, config.schedule, work.total_steps)
    if config.tensorboard.gradient_norm:
        watch_gradient_norm(network, optimizer)
    network.compile(
        optimizer,
        work.task.make_loss(),
        metrics=work.task.make_metrics(),
        jit_compile=getattr(config.device, "xla", False),
    )
    network.optimizer.build(network.trainable_variables)
    # The metrics' variables too are made here: inside a step several replicas cannot.
    targets, answers = (
        keras.ops.zeros((1, *shape))
        for shape in (work.task.targets_shape(), work.task.form.answer)
    )
    network.compute_metrics(None, targets, answers)
    network.reset_metrics()
    return network
