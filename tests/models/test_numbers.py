"""The numbers of versions are each given once."""

import pytest

from mnister.errors import UserError
from mnister.models import store
from mnister.models.numbers import check_number_is_free
from tests.models.versions import export


def test_a_deleted_versions_number_is_not_given_again(tmp_path):
    export(tmp_path)
    for file in sorted((tmp_path / "mlp" / "1").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    (tmp_path / "mlp" / "1").rmdir()
    assert store.list_models(tmp_path) == []
    assert export(tmp_path) == 2
    with pytest.raises(UserError):
        check_number_is_free(tmp_path, "mlp", 1)


def test_a_number_is_checked_before_anything_is_written(tmp_path):
    check_number_is_free(tmp_path, "mlp", 5)
    check_number_is_free(tmp_path, "mlp", None)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_somebody_else_put_there_is_not_overwritten(tmp_path):
    (tmp_path / "mlp" / "4").mkdir(parents=True)
    (tmp_path / "mlp" / "4" / "mine.txt").write_text("kept")
    assert export(tmp_path) == 5
    assert (tmp_path / "mlp" / "4" / "mine.txt").read_text() == "kept"
