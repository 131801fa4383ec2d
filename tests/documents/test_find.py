"""Files, folders and patterns become pages; what is passed over is said, with its reason."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mnister.documents.find import find_pages, page_of
from mnister.documents.page import FilePage, stem_of
from mnister.errors import UserError
from mnister.images.files import load_picture
from mnister.page_numbers import choose_pages
from tests.documents.written import GREY, pdf_of

PICTURE = Image.fromarray(GREY)


def names(found):
    return [Path(page).name for page in found.pages]


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory):
    """Make a folder with pictures, documents, other files and sub-folders."""
    folder = tmp_path_factory.mktemp("scans")
    for name in ("own_10.png", "own_2.png", "own_1.PNG"):
        PICTURE.save(folder / name)
    (folder / "labels.txt").touch()
    (folder / ".hidden").touch()
    (folder / "notes.docx").touch()
    pdf_of(folder / "book.pdf", *[GREY] * 5)
    pdf_of(folder / "letter.pdf", GREY)
    PICTURE.save(folder / "fax.tif", save_all=True, append_images=[PICTURE])
    (folder / "2023" / "may").mkdir(parents=True)
    PICTURE.save(folder / "2023" / "may" / "own_3.png")
    return folder


ALL = [*(f"book.pdf#{n}" for n in range(1, 6)), "fax.tif#1", "fax.tif#2", "letter.pdf"]
OWN = ["own_1.PNG", "own_2.png", "own_10.png"]


def test_a_folder_gives_every_page_in_natural_order(folder):
    found = find_pages(folder)
    assert names(found) == [*ALL, *OWN]
    assert all(load_picture(page).pixels.shape == (*GREY.shape, 3) for page in found.pages)
    assert list(found.notes()) == [
        "Passed over, as sub-folders need recursive=true: 2023 (1)",
        "Passed over, as no kind of picture: notes.docx (1)",
    ]


def test_sub_folders_are_searched_on_request(folder):
    found = find_pages(folder, recursive=True)
    assert names(found) == ["own_3.png", *ALL, *OWN]
    assert list(found.notes()) == ["Passed over, as no kind of picture: notes.docx (1)"]


def test_pages_are_chosen_of_every_file(folder):
    found = find_pages(folder, "2,4-")
    assert names(found) == ["book.pdf#2", "book.pdf#4", "book.pdf#5", "fax.tif#2"]
    notes = list(found.notes())
    assert (
        "Passed over, as page 2,4- is not in a file of 1 page: letter.pdf, own_1.PNG, "
        in (notes[-1])
    )
    assert notes[-1].endswith("own_2.png, … (4)")


def test_what_a_page_is_called_can_be_typed(folder):
    assert names(find_pages(f"{folder / 'book.pdf'}#3")) == ["book.pdf#3"]
    assert names(find_pages(f"{folder / 'book.pdf'}#1-2,5")) == [
        *("book.pdf#1", "book.pdf#2", "book.pdf#5")
    ]
    assert str(page_of(f"{folder / 'book.pdf'}#3")) == f"{folder / 'book.pdf'}#3"
    assert str(page_of(folder / "book.pdf")) == f"{folder / 'book.pdf'}#1"
    assert page_of(folder / "own_2.png") == folder / "own_2.png"
    assert page_of(GREY) is GREY


def test_a_pattern_and_several_entries_give_each_file_once(folder):
    assert names(find_pages(str(folder / "own_*"))) == OWN
    assert names(find_pages([folder / "own_2.png", folder / "own_*"])) == [
        *("own_2.png", "own_1.PNG", "own_10.png")
    ]


def test_nothing_found_and_no_page_chosen_are_errors(folder):
    with pytest.raises(UserError, match="nowhere"):
        find_pages(str(folder / "nowhere" / "*.png"))
    with pytest.raises(UserError, match=r"(?s)No such page.*page 9 is not in a file of 5 pages"):
        find_pages(folder / "book.pdf", "9")
    with pytest.raises(UserError, match=r"(?s)No picture found.*recursive=true: may"):
        find_pages(folder / "2023")


def test_a_file_of_very_many_pages_needs_a_choice(folder, monkeypatch):
    monkeypatch.setattr("mnister.documents.find.MOST_PAGES", 4)
    with pytest.raises(UserError, match=r"(?s)too many pages.*5.*pages=1-4, then pages=5-"):
        find_pages(folder / "book.pdf")
    assert len(find_pages(folder / "book.pdf", "1-4").pages) == 4


def test_links_that_lead_nowhere_and_broken_documents_are_not_passed_over(tmp_path):
    (tmp_path / "moved.png").symlink_to(tmp_path / "old" / "moved.png")
    (tmp_path / "book.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    book, moved = find_pages(tmp_path).pages
    with pytest.raises(UserError, match=r"There is no file .*moved\.png"):
        load_picture(moved)
    with pytest.raises(UserError, match=r"book\.pdf is damaged"):
        load_picture(book)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may look everywhere")
def test_a_folder_that_cannot_be_searched_is_said(tmp_path):
    PICTURE.save(tmp_path / "a.png")
    (tmp_path / "closed").mkdir(mode=0)
    assert "cannot be searched" in next(find_pages(tmp_path, recursive=True).notes())


def test_files_beside_a_page_are_named_for_it():
    assert stem_of("in/scan.pdf#12") == "scan_page12"
    assert stem_of("in/photo#1.jpg") == "photo#1"
    assert stem_of(str(FilePage(Path("in/letter.pdf"), "pdf"))) == "letter"


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), min_size=1), st.integers(1, 40))
def test_chosen_pages_are_those_named_that_are_there(spans, count):
    text = ",".join(f"{a}-{b or ''}" for a, b in spans)
    wanted = {n for a, b in spans for n in range(a, (b or count) + 1) if n <= count}
    assert list(choose_pages(text, count)) == sorted(wanted)
    assert list(choose_pages("all", count)) == list(range(1, count + 1))
