"""The Keras optimizer and learning-rate schedule that a config names."""

from typing import Any

from mnister.config.schema import Optimizer
from mnister.errors import UserError, reason_of


def make_optimizer(settings: Optimizer, schedule: Any, total_steps: int):
    """Return the Keras optimizer with its learning rate scheduled over the run.

    Args:
        settings: Name in `keras.optimizers`, peak learning rate, other arguments.
        schedule: Settings of `conf/schedule`.
        total_steps: Steps of the whole run.

    Raises:
        UserError: Keras refuses an argument.
    """
    import keras

    rate = make_schedule(schedule, settings.learning_rate, total_steps)
    try:
        optimizer = getattr(keras.optimizers, settings.name)
        return optimizer(learning_rate=rate, **settings.arguments)
    except (TypeError, ValueError) as error:
        reason = reason_of(error)
        raise UserError(
            f"keras.optimizers.{settings.name} cannot be made: {reason}",
            received=", ".join(f"optimizer.{k}={v}" for k, v in settings.arguments.items()),
        ) from error


def make_schedule(schedule: Any, peak: float, total_steps: int):
    """Return the learning rate: a number, or a Keras schedule over the run's steps.

    Args:
        schedule: Settings of `conf/schedule`.
        peak: The highest learning rate.
        total_steps: Steps of the whole run.
    """
    from keras.optimizers import schedules

    if schedule.kind == "constant":
        return peak
    if schedule.kind == "exponential":
        return schedules.ExponentialDecay(peak, total_steps, schedule.final_factor)
    if schedule.kind == "cosine":
        return schedules.CosineDecay(peak, total_steps, alpha=schedule.final_factor)
    rising = max(1, round(schedule.warmup * total_steps))
    return schedules.CosineDecay(
        initial_learning_rate=schedule.start_factor * peak,
        decay_steps=max(1, total_steps - rising),
        alpha=schedule.final_factor,
        warmup_target=peak,
        warmup_steps=rising,
    )
