"""All that is taken from inside Hydra, where it may change without notice; each with a reason."""

import argparse
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

# A run's callbacks, and the loader that a job's context holds: `hydra.main` makes both, but only
# after composing the config two times more, a quarter of a second.
from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl

# How it reads the files of a folder: a plug-in for it may not replace Hydra's own.
from hydra._internal.core_plugins import file_config_source
from hydra._internal.sources_registry import SourcesRegistry

# The options that Hydra itself knows: its `main` wants them together, here they stand anywhere.
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.plugins import Plugins
from hydra.core.utils import run_job
from hydra.plugins.config_source import ConfigLoadError, ConfigResult
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig, OmegaConf

# How YAML is read: numbers such as 1e3, no dates, no key twice.
from omegaconf._utils import get_yaml_loader

from mnister.config.as_typed import is_number, is_plain_number, is_text_key
from mnister.config.overrides import normalize

# Where Hydra refuses options that contradict each other, with a bare ValueError.
REFUSING_MODULES = ("hydra.main", "hydra._internal.utils")


def parse_options() -> tuple[argparse.Namespace, list[str]]:
    """Return what was typed as Hydra's parser takes it, and what it does not know."""
    return get_args_parser().parse_known_intermixed_args()


def run_composed(
    folder: Path, name: str, composed: DictConfig, job: Callable[[DictConfig], Any]
) -> None:
    """Do what `hydra.main` does with a run's config, but for composing it again.

    Args:
        folder: Where the config was composed from.
        name: Of the primary config.
        composed: With Hydra's own settings below `hydra`.
        job: What is run; what it raises is raised here.
    """
    composed.hydra.mode = RunMode.RUN
    callbacks = Callbacks(composed)
    loader = ConfigLoaderImpl(create_config_search_path(str(folder)))
    callbacks.on_run_start(config=composed, config_name=name)
    ended = run_job(job, composed, "hydra.run.dir", None, HydraContext(loader, callbacks))
    callbacks.on_run_end(config=composed, config_name=name, job_return=ended)
    _ = ended.return_value  # raises what the job raised


@contextlib.contextmanager
def files_as_typed() -> Iterator[None]:
    """Let Hydra read YAML files with `YamlLoader` as long as the block lasts."""
    Plugins.instance()  # registers Hydra's own, which would not stand beside another
    sources = SourcesRegistry.instance().types
    before = sources["file"]
    sources["file"] = FileConfigSource
    try:
        yield
    finally:
        sources["file"] = before


class FileConfigSource(file_config_source.FileConfigSource):
    """`conf/`, `--config-dir` and the folders of `hydra.searchpath`.

    It has the name of Hydra's own: a sweep's other processes get this one with all that is
    registered, register their own once more, and would take one of another name for a mistake.
    """

    def load_config(self, config_path: str) -> ConfigResult:
        """Read a YAML file of the folder."""
        file = Path(self.path, self._normalize_file_name(config_path))
        if not file.exists():
            raise ConfigLoadError(f"Config not found : {file}")
        with file.open(encoding="utf-8-sig") as stream:  # some editors begin it with a BOM
            header = self._get_header_dict(stream.read(512))
            stream.seek(0)
            content = yaml.load(stream, Loader=YamlLoader)
        config = OmegaConf.create({} if content is None else content)
        return ConfigResult(self.provider, f"{self.scheme()}://{self.path}", config, header)


class YamlLoader(get_yaml_loader()):
    """Reads a YAML file as OmegaConf does, but what was typed is what is meant."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        """Return a mapping, the values of its text keys as they are written."""
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and is_text_key(key.value):
                for part in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    _keep_text(key.value, part)
        return super().construct_mapping(node, deep=deep)

    def construct_number(self, node: yaml.ScalarNode) -> int | float | str:
        """Return a number if the command line would, else the text, which no number key takes."""
        if not is_number(node.value, is_yaml=True):
            return self.construct_scalar(node)
        is_whole = node.tag == _WHOLE
        return self.construct_yaml_int(node) if is_whole else self.construct_yaml_float(node)


def _keep_text(key: str, node: yaml.Node) -> None:
    """Let a scalar be the text that it is, whatever YAML takes it for."""
    if "." in key and isinstance(node, yaml.ScalarNode):  # in hydra.sweeper.params: an override
        node.value = normalize("train", f"{key}={node.value}").partition("=")[2]
    if node.tag in _NOT_TEXT and not is_plain_number(node.value):
        node.tag = yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG


_WHOLE, _FLOAT, _BOOLEAN = (f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool"))
_NOT_TEXT = (_WHOLE, _FLOAT, _BOOLEAN)
for _tag in (_WHOLE, _FLOAT):
    YamlLoader.add_constructor(_tag, YamlLoader.construct_number)
