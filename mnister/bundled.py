"""What comes with MNISTER: its configs, MNIST, sample pictures.

In a checkout they lie at its top level, in an installed package below `mnister/bundle/`.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOT = _PACKAGE / "bundle" if (_PACKAGE / "bundle").is_dir() else _PACKAGE.parent

CONF = _ROOT / "conf"
_PATHS = (
    *("data/mnist", "images/single", "images/multi"),
    *("images/form/filled", "images/form/form.yaml", "images/form/blank.png"),
)


def find_bundled(path: str) -> str:
    """Return where a bundled folder or file lies, whatever the current folder.

    Args:
        path: Of a config; one that is here, or that is not bundled, is returned as it is.
    """
    is_meant = path in _PATHS and not Path(path).exists()
    return str(_ROOT / path) if is_meant else path
