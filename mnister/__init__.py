"""MNISTER: train a handwritten-digit network from config files, read pictures with it.

from mnister import Reader, train

train("model=lenet5", "epochs=3")
page = Reader(model="latest", runtime="litert").read("photo.jpg")
page.lines, page.digits, page.annotated()
"""

from typing import Any

__all__ = ["Reader", "__version__", "train"]


def __getattr__(name: str) -> Any:
    """Import what is asked for, and only that: TensorFlow takes seconds."""
    if name == "Reader":
        from mnister.reading.library import Reader

        return Reader
    if name == "train":
        from mnister.library import train

        return train
    if name == "__version__":
        from importlib.metadata import version

        return version("mnister")
    raise AttributeError(f"module 'mnister' has no attribute {name!r}")
