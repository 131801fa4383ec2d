"""Does the next Hydra compose what stands in conf/? make check-hydra-next

Run with the candidate on the path; says of every choice of every group what breaks.
"""

import importlib.metadata
import sys
import tempfile
from pathlib import Path

from hydra import compose, initialize_config_dir

from mnister.config import CONFIG_FOLDERS
from mnister.config.sweeps import register_resolvers


def choices(folder):
    """Yield each choice of a menu as it is typed."""
    for file in sorted(folder.glob("*/*.yaml")):
        if file.parent.name != "infer":
            yield f"{file.parent.name}={file.stem}"


def fault(menu, override):
    """Return what goes wrong when a choice is composed; None if nothing does."""
    needed = ["data.dir=x"] if override in ("data=idx", "data=image_folder") else []
    try:
        with initialize_config_dir(str(CONFIG_FOLDERS[menu]), version_base="1.3"):
            compose(menu, [override, *needed], return_hydra_config=True)
    except Exception as error:  # whatever a candidate raises is what is asked for
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return None


def inside():
    """Return what goes wrong with what is taken from inside Hydra; None if nothing does."""
    try:
        from mnister.config import hydra_internals
        from mnister.config.compose import compose_unchecked

        hydra_internals.parse_options()
        with tempfile.TemporaryDirectory() as run:
            composed = compose_unchecked("train", [f"hydra.run.dir={run}"], with_hydra=True)
            folder = CONFIG_FOLDERS["train"]
            hydra_internals.run_composed(folder, "train", composed, lambda config: config.seed)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def main():
    """Print the faults; return how many there are."""
    register_resolvers()
    sys.argv[1:] = []
    tried = [(menu, c) for menu in CONFIG_FOLDERS for c in choices(CONFIG_FOLDERS[menu])]
    faults = {f"{menu}: {choice}": fault(menu, choice) for menu, choice in tried}
    faults["config/hydra_internals.py"] = inside()
    broken = {name: reason for name, reason in faults.items() if reason}
    for name, reason in broken.items():
        print(f"{name}\n  {reason}")
    versions = [f"{p} {importlib.metadata.version(p)}" for p in ("hydra-core", "omegaconf")]
    print(f"{', '.join(versions)}: {len(broken)} of {len(faults)} break")
    return len(broken)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    sys.exit(min(main(), 1))
