"""What is of one kind of data is refused where another is learned."""

import pytest

from mnister.config.compose import compose_config
from tests.config.refused import mistakes_of


def test_the_recipes_of_pages_compose():
    whole, quick = (compose_config("train", [f"experiment={n}"]) for n in ("page", "page_quick"))
    assert (whole.data.kind, whole.augmentation.kind, whole.model.name) == (
        "pages",
        "page",
        "page",
    )
    assert quick.epochs * 4 <= whole.epochs
    assert (whole.weights, quick.weights) == (None, "builtin")
    assert quick.model == whole.model


def test_the_recipe_of_crops_composes_and_may_smooth_its_labels():
    config = compose_config("train", ["experiment=crop"])
    kinds = config.data.kind, config.augmentation.kind, config.model.name
    assert kinds == ("crops", "crop", "crop")
    assert config.label_smoothing > 0


@pytest.mark.parametrize(
    ("typed", "key", "instead"),
    [
        (["data=pages"], "augmentation", "augmentation=page"),
        (["augmentation=page"], "augmentation", "experiment=page"),
        (["experiment=page", "label_smoothing=0.1"], "label_smoothing", "label_smoothing=0.0"),
        (["data=crops"], "augmentation", "augmentation=crop"),
        (["augmentation=crop"], "augmentation", "experiment=crop"),
        (["experiment=page", "augmentation=crop"], "augmentation", "augmentation=page"),
        (["experiment=crop", "test_time_augmentation=true"], "test_time_augmentation",
         "test_time_augmentation=false"),
        (["experiment=page", "test_time_augmentation=true"], "test_time_augmentation",
         "test_time_augmentation=false"),
    ],
)  # fmt: skip
def test_what_is_of_the_other_task_is_refused(typed, key, instead):
    mistakes = mistakes_of(*typed)
    assert list(mistakes) == [key]
    assert mistakes[key].instead == instead


def test_a_page_must_be_whole_squares():
    mistakes = mistakes_of("experiment=page", "data.size=100", "data.reuse=0")
    assert set(mistakes) == {"data.size", "data.reuse"}


def test_pages_may_stay_as_they_are():
    config = compose_config("train", ["experiment=page", "augmentation=none"])
    assert config.augmentation.kind == "none"
