"""The two menus: Hydra composes the files of `conf/`, this package checks the result.

    compose.py      overrides as typed → a composed config, wrong ones collected, not fatal
    schema.py       every key's type and range
    check.py        a composed config → its schema's object, or all that is wrong with it
    layer_lists.py  the names and arguments that a model's YAML lists
    keras_names.py  what Keras offers, without importing it
    mistakes.py     one mistake and its words

Nothing here imports TensorFlow or Keras: a wrong config never reaches them.
"""

from mnister.config.check import check
from mnister.config.compose import CONFIG_FOLDERS, Menu, check_overrides, compose_config
from mnister.config.mistakes import ConfigError, Mistake

__all__ = [
    "CONFIG_FOLDERS",
    "ConfigError",
    "Menu",
    "Mistake",
    "check",
    "check_overrides",
    "compose_config",
]
