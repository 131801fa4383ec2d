"""Overrides are understood however they are spelled; of a sweep, every value is checked."""

import pytest

from mnister.config.compose import check_overrides, compose_config
from mnister.config.mistakes import ConfigError
from tests.config.refused import mistakes_of


def test_what_cannot_be_understood_is_refused():
    overrides = ["a", "=", "=5", "seed =3"]
    mistakes = mistakes_of(*overrides)
    assert list(mistakes) == overrides
    assert {mistake.problem for mistake in mistakes.values()} == {"cannot be understood"}


@pytest.mark.parametrize(
    "name", ["Größe.png", "it's [1], a(b){c}=d.png", "日本/x.png", "2024", "end\\", "\\' x"]
)
def test_a_file_may_have_any_name(name):
    assert compose_config("infer", [f"images={name}"]).images == name


def test_what_is_no_value_of_the_grammar_is_checked_as_text():
    mistakes = mistakes_of("seed=[", "epochs={a", "model=lenet(5", "model.name=größe")
    assert {key: mistake.received for key, mistake in mistakes.items()} == {
        "seed": "[", "epochs": "{a", "model": "lenet(5", "model.name": "größe",
        "export.name": "größe",
    }  # fmt: skip


def test_a_plus_before_a_key_or_a_choice_says_nothing():
    typed = ["+model=lenet5", "++seed=5", "+optimizer.clipnorm=1.0"]
    expected = ["model=lenet5", "seed=5", "++optimizer.clipnorm=1.0"]
    assert check_overrides("train", typed) == expected


@pytest.mark.parametrize("group", ["model", "experiment", "sweep"])
def test_no_choice_is_no_choice(group):
    assert mistakes_of(f"{group}=null")[group].problem == "no such choice"


def test_every_value_of_a_sweep_is_checked():
    mistakes = mistakes_of(
        "seed=1,-2", "model=lenet5,lenet", "epochs=choice(1,abc)", "batch_size=range(-1,1)",
        is_sweep=True,
    )  # fmt: skip
    assert set(mistakes) == {"seed", "model", "epochs", "batch_size"}
    assert mistakes["seed"].received == "-2"
    assert mistakes["model"].instead == "model=lenet5"
    with pytest.raises(ConfigError) as caught:
        check_overrides("train", ["seed=-1,-2,3"], is_sweep=True)
    assert [mistake.received for mistake in caught.value.mistakes] == ["-1", "-2"]


def test_a_right_sweep_is_let_through():
    typed = ["model=lenet5,mlp", "seed=range(1,4)", "optimizer.clipnorm=1,2"]
    checked = check_overrides("train", typed, is_sweep=True)
    assert checked == [*typed[:2], "++optimizer.clipnorm=1,2"]


def test_a_sweep_must_be_asked_for():
    mistake = mistakes_of("seed=1,2")["seed"]
    assert mistake.instead.startswith("-m seed=1,2")
