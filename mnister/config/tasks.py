"""What goes together: the kind of data that is learned, and the keys that only some kinds have."""

from collections.abc import Mapping

from mnister.config.mistakes import Mistake

# Of each kind of data that is made on the way: its augmentation, besides none (and its recipe),
# and keys that are of other data, with the one value that they have here.
_MADE = {
    "pages": ("page", {"label_smoothing": 0.0, "test_time_augmentation": False}),
    "crops": ("crop", {"test_time_augmentation": False}),
}
_OF = {augmentation: data for data, (augmentation, _) in _MADE.items()}


def task_mistakes(values: Mapping) -> list[Mistake]:
    """Return what is said of one kind of data where another is learned.

    Args:
        values: A composed config; any of its sections may be missing or wrong.
    """
    data, augmentation = (
        section.get("kind") if isinstance(section, Mapping) else None
        for section in (values.get("data"), values.get("augmentation"))
    )
    if data is None or augmentation is None or (data not in _MADE and augmentation not in _OF):
        return []
    if data not in _MADE:
        words = f"is of {_OF[augmentation]}", "digits are learned"
        return [Mistake("augmentation", *words, augmentation, f"experiment={augmentation}")]
    own, only = _MADE[data]
    wrong = [] if augmentation in (own, "none") else [("augmentation", augmentation, own)]
    wrong += [(key, values.get(key), v) for key, v in only.items() if values.get(key) != v]
    return [
        Mistake(key, f"is of {of}; {data} are learned", shown, str(value), f"{key}={shown}")
        for key, value, standing in wrong
        for of, shown in [(_OF.get(value, "digits"), str(standing).lower())]
    ]
