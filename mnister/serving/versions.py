"""Which exported versions are served: looked up again and again, verified before they are used."""

import logging
import threading
from pathlib import Path

from mnister.errors import UserError
from mnister.models import store
from mnister.models.store import ExportedModel
from mnister.models.version_files import MANIFEST

log = logging.getLogger("mnister.serving")

NONE = "none"  # instead of a model: the page network reads alone


class Versions:
    """The versions that have learned digits, and which of them answers.

    Args:
        root: Folder of all models.
        wanted: As `store.find_model` takes it. Of `latest`, and of a model's name, a version that
            is exported later answers from then on; `none`: none of them.

    Attributes:
        current: The one that answers where a request names none; None: the page network alone.

    Raises:
        UserError: There is none of the name, or the files of all were changed.
    """

    def __init__(self, root: str | Path, wanted: str) -> None:
        self.root, self.wanted = Path(root), wanted
        self._opened: dict[Path, ExportedModel] = {}
        self._verified: dict[Path, bool] = {}
        self._verifying = threading.Lock()  # requests ask while a thread looks for new ones
        self._look()
        newest = self._newest()
        if newest is None and not self._may_do_without():
            newest = store.find_model(root, wanted)
            store.verify(newest)
            self._verified[newest.path] = True
        self.current = newest

    def refresh(self) -> None:
        """Look what there is; from now on the newest of those wanted answers, if it verifies."""
        self._look()
        newest = self._newest()
        if newest is not None and (self.current is None or newest.path != self.current.path):
            log.info("Model %s/%d answers from now on", newest.name, newest.version)
            self.current = newest

    def _look(self) -> None:
        """Open what is new, forget what is gone."""
        folders = [path.parent for path in self.root.glob(f"[!.]*/[0-9]*/{MANIFEST}")]
        found = {folder: self._open(folder) for folder in folders if folder.name.isdigit()}
        with self._verifying:
            for folder in list(self._verified):
                if folder.parent.parent == self.root and folder not in found:
                    del self._verified[folder]  # one that is put there again is verified again
        self._opened = {folder: model for folder, model in found.items() if model is not None}

    def _newest(self) -> ExportedModel | None:
        """Return the best of those wanted that verifies."""
        return next((model for model in self._candidates() if self._is_sound(model)), None)

    def all(self) -> list[ExportedModel]:
        """Return every version that may be asked for, the one exported last at the end."""
        current = () if self.current is None else (self.current,)
        known = {model.path: model for model in (*current, *self._opened.values())}
        usable = [m for m in known.values() if self._verified.get(m.path, True)]
        return sorted(usable, key=lambda m: (m.manifest["exported_at"], m.version))

    def find(self, name: str | None, version: int | None = None) -> ExportedModel | None:
        """Return a version by a model's name and its number; without one, the highest.

        Args:
            name: None: the version that answers, if there is one.
            version: None: the highest that is as it was exported.
        """
        if name is None:
            return self.current
        named = [m for m in self.all() if m.name == name and version in (None, m.version)]
        named.sort(key=lambda m: -m.version)
        return next((model for model in named if self._is_sound(model)), None)

    def _candidates(self) -> list[ExportedModel]:
        """Return what `wanted` may stand for, the best first."""
        models = list(self._opened.values())
        if self.wanted == "latest":
            return sorted(models, key=lambda m: (m.manifest["exported_at"], m.version))[::-1]
        named = [model for model in models if model.name == self.wanted]
        return sorted(named, key=lambda m: -m.version)

    def _may_do_without(self) -> bool:
        """Tell whether there need be no digit network; one that is broken is not passed by."""
        return self.wanted == NONE or (self.wanted == "latest" and not self._candidates())

    def _open(self, folder: Path) -> ExportedModel | None:
        """Open a version of digits; None if it is another kind, or cannot be read."""
        if folder in self._opened:
            return self._opened[folder]
        if self._verified.get(folder) is False:
            return None
        try:
            model = store.find_model(self.root, str(folder), task=None)
        except UserError as error:
            self._pass_over(folder, error)
            return None
        return model if model.task == "digits" else None

    def _is_sound(self, model: ExportedModel) -> bool:
        """Verify a version, once, whoever asks at the same time."""
        with self._verifying:
            if model.path not in self._verified:
                try:
                    store.verify(model)
                    self._verified[model.path] = True
                except (UserError, OSError) as error:
                    self._pass_over(model.path, error)
            return self._verified.get(model.path, False)

    def _pass_over(self, folder: Path, error: Exception) -> None:
        self._verified[folder] = False
        log.warning("Passed over: %s", error)
