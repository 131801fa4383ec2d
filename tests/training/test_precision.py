"""`precision=auto` measures once and is what the run's folder says ever after."""

import json
import shutil

import numpy as np
import pytest

from mnister.config.compose import compose_config
from mnister.tasks.digits import digit_form
from mnister.training import precision as precision_module
from mnister.training.model import build_network
from mnister.training.precision import choose_precision, may_gain, measure_speeds


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Give an empty folder for what is measured."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


WITH_BFLOAT16 = {"sse2", "avx512_bf16"}


@pytest.fixture(autouse=True)
def processor(monkeypatch):
    """Take any processor for one that has instructions for bfloat16, and let a test change it."""
    instructions = set(WITH_BFLOAT16)
    monkeypatch.setattr(precision_module, "read_cpu_instructions", lambda: instructions)
    return instructions


@pytest.fixture(autouse=True)
def full_precision_afterwards():
    import keras

    yield
    keras.mixed_precision.set_dtype_policy("float32")


@pytest.fixture(scope="module")
def strategy():
    import tensorflow as tf

    return tf.distribute.OneDeviceStrategy("CPU:0")


def make_config(*overrides):
    return compose_config("train", ["model=lenet5", "batch_size=32", *overrides])


def build():
    """Return a network that trains fast on any processor, without its instructions too."""
    import keras

    network = build_network(["Flatten", {"Dense": {"units": 10}}], digit_form(10), "smallest")
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    network.compile("adam", loss, metrics=["accuracy"], jit_compile=False)
    return network


def refuse_to_build():
    pytest.fail("it was measured again")


def write(folder, **speeds):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "precision.json").write_text(json.dumps({"images_per_second": speeds}))


@pytest.fixture(scope="module")
def measurement(tmp_path_factory, strategy):
    """Measure once: the precision chosen, and the folder of the run with its `cache` beside it."""
    folder = tmp_path_factory.mktemp("measured")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setattr(precision_module, "read_cpu_instructions", lambda: WITH_BFLOAT16)
        chosen = choose_precision(make_config(), build, strategy, folder / "run")
    return chosen, folder


@pytest.fixture
def measured(measurement, cache):
    """Let a test find in its cache what was measured; return the one file of it."""
    shutil.copytree(measurement[1] / "cache", cache)
    (cached,) = cache.rglob("*.json")
    return cached


def test_auto_takes_the_faster_and_keeps_what_it_measured(measurement, measured):
    chosen, folder = measurement
    kept = (folder / "run" / "precision.json").read_text()
    speeds = json.loads(kept)["images_per_second"]
    assert min(speeds.values()) > 0
    is_worthwhile = speeds["mixed_bfloat16"] >= 1.1 * speeds["float32"]
    assert chosen == ("mixed_bfloat16" if is_worthwhile else "float32")
    assert measured.read_text() == kept


def test_another_run_takes_what_was_measured_another_network_does_not(
    tmp_path, cache, strategy, measurement, measured
):
    chosen = choose_precision(
        make_config("optimizer.learning_rate=0.1"), refuse_to_build, strategy, tmp_path / "second"
    )
    assert chosen == measurement[0]
    assert (tmp_path / "second" / "precision.json").read_text() == measured.read_text()
    choose_precision(make_config("model=mlp"), build, strategy, tmp_path / "third")
    assert len(list(cache.rglob("*.json"))) == 2


def test_how_far_an_optimizer_steps_is_not_measured_again(tmp_path, strategy):
    first, second = (
        make_config("optimizer=adamw", f"optimizer.weight_decay={decay}") for decay in (0.01, 0.02)
    )
    choose_precision(first, build, strategy, tmp_path / "first")
    choose_precision(second, refuse_to_build, strategy, tmp_path / "second")


@pytest.mark.parametrize(
    ("reduced", "expected"), [(90, "float32"), (109, "float32"), (111, "mixed_bfloat16")]
)
def test_a_run_that_goes_on_takes_what_it_took(tmp_path, strategy, measured, reduced, expected):
    write(tmp_path, float32=100, mixed_bfloat16=reduced)
    measured.write_text(json.dumps({"images_per_second": {"float32": 9, "mixed_bfloat16": 9}}))
    assert choose_precision(make_config(), refuse_to_build, strategy, tmp_path) == expected
    assert json.loads(measured.read_text())["images_per_second"]["float32"] == 9


def test_a_processor_without_bfloat16_is_not_measured_not_even_later(
    tmp_path, strategy, processor
):
    processor.discard("avx512_bf16")
    assert choose_precision(make_config(), refuse_to_build, strategy, tmp_path) == "float32"
    processor.add("avx512_bf16")  # the run goes on on another machine
    assert choose_precision(make_config(), refuse_to_build, strategy, tmp_path) == "float32"


@pytest.mark.parametrize(
    ("instructions", "expected"), [({"avx2"}, False), ({"amx_bf16"}, True), (set(), True)]
)
def test_only_a_processor_that_names_its_instructions_is_known_not_to_gain(
    strategy, instructions, expected
):
    assert may_gain(strategy, instructions) is expected


def test_a_damaged_file_is_measured_anew(tmp_path, strategy):
    (tmp_path / "precision.json").write_text('{"images_per_second": {"float32": 1')
    assert choose_precision(make_config(), build, strategy, tmp_path) in (
        "float32",
        "mixed_bfloat16",
    )
    assert len(json.loads((tmp_path / "precision.json").read_text())["images_per_second"]) == 2


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_what_is_asked_for_is_not_measured(tmp_path, strategy, precision):
    config = make_config(f"device.precision={precision}")
    assert choose_precision(config, refuse_to_build, strategy, tmp_path) == precision
    assert not list(tmp_path.rglob("*.json"))


def test_bits_never_depend_on_a_measurement(tmp_path, strategy):
    config = make_config("device.precision=auto", "device.deterministic=true")
    assert choose_precision(config, refuse_to_build, strategy, tmp_path) == "float32"


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch, strategy):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    choose_precision(make_config(), build, strategy, tmp_path / "run")
    assert (tmp_path / "run" / "precision.json").is_file()


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_a_network_in_half_precision_gives_float32(precision, strategy):
    import keras

    keras.mixed_precision.set_dtype_policy(precision)
    network = build()
    assert network.layers[1].compute_dtype == precision.removeprefix("mixed_")
    logits = network(np.zeros((2, 28, 28, 1), np.uint8))
    assert logits.dtype == "float32"
    assert all(variable.dtype == "float32" for variable in network.trainable_variables)
    speeds = measure_speeds(build, strategy, 8, (precision,))
    assert list(speeds) == [precision]
    assert speeds[precision] > 0
