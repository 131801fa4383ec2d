"""The page network that comes with MNISTER, named as exported versions are."""

from pathlib import Path

from mnister.models import store
from mnister.models.store import ExportedModel

BUILTIN = Path(__file__).parent / "page_network"


def find_version(
    models_dir: str | Path, wanted: str | Path, task: str, key: str | None = None
) -> ExportedModel:
    """Return the exported model that is asked for.

    Args:
        models_dir: Folder of all models.
        wanted: `builtin`, or as `store.find_model` takes it.
        task: What it must have learned: `digits` or `pages`.
        key: That names it in the config; None: as when pictures are read.

    Raises:
        UserError: There is none.
    """
    path = BUILTIN if str(wanted) == "builtin" else wanted
    return store.find_model(models_dir, path, task=task, key=key)
