"""Learning rates go as their schedules say; what Keras refuses is said with its words."""

import pytest

from mnister.config import schema
from mnister.config.compose import compose_config
from mnister.errors import UserError

STEPS = 1000


@pytest.fixture(scope="module")
def make_optimizer():
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    from mnister.training.optimizer import make_optimizer

    return make_optimizer


@pytest.fixture(scope="module")
def rates():
    """Give a function that returns a schedule's learning rate at some steps."""
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    from mnister.training.optimizer import make_schedule

    def rates(settings, *steps, total=STEPS):
        schedule = make_schedule(settings, 0.01, total)
        return [float(schedule(step)) for step in steps]

    return rates


def test_a_constant_rate_is_a_number():
    from mnister.training.optimizer import make_schedule

    assert make_schedule(schema.ConstantSchedule(kind="constant"), 0.01, STEPS) == 0.01


def test_cosine_falls_from_the_peak(rates):
    settings = schema.CosineSchedule(kind="cosine", final_factor=0.1)
    assert rates(settings, 0, 500, 1000) == pytest.approx([0.01, 0.0055, 0.001])


def test_exponential_falls_by_the_same_factor(rates):
    settings = schema.ExponentialSchedule(kind="exponential", final_factor=0.01)
    assert rates(settings, 0, 500, 1000) == pytest.approx([0.01, 0.001, 0.0001])


def test_one_cycle_rises_and_falls(rates):
    settings = schema.OneCycleSchedule(
        kind="one_cycle", warmup=0.2, start_factor=0.1, final_factor=0.05
    )
    start, half_way, peak, end = rates(settings, 0, 100, 200, 1000)
    assert [start, half_way, peak, end] == pytest.approx([0.001, 0.0055, 0.01, 0.0005])
    assert rates(settings, 600)[0] == pytest.approx((0.01 + 0.0005) / 2)
    assert rates(settings, 0, 1, total=1) == pytest.approx([0.001, 0.01])


@pytest.mark.parametrize("choice", ["adam", "adamw", "rmsprop", "sgd"])
def test_the_optimizers_of_the_menu_are_made(make_optimizer, choice):
    config = compose_config("train", [f"optimizer={choice}"])
    made = make_optimizer(config.optimizer, config.schedule, STEPS)
    assert type(made).__name__ == config.optimizer.name
    for name, value in config.optimizer.arguments.items():
        assert getattr(made, name) == pytest.approx(value)
    assert float(made.learning_rate) == pytest.approx(0.1 * config.optimizer.learning_rate)


def test_any_optimizer_of_keras_is_made_by_name(make_optimizer):
    config = compose_config(
        "train",
        ["optimizer=keras", "optimizer.name=Lion", "optimizer.beta_1=0.8", "schedule=constant"],
    )
    made = make_optimizer(config.optimizer, config.schedule, STEPS)
    assert (type(made).__name__, made.beta_1) == ("Lion", 0.8)
    assert float(made.learning_rate) == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "Only one of"),
        ({"gradient_accumulation_steps": 1}, "gradient_accumulation_steps"),
    ],
)
def test_an_argument_that_keras_refuses_is_told(make_optimizer, arguments, words):
    settings = schema.Optimizer(name="SGD", learning_rate=0.1, **arguments)
    with pytest.raises(UserError, match=r"keras\.optimizers\.SGD cannot be made") as caught:
        make_optimizer(settings, schema.ConstantSchedule(kind="constant"), STEPS)
    assert words in caught.value.what
    assert f"optimizer.{next(iter(arguments))}=" in caught.value.received


def test_whole_numbers_do_for_arguments_that_keras_wants_as_floats(make_optimizer):
    settings = schema.Optimizer(name="SGD", learning_rate=1, momentum=0, weight_decay=1)
    optimizer = make_optimizer(settings, schema.ConstantSchedule(kind="constant"), STEPS)
    assert (optimizer.momentum, optimizer.weight_decay) == (0.0, 1.0)
