"""MNISTER: train a handwritten-digit network from config files, read pictures with it.

from mnister import Reader, train

train("model=lenet5", "epochs=3")
page = Reader(model="latest", runtime="litert").read("photo.jpg")
page.lines, page.digits, page.annotated()
"""

from typing import Any

__all__ = ["Reader", "train"]


def __getattr__(name: str) -> Any:
    """Import what is asked for, and only that: TensorFlow takes seconds."""
    if name == "Reader":
        from mnister.reading.library import Reader

        return Reader
    if name == "train":
        from mnister.training.library import train

        return train
    raise AttributeError(f"module 'mnister' has no attribute {name!r}")
