"""Text keys keep their text as typed; a number is the same on the command line and in YAML."""

import pytest
import yaml
from hydra._internal.core_plugins import file_config_source
from hydra._internal.sources_registry import SourcesRegistry

from mnister.config.as_typed import is_number, text_keys
from mnister.config.compose import check_overrides, check_sweep, compose_config, compose_run
from mnister.config.hydra_internals import YamlLoader, files_as_typed
from mnister.config.mistakes import ConfigError
from mnister.config.overrides import parse
from tests.config.refused import mistakes_of

# Hydra, YAML 1.1 or both read these as numbers or booleans that are written otherwise.
CHANGED = (
    "2026_11_29", "1.10", "1e5", "+5", "-0", "007", "0500", "1:30", "1:30.5", "0x10", "0b11",
    "true", "Yes", "off", "nan", "1_0.0",
)  # fmt: skip


@pytest.mark.parametrize("text", CHANGED)
def test_a_text_key_keeps_its_text_on_the_command_line(text):
    assert compose_config("infer", [f"images={text}", f"labels={text}"]).images == text
    typed = ["data=idx", f"data.dir={text}", f"export.dir={text}", f"data.class_names=[x,{text}]"]
    config = compose_config("train", typed)
    assert (config.data.dir, config.export.dir) == (text, text)
    assert config.data.class_names == ["x", text]
    composed = compose_run("train", [f"hydra.run.dir={text}", f"hydra.sweep.subdir={text}"])
    assert (composed.hydra.run.dir, composed.hydra.sweep.subdir) == (text, text)


@pytest.mark.parametrize("text", CHANGED)
def test_a_text_key_keeps_its_text_in_a_yaml_file(tmp_path, text):
    (tmp_path / "data").mkdir()
    lines = ["kind: idx", f"dir: {text}", f"class_names: [x, {text}]", "transposed: false",
             "validation_digits: 1_000", "limit: null"]  # fmt: skip
    (tmp_path / "data" / "own.yaml").write_text("\n".join(lines))
    data = compose_run("train", ["data=own"], own_folder=tmp_path).data
    assert (data.dir, list(data.class_names)) == (text, ["x", text])
    assert (data.transposed, data.validation_digits, data.limit) == (False, 1000, None)


def test_a_sweep_over_text_keeps_each():
    typed = ["data.dir=2026_11,2026_12,'a,1_0'", "export.dir=choice(1_0, b)", "seed=1_0,2"]
    expected = [
        "data.dir='2026_11','2026_12','a,1_0'",
        "export.dir=choice('1_0', b)",
        "seed=1_0,2",
    ]
    assert check_overrides("train", typed, is_sweep=True) == expected


def test_a_sweep_named_in_a_yaml_file_keeps_each_text(tmp_path):
    (tmp_path / "experiment").mkdir()
    lines = ["# @package _global_", "hydra: {sweeper: {params: {", "  export.dir: 5_0,",
             '  data.dir: "2026_11,x", seed: "1_0,2", model: glob(len*)}}}']  # fmt: skip
    (tmp_path / "experiment" / "own.yaml").write_text("\n".join(lines))
    composed = compose_run("train", ["experiment=own"], own_folder=tmp_path)
    assert composed.hydra.sweeper.params == {
        "export.dir": "'5_0'", "data.dir": "'2026_11',x", "seed": "1_0,2", "model": "glob(len*)",
    }  # fmt: skip
    typed = ["experiment=own", "device.threads=1"]
    *given, folder = check_sweep(typed, own_folder=tmp_path)
    assert (given, folder.partition("=")[0]) == (typed, "hydra.sweep.dir")


