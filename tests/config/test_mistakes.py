"""What can be typed wrong is refused, all of it at once, with what would have been right."""

import pytest

from mnister.config.compose import check_overrides, compose_config, compose_run
from mnister.config.mistakes import ConfigError, expectation, nearest
from mnister.config.schema import Optimizer
from mnister.config.section import Threshold
from mnister.errors import UserError
from tests.config.refused import mistakes_of

NEAREST = {
    "modle": "model=9",
    "optimizer.learning_rte": "optimizer.learning_rate=9",
    "learning_rate": "optimizer.learning_rate=9",
    "data.limmit": "data.limit=9",
    "export.nmae": "export.name=9",
    "sede": "seed=9",
    "augmentation.kin": "augmentation.kind=9",
    "augmentation.plain_end": "plain_end=9",
    "model.dropout": "dropout=9",
    "nothing_like_it": None,
}


@pytest.mark.parametrize("sign", ["", "+", "++"])
def test_a_key_that_is_not_there_is_refused_however_it_is_spelled(sign):
    mistakes = mistakes_of(*[f"{sign}{key}=9" for key in NEAREST])
    assert {key: mistake.instead for key, mistake in mistakes.items()} == NEAREST
    assert {mistake.received for mistake in mistakes.values()} == {"9"}
    assert "learning_rate, weight_decay" in mistakes["optimizer.learning_rte"].expected
    assert "limit" in mistakes["data.limmit"].expected


WRONG_VALUES = [
    {
        "epochs=-1": "a number of 0.01 or more",
        "batch_size=abc": "a whole number from 1 to 65536",
        "preprocessing.threshold=300": "auto, otsu or sauvola or a whole number from 0 to 255",
        "optimizer.learning_rate=inf": "a number above 0",
        "device.precision=float64": "auto, float32, mixed_bfloat16 or mixed_float16",
        "seed=-1": "a whole number from 0 below 2147483648",
        "model_version=0": "a whole number of 1 or more or null",
        "progress=maybe": "auto or true or false",
        "model.name=../../etc": "letters from a to z, digits, _ and -",
        f"export.name={'a' * 101}": "up to 100 letters",
    },
    {
        "epochs=nan": "a number",
        "batch_size=true": "a whole number",
        "preprocessing.threshold=atuo": "auto",
        "optimizer.learning_rate=0": "a number above 0",
        "seed=null": "a whole number",
        "data.kind=mnst": "mnist, idx, image_folder",
        "optimizer.name=Adm": "AdamW",
    },
    {
        "epochs=inf": "a number",
        "batch_size=1.5": "a whole number",
        "optimizer.learning_rate=fast": "a number",
        "model=lenet": "compact, conv_bn, crop, deep_mnist, lenet5, mlp",
        "experiment=orginal": "original",
        "optimizer=admw": "adam, adamw, keras, rmsprop, sgd",
        "augmentation=[none,affine]": "affine, crop, handwriting, none",
    },
]


@pytest.mark.parametrize("wrong", WRONG_VALUES)
def test_values_that_are_not_possible_are_refused_all_at_once(wrong):
    mistakes = mistakes_of(*wrong)
    assert {override.partition("=")[0] for override in wrong} <= set(mistakes)
    for override, expected in wrong.items():
        key, _, received = override.partition("=")
        assert expected in mistakes[key].expected
        assert mistakes[key].received.replace("'", "").replace(" ", "") == received


def test_the_nearest_choice_is_offered():
    mistakes = mistakes_of("model=lenet", "optimizer=admw", "experiment=orginal", "schedule=x",
                           "preprocessing.threshold=atuo", "device.precision=float64")  # fmt: skip
    assert {key: mistake.instead for key, mistake in mistakes.items()} == {
        "model": "model=lenet5",
        "optimizer": "optimizer=adamw",
        "experiment": "experiment=original",
        "schedule": None,
        "preprocessing.threshold": "preprocessing.threshold=auto",
        "device.precision": "device.precision=float32",
    }


def test_a_tag_that_is_changed_alone_is_a_choice_to_type():
    mistakes = mistakes_of("data.kind=idx", "device.kind=cpi")
    assert mistakes["data.transposed"].instead == "data=idx"
    assert mistakes["device.kind"].instead == "device=cpu"
    assert mistakes_of("runtime.name=litert", menu="infer")["runtime.threads"].instead == (
        "runtime=litert"
    )


