"""A training that begins with the weights of an exported model."""

import csv
import json
import shutil

import numpy as np
import pytest
import yaml

from mnister.config import CONFIG_FOLDERS
from mnister.detecting.crops import cut_crops
from mnister.detecting.peaks import softmax
from mnister.detecting.pyramid import answer_of
from mnister.errors import UserError
from mnister.models import store
from mnister.models.builtin import BUILTIN
from mnister.models.load import load_network
from mnister.models.weights import read_weights
from mnister.pages.made import make_page

MODELS = CONFIG_FOLDERS["train"] / "model"


@pytest.fixture(scope="module")
def build():
    """Give a function that builds a model of the menu."""
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    import keras

    from mnister.tasks.crops import crop_form
    from mnister.tasks.digits import digit_form
    from mnister.tasks.pages import page_form
    from mnister.training.model import build_network

    keras.mixed_precision.set_dtype_policy("float32")

    def make(name, classes=10):
        layers = yaml.safe_load((MODELS / f"{name}.yaml").read_text("utf-8"))["layers"]
        forms = {"page": page_form(None), "crop": crop_form()}
        form = forms.get(name) or digit_form(classes)
        return build_network(layers, form, name)

    return make


@pytest.mark.parametrize("name", ["compact", "conv_bn", "lenet5"])
def test_the_weights_of_a_saved_model_are_those_of_its_network(build, name, tmp_path):
    import keras

    network = build(name)
    rng = np.random.default_rng(1)
    network.set_weights([rng.normal(size=v.shape) for v in network.get_weights()])
    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint("serving_default", network.call,
                         [keras.InputSpec(shape=(None, 28, 28, 1), dtype="float32")])  # fmt: skip
    archive.write_out(str(tmp_path), verbose=False)
    read = read_weights(store.ExportedModel(name, 1, tmp_path, {}))
    for given, own in zip(read, network.get_weights(), strict=True):
        np.testing.assert_array_equal(given, own)


def test_a_network_begins_with_the_weights_of_the_one_that_comes_with_mnister(build):
    from mnister.training.begin_from import begin_from

    network = build("page")
    begin_from(network, "builtin", "nowhere", "pages")

    class Own:
        def answer(self, images):
            return network(images[..., None].astype("float32"), training=False).numpy()

    builtin = load_network(store.find_model("nowhere", BUILTIN["pages"], task="pages"), "litert")
    image = make_page(3, 4).image
    first, second = (answer_of(each, image) for each in (Own(), builtin))
    likely, known = (1 / (1 + np.exp(-answer[..., :10])) for answer in (first, second))
    assert known.max() > 0.5
    assert np.abs(likely - known).max() < 0.05  # 8-bit activations differ a little


def test_a_crop_network_does_so_too(build):
    from mnister.training.begin_from import begin_from

    network = build("crop")
    begin_from(network, "builtin", "nowhere", "crops")
    builtin = load_network(store.find_model("nowhere", BUILTIN["crops"], task="crops"), "litert")
    page = make_page(3, 4)
    crops = cut_crops(page.image, page.boxes)[..., None]
    logits = network(crops.astype("float32"), training=False).numpy()
    known = builtin.predict(crops)
    assert known.max() > 0.8
    assert np.abs(softmax(logits) - known).max() < 0.15  # 8-bit activations differ a little


def test_a_run_begins_where_another_ended_and_goes_on_from_itself(run_python, tiny_run, tmp_path):
    arguments = ["data.limit=600", "batch_size=64", "model=lenet5", "steps=2",
                 "optimizer.learning_rate=0.0001", f"weights={tiny_run.version}",
                 f"export.dir={tmp_path / 'models'}"]  # fmt: skip
    run = f"hydra.run.dir={tmp_path / 'run'}"
    done = run_python("train.py", *arguments, run)
    assert done.returncode == 0, done.stderr
    assert "Begins with the weights of lenet5/1" in done.stderr
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["test_accuracy"] > tiny_run.metrics["test_accuracy"] - 0.05 > 0.3
    again = run_python("train.py", f"resume={tmp_path / 'run'}", "steps=4")
    assert again.returncode == 0, again.stderr
    assert "Begins with" not in again.stderr
    rows = list(csv.DictReader((tmp_path / "run" / "metrics.csv").open()))
    assert rows[-1]["step"] == "4"


def test_other_classes_get_a_new_last_layer(build, tiny_run):
    from mnister.training.begin_from import begin_from

    network = build("lenet5", classes=26)
    before = network.get_weights()
    begin_from(network, "lenet5", tiny_run.models, "digits")
    after, given = network.get_weights(), read_weights(store.find_model(tiny_run.models, "lenet5"))
    for own, its in zip(after[:-2], given, strict=False):
        np.testing.assert_array_equal(own, its)
    np.testing.assert_array_equal(after[-2], before[-2])


def test_several_models_give_their_mean(build, tiny_run, tmp_path):
    from mnister.training.begin_from import begin_from

    other = shutil.copytree(tiny_run.version, tmp_path / "lenet5" / "2")
    network = build("lenet5")
    begin_from(network, [str(tiny_run.version), str(other)], "nowhere", "digits")
    given = read_weights(store.find_model(tiny_run.models, "lenet5"))
    for own, its in zip(network.get_weights(), given, strict=True):
        np.testing.assert_allclose(own, its, rtol=1e-6)
    with pytest.raises(UserError, match="weights=other names no exported model"):
        begin_from(network, [str(tiny_run.version), "other"], tiny_run.models, "digits")


def test_weights_of_another_model_are_refused(build, tiny_run):
    from mnister.training.begin_from import begin_from

    with pytest.raises(UserError, match=r"weights=lenet5 does not fit model=mlp(?s:.*)Expected:"):
        begin_from(build("mlp"), "lenet5", tiny_run.models, "digits")
    with pytest.raises(UserError, match="weights=other names no exported model"):
        begin_from(build("mlp"), "other", tiny_run.models, "digits")
    with pytest.raises(UserError, match=r"model of another kind(?s:.*)weights=latest"):
        begin_from(build("mlp"), "builtin", tiny_run.models, "digits")
