"""A page or crop network that was trained becomes the one that comes with MNISTER.

    python -m mnister.reading.adopt outputs/models/page/1 outputs/train/<run>

Of the version, the LiteRT file and the manifest are taken; the manifest also says which command,
seed and commit made it.
"""

import argparse
import json
import shutil
from pathlib import Path

import yaml

from mnister.errors import UserError
from mnister.models import store
from mnister.models.builtin import BUILTIN

PLACES = ("export.dir=", "hydra.", "resume=")  # overrides that change nothing of the network
LARGEST = 4_000_000  # bytes: everybody who installs MNISTER gets it


def adopt(version: Path, run_folder: Path, target: Path | None = None) -> None:
    """Take over a version of a page or crop network.

    Args:
        version: Its folder.
        run_folder: Of the run that exported it.
        target: The folder that is replaced; None: that of its kind.

    Raises:
        UserError: It is neither, its files were changed, or it is too large.
    """
    model = store.find_model(version.parent, version, task=None)
    if model.task not in BUILTIN:
        model = store.find_model(version.parent, version, task="pages")  # says what is wrong
    target = target or BUILTIN[model.task]
    store.verify(model)
    size = (model.path / "model.tflite").stat().st_size
    if size > LARGEST:
        raise UserError(
            f"{model.path / 'model.tflite'} is too large",
            expected=f"at most {LARGEST:,} bytes",
            received=f"{size:,}",
            instead="train with export.quantize=true",
        )
    environment = json.loads((run_folder / "environment.json").read_text(encoding="utf-8"))
    overrides = yaml.safe_load((run_folder / "config" / "overrides.yaml").read_text("utf-8"))
    description = {name: model.manifest[name] for name in model.manifest if name != "files"}
    if (target / store.MANIFEST).is_file():
        before = store.find_model(target.parent, target, task=model.task)
        description["version"] = before.version + 1
    # Where it was made says nothing of it, and is nobody's business.
    config = description["config"]
    description["config"] = config | {"resume": None, "export": config["export"] | {"dir": None}}
    asked = [each for each in overrides if not each.startswith(PLACES)]
    description["made_by"] = {
        "command": " ".join(["python train.py", *asked]),
        **{name: environment[name] for name in ("git_commit", "cpu", "cores")},
    }
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copy(model.path / "model.tflite", target)
    store.write_manifest(target, description)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("version", type=Path)
    parser.add_argument("run_folder", type=Path)
    arguments = parser.parse_args()
    adopt(arguments.version, arguments.run_folder)
