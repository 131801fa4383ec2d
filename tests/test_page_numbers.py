"""Pages may be typed as a number, a span, several of them, a list; what is none is refused."""

import pytest

from mnister.config.compose import check_overrides, compose_config
from tests.config.refused import mistakes_of


@pytest.mark.parametrize(
    ("typed", "pages"),
    [
        ("2", "2"),
        ("1-3", "1-3"),
        ("1-3,7", "1-3,7"),
        ("1, 3", "1,3"),
        ("'1-3,7'", "1-3,7"),
        ('"1-3,7"', "1-3,7"),
        ("[1-3,7]", "1-3,7"),
        ("[1,2]", "1,2"),
        ("5-", "5-"),
        ("all", "all"),
    ],
)
@pytest.mark.parametrize("mode", ["single_digit", "multi_digit"])
def test_pages_are_understood_however_they_are_typed(mode, typed, pages):
    assert compose_config("infer", [f"mode={mode}", f"pages={typed}"]).pages == pages


def test_pages_in_a_yaml_file(tmp_path):
    (tmp_path / "mode").mkdir()
    own = "# @package _global_\ndefaults: [multi_digit]\npages: [1-3, 7]\n"
    (tmp_path / "mode" / "own.yaml").write_text(own)
    typed = check_overrides("infer", ["mode=own"], own_folder=tmp_path)
    assert typed == ["mode=own"]


@pytest.mark.parametrize(
    "typed", ["0", "-1", "1.5", "a", "1-3;7", "null", "true", "[1,[2]]", "''"]
)
def test_what_are_no_pages_is_refused(typed):
    mistake = mistakes_of(f"pages={typed}", menu="infer")["pages"]
    assert mistake.expected == 'all, or numbers of pages, such as 2, "1-3,7" or 5-'


def test_pages_are_a_key_of_reading_only():
    assert mistakes_of("mode=evaluate", "pages=2", menu="infer")["pages"].problem == "no such key"