def test_a_key_of_other_choices_names_them():
    mistakes = mistakes_of("data.test_dir=mine", "data.skip_broken=true", "schedule.step=3")
    assert mistakes["data.test_dir"].instead.startswith("data=idx data.test_dir=mine   (or ")
    assert mistakes["data.skip_broken"].received == "true"
    assert mistakes["data.skip_broken"].instead == "data=image_folder data.skip_broken=true"
    assert mistakes["schedule.step"].instead is None  # nothing is near
    mistake = mistakes_of("runtime.threads=2", menu="infer")["runtime.threads"]
    assert mistake.instead == "runtime=litert runtime.threads=2"


def test_what_was_received_is_told_from_what_is_meant():
    mistakes = mistakes_of("export.dir=", "steps='50'", "model.name=007")
    assert mistakes["export.dir"].received == "nothing"
    assert mistakes["steps"].received == '"50", a text'
    assert mistakes["steps"].instead == "steps=50"
    assert mistakes["model.name"].instead is None
    assert mistakes_of("images=", menu="infer")["images"].received == "nothing"


def test_what_is_allowed_is_said_as_it_is_typed():
    assert mistakes_of("rotation=45", menu="infer")["rotation"].expected == (
        "auto, 0, 90, 180 or 270"
    )
    assert mistakes_of("~data")["data"].expected == "a section of keys"
    mistake = mistakes_of("device=mirrored", "device.devices=[GPU0]")["device.devices[0]"]
    assert mistake.expected == "a list, each CPU:0, GPU:0, GPU:1 … or null"


def test_all_mistakes_are_told_at_once():
    mistakes = mistakes_of(
        "modle=lenet5", "model=lenet", "+optimizer.learning_rte=0.1", "epochs=-1",
        "batch_size=abc", "preprocessing.threshold=300", "nonsense",
        "model.layers=[Dens,{Dense:{unis:10}}]",
    )  # fmt: skip
    assert set(mistakes) == {
        "modle", "model", "optimizer.learning_rte", "epochs", "batch_size",
        "preprocessing.threshold", "nonsense", "model.layers[0]", "model.layers[1].Dense.unis",
    }  # fmt: skip


def test_missing_values_are_asked_for():
    assert mistakes_of("data=idx")["data.dir"].instead == "data.dir=…"
    assert mistakes_of("optimizer=keras")["optimizer.name"].problem.startswith("has no default")
    assert mistakes_of("~seed")["seed"].problem == "missing"


def test_epochs_contradict_steps():
    mistake = mistakes_of("epochs=3", "steps=100")["epochs"]
    assert mistake.problem == "contradicts steps"
    assert mistake.received == "epochs=3 and steps=100"
    assert "epochs" in mistakes_of("experiment=original", "epochs=3")
    assert compose_config("train", ["experiment=original", "epochs=3", "steps=null"]).epochs == 3


def test_hydras_own_keys_are_checked():
    mistake = mistakes_of("hydra/launcher=basik")["hydra/launcher"]
    assert mistake.expected.startswith("basic")  # installed plugins offer more launchers
    assert mistake.instead == "hydra/launcher=basic"
    assert "hydra.nothing" in mistakes_of("hydra.nothing=1")


def test_an_interpolation_to_nothing_is_named():
    mistake = mistakes_of("seed=${nothing.there}")["seed"]
    assert mistake.problem == "cannot be resolved"
    assert "nothing.there" in mistake.received


def test_an_optimizers_arguments_are_plain():
    mistakes = mistakes_of(
        "optimizer.weight_decay={class_name:x,module:os}", "optimizer.clipnorm=much",
        "optimizer.use_ema={class_name:x}",
        "optimizer.learning_rate={class_name:CosineDecay}", "optimizer.beta_1=nan",
    )  # fmt: skip
    assert {key: mistake.expected for key, mistake in mistakes.items()} == {
        "optimizer.learning_rate": "a number above 0",
        "optimizer.weight_decay": "a number of 0 or more or null",
        "optimizer.clipnorm": "a number above 0 or null",
        "optimizer.use_ema": "a number, true, false or null",
        "optimizer.beta_1": "a number from 0 below 1",
    }