def test_a_glob_that_optuna_would_stumble_over_is_refused(tmp_path):
    (tmp_path / "experiment").mkdir()
    text = "# @package _global_\nhydra: {sweeper: {params: {model: glob(len*)}}}"
    (tmp_path / "experiment" / "own.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        check_sweep(["sweep=optuna", "experiment=own"], own_folder=tmp_path)
    assert [m.key for m in caught.value.mistakes] == ["hydra.sweeper.params.model"]


def test_a_source_may_be_registered_once_more():
    """So do the processes in which jobs run."""
    with files_as_typed():
        SourcesRegistry.instance().register(file_config_source.FileConfigSource)
        assert SourcesRegistry.instance().resolve("file").__module__.startswith("mnister")


def test_what_is_written_again_as_it_was_stays_a_number():
    typed = ["data=idx", "data.dir=2024", "data.class_names=[0,1,2]", "seed=2"]
    assert check_overrides("train", typed) == typed
    assert compose_config("infer", ["model=3"]).model == 3
    assert compose_config("infer", ["model=1_0"]).model == "1_0"
    assert mistakes_of("images=null", menu="infer")["images"].received == "null"


def test_which_keys_are_text_is_read_from_the_schema():
    assert {"dir", "images", "labels", "models_dir", "resume", "class_names"} <= text_keys()
    assert not {"layers", "callbacks", "workers", "seed", "threshold", "rotation"} & text_keys()


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("steps: 0500", "steps"),
        ("batch_size: 0100", "batch_size"),
        ("epochs: 1:30", "epochs"),
        ("epochs: 1:30.5", "epochs"),
        ("epochs: 01.5", "epochs"),
        ("seed: 1__0", "seed"),
        ("seed: 1_", "seed"),
        ("optimizer: {learning_rate: 00.1}", "optimizer.learning_rate"),
        ("optimizer: {clipnorm: 01}", "optimizer.clipnorm"),
        ("model: {layers: [{Dense: {units: 0100}}]}", "model.layers[0].Dense.units"),
        ("model: {layers: [{Conv2D: {kernel_size: [03, 3]}}]}",
         "model.layers[0].Conv2D.kernel_size"),
    ],
)  # fmt: skip
def test_a_number_that_the_command_line_refuses_is_refused_in_a_yaml_file(tmp_path, line, key):
    (tmp_path / "experiment").mkdir()
    own = tmp_path / "experiment" / "own.yaml"
    own.write_text(f"# @package _global_\n{line}\n")
    assert key in mistakes_of("experiment=own", own_folder=tmp_path)
    assert key in mistakes_of("experiment=own", f"hydra.searchpath=[file://{tmp_path}]")


def test_what_is_meant_by_leading_zeros_is_offered():
    assert mistakes_of("steps=0500")["steps"].instead == "steps=500"
    assert mistakes_of("images=[1_0]", menu="infer")["images"].received == "['1_0']"


@pytest.mark.parametrize(
    "text",
    [*CHANGED, "0", "7", "-7", "1_000", "1__0", "1_", "_1", "00", "01", "08", "1.", ".5", "-.5",
     "1.50", "01.5", "1E-3", "1_0e1_0", "1e", "1.e5", ".e5", ".5e5", "1.5_0", "1._5", "abc",
     "e5", ".", "-", "--", "1-2"],
)  # fmt: skip
def test_a_number_is_what_hydras_grammar_says(text):
    value = parse(f"seed={text}")
    is_hydras = value is not None and type(value.value()) in (int, float)
    assert (is_number(text) or text == "nan") == is_hydras


def test_yaml_keeps_the_numbers_that_nobody_reads_otherwise():
    text = "[0x1F, 0b11, -.inf, 1_000, 1e3, 1.50, 0.5, .5, -7, yes, null, '5', 2026-11-29]"
    expected = [31, 3, float("-inf"), 1000, 1000.0, 1.5, 0.5, 0.5, -7, True, None, "5"]
    assert yaml.load(text, Loader=YamlLoader) == [*expected, "2026-11-29"]


def test_other_programs_of_the_process_read_their_files_as_before():
    compose_config("infer", ["images=x"])
    sources = SourcesRegistry.instance().types
    assert not [s for s in sources.values() if s.__module__.startswith("mnister")]


def test_the_choices_that_a_glob_stands_for_are_swept():
    (models,) = check_overrides("train", ["model=glob(*,exclude=[page,s*])"], is_sweep=True)
    assert models.startswith("model=accurate,compact,")
    assert not {"page", "small"} & set(models.split(","))
    assert check_overrides("train", ["model=glob(lenet*)"], is_sweep=True) == ["model=lenet5"]


def test_a_glob_that_stands_for_nothing_is_refused():
    mistakes = mistakes_of("model=glob(x*)", "seed=glob(*)", is_sweep=True)
    assert mistakes["model"].received == "glob(x*)"
    assert "lenet5" in mistakes["model"].expected
    assert mistakes["seed"].expected == "a group, such as model, before glob()"
    assert mistakes_of("model=glob(lenet*)")["model"].problem == "several values in one run"
