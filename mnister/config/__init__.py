"""The two menus: Hydra composes the files of `conf/`, this package checks the result.

    compose.py      overrides as typed → a composed config, wrong ones collected, not fatal
    typed.py        overrides as typed → Hydra's form; choices that do not exist, values of a sweep
    overrides.py    one override → the form in which Hydra's grammar takes it
    as_typed.py     which keys are text as typed; what a number is, in YAML files too
    schema.py       every key's type and range for train.py, with data_schema.py;
                    infer_schema.py, serve_schema.py and fields_schema.py for infer.py;
                    section.py: what these are made of
    check.py        a composed config → its schema's object, or all that is wrong with it
    tasks.py        what is of one kind of data where another is learned
    layer_lists.py  the names and arguments that a model's YAML lists
    begun.py        what a run's folder was begun with, compared with what is asked for
    resume.py       a run that is gone on with; sweeps.py: a sweep's folder, jobs and threads
    hydra_errors.py what Hydra says against a config, as a mistake
    hydra_internals.py all that is taken from inside Hydra
    help.py         the menu that `--help` shows
    workers.py      who trains together: addresses, the list's mistakes
    mistakes.py     one mistake and its words

Nothing here imports TensorFlow or Keras: a wrong config never reaches them. This file imports
nothing else of the package but where they lie: completion needs no more.
"""

from typing import Any, Literal

from mnister.bundled import CONF

Menu = Literal["train", "infer"]

CONFIG_FOLDERS = {"train": CONF, "infer": CONF / "infer"}

# Keys that configs of earlier versions had, and the value that stands for what is done now.
GONE = {"members": 1}
# Dotted keys that they had not, and the value that stands for what was done then.
ADDED: dict[str, Any] = {
    "data.test_dir": None,
    "data.skip_broken": False,
    "data.validation_split": "first",
    "export.quantize": False,
    "weights": None,
}
