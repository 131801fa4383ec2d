"""The networks that come with MNISTER, named as exported versions are."""

from pathlib import Path

from mnister.models import store
from mnister.models.store import ExportedModel

# By what they have learned.
BUILTIN = {
    "pages": Path(__file__).parent / "page_network",
    "crops": Path(__file__).parent / "crop_network",
}


def find_version(
    models_dir: str | Path, wanted: str | Path, task: str, key: str | None = None
) -> ExportedModel:
    """Return the exported model that is asked for.

    Args:
        models_dir: Folder of all models.
        wanted: `builtin`, or as `store.find_model` takes it.
        task: What it must have learned: `digits`, `pages` or `crops`.
        key: That names it in the config; None: as when pictures are read.

    Raises:
        UserError: There is none.
    """
    path = BUILTIN.get(task, BUILTIN["pages"]) if str(wanted) == "builtin" else wanted
    return store.find_model(models_dir, path, task=task, key=key)


def is_builtin(model: ExportedModel) -> bool:
    """Tell whether a model is one that comes with MNISTER: it has no SavedModel."""
    return model.path in BUILTIN.values()
