"""The menu as `--help` shows it.

Hydra's own takes a second longer: it copies its whole repository for every group that it lists.
"""

import textwrap
from pathlib import Path
from string import Template

from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from mnister.config import CONFIG_FOLDERS, Menu
from mnister.config.compose import compose_run, without_hydra
from mnister.invocation import command_for

WIDTH = 80  # columns


def help_text(
    menu: Menu,
    overrides: list[str],
    *,
    own_folder: str | Path | None = None,
    resolve: bool = False,
) -> str:
    """Fill in the menu's `hydra.help.template`: groups with their choices, and the config.

    Args:
        menu: `train` or `infer`.
        overrides: As on the command line: the config is shown as they make it. No sweeps.
        own_folder: The user's own YAMLs (`--config-dir`).
        resolve: Show what references in the config stand for.

    Raises:
        ConfigError: With every mistake that was found in the overrides.
    """
    composed = compose_run(menu, overrides, own_folder=own_folder)
    HydraConfig.instance().set_config(composed)  # the template refers to its header and footer
    own_folders = [] if own_folder is None else [Path(own_folder).absolute()]
    text = Template(composed.hydra.help.template).substitute(
        APP_CONFIG_GROUPS=_list_groups([CONFIG_FOLDERS[menu], *own_folders]),
        CONFIG=OmegaConf.to_yaml(without_hydra(composed), resolve=resolve),
    )
    for name in CONFIG_FOLDERS:
        text = text.replace(f"python {name}.py", command_for(name))
    return text


def _list_groups(folders: list[Path]) -> str:
    """Write a line for each sub-folder that holds YAMLs: `model: compact, lenet5`."""
    groups: dict[str, set[str]] = {}
    for folder in folders:
        for file in folder.glob("*/**/*.yaml"):
            groups.setdefault(file.parent.relative_to(folder).as_posix(), set()).add(file.stem)
    lines = (f"{group}: {', '.join(sorted(groups[group]))}" for group in sorted(groups))
    return "".join(f"{textwrap.fill(line, WIDTH, subsequent_indent='  ')}\n" for line in lines)