def test_an_optimizers_arguments_have_their_range_in_every_optimizer():
    typed = ("weight_decay=-0.1", "beta_1=1.0", "beta_2=2", "epsilon=0")
    mistakes = mistakes_of(*[f"optimizer.{argument}" for argument in typed])
    assert {key: mistake.expected for key, mistake in mistakes.items()} == {
        "optimizer.weight_decay": "a number of 0 or more or null",
        "optimizer.beta_1": "a number from 0 below 1",
        "optimizer.beta_2": "a number from 0 below 1",
        "optimizer.epsilon": "a number above 0",
    }
    for optimizer, argument in [("sgd", "momentum"), ("rmsprop", "rho"), ("adam", "ema_momentum")]:
        for value in ("-0.1", "1", "true", "null"):
            wrong = mistakes_of(f"optimizer={optimizer}", f"optimizer.{argument}={value}")
            assert wrong[f"optimizer.{argument}"].expected == "a number from 0 below 1"


@pytest.mark.parametrize("argument", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_a_bound_of_the_gradient_that_would_do_nothing_is_refused(argument):
    key = f"optimizer.{argument}"
    for value in ("-1", "0", "true"):
        assert mistakes_of(f"{key}={value}")[key].expected == "a number above 0 or null"
    for value, taken in (("0.5", 0.5), ("null", None)):
        optimizer = compose_config("train", [f"{key}={value}"]).optimizer
        assert optimizer.arguments[argument] == taken


def test_an_argument_that_the_optimizer_has_not_is_told_once():
    with pytest.raises(ConfigError) as caught:
        check_overrides("train", ["optimizer.momentum=5"])
    (mistake,) = caught.value.mistakes
    assert mistake.problem == "keras.optimizers.AdamW has no such argument"


def test_an_optimizers_arguments_may_be_all_within_their_range():
    typed = ["optimizer.beta_1=0", "optimizer.beta_2=0.9999", "optimizer.weight_decay=null"]
    optimizer = compose_config("train", [*typed, "optimizer.ema_momentum=0.9"]).optimizer
    assert Optimizer.model_validate(optimizer.model_dump()) == optimizer
    arguments = optimizer.arguments
    assert set(arguments) == {"beta_1", "beta_2", "weight_decay", "ema_momentum"}
    assert (arguments["beta_1"], arguments["beta_2"]) == (0, 0.9999)
    assert (arguments["weight_decay"], arguments["ema_momentum"]) == (None, 0.9)


@pytest.mark.parametrize(
    "wrong",
    [
        ["mode=multidigit", "preprocessing.threshold=300", "rotation=45", "image=x.png"],
        ["mode=multi_digit", "reading_order=up", "model=-1", "min_confidence=2"],
        ["reading_order=bottom_to_top", "runtime.threads=0"],
        ["mode=benchmark", "batch_sizes=[]", "repeats=1"],
    ],
)
def test_what_cannot_be_read_with_is_refused(wrong):
    keys = {override.partition("=")[0] for override in wrong}
    assert set(mistakes_of(*wrong, menu="infer")) == keys - (
        {"mode"} if wrong[0] != "mode=multidigit" else set()
    )


def test_what_is_composed_is_what_was_typed_with_hydras_settings():
    composed = compose_run(
        "train", ["model=lenet5", "optimizer.use_ema=true", "hydra.verbose=true"]
    )
    assert composed.hydra.overrides.task == ["model=lenet5", "++optimizer.use_ema=true"]
    assert composed.hydra.verbose is True
    assert composed.hydra.run.dir.startswith("outputs/train/")


def test_a_mistake_has_the_shape_of_every_error():
    with pytest.raises(UserError) as caught:
        compose_config("train", ["model=lenet"])
    assert str(caught.value).splitlines() == [
        "model: no such choice.",
        "  Expected: accurate, compact, conv_bn, crop, deep_mnist, lenet5, mlp, page, small, tiny",
        "  Received: lenet",
        "  Instead:  model=lenet5",
    ]


def test_the_nearest_word_is_near():
    assert nearest("lenet", ["lenet5", "mlp"]) == "lenet5"
    assert nearest("transformer", ["lenet5", "mlp"]) is None
    assert nearest(5, ["55", "mlp"]) == "55"


def test_an_expectation_says_what_is_allowed():
    assert expectation(Threshold) == "auto, otsu or sauvola or a whole number from 0 to 255"
    assert expectation(list[int]) == "a list, each a whole number"
    assert expectation(bool | None) == "true or false or null"
