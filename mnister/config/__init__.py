"""The two menus: Hydra composes the files of `conf/`, this package checks the result.

    compose.py      overrides as typed → a composed config, wrong ones collected, not fatal
    schema.py       every key's type and range
    check.py        a composed config → its schema's object, or all that is wrong with it
    layer_lists.py  the names and arguments that a model's YAML lists
    keras_names.py  what Keras offers, without importing it
    hydra_errors.py what Hydra says against a config, as a mistake
    help.py         the menu that `--help` shows
    workers.py      who trains together: addresses, the list's mistakes
    mistakes.py     one mistake and its words

Nothing here imports TensorFlow or Keras: a wrong config never reaches them. This file imports
nothing else of the package either: completion needs the folders only.
"""

from pathlib import Path
from typing import Literal

Menu = Literal["train", "infer"]

_CONF = Path(__file__).resolve().parents[2] / "conf"
CONFIG_FOLDERS = {"train": _CONF, "infer": _CONF / "infer"}
