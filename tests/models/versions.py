"""Small versions, written as training writes them."""

import datetime

from mnister.models import store


def describe(name, number, minute=0):
    exported_at = datetime.datetime(2026, 1, 1, 12, minute, tzinfo=datetime.UTC)
    return {
        "name": name,
        "version": number,
        "exported_at": exported_at.isoformat(),
        "class_names": ["0", "1"],
    }


def export(root, name="mlp", version=None, minute=0):
    """Write a small version as training does; return its number."""
    with store.new_version(root, name, version) as folder:
        (folder / "variables").mkdir()
        (folder / "variables" / "weights").write_bytes(b"weights")
        (folder / "saved_model.pb").write_bytes(b"graph")
        store.write_manifest(folder, describe(name, int(folder.name), minute))
    return int(folder.name)
