"""What comes with MNISTER: its configs, MNIST, sample pictures.

In a checkout they lie at its top level, in an installed package below `mnister/bundle/`.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOT = _PACKAGE / "bundle" if (_PACKAGE / "bundle").is_dir() else _PACKAGE.parent

CONF = _ROOT / "conf"
_FOLDERS = ("data/mnist", "images/single", "images/multi")


def find_bundled(path: str) -> str:
    """Return where the bundled folder of a config's default lies, whatever the current folder.

    Args:
        path: Of a config; one that is here, or that is no default, is returned as it is.
    """
    is_meant = path in _FOLDERS and not Path(path).exists()
    return str(_ROOT / path) if is_meant else path
