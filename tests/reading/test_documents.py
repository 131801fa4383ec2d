"""A page is read alike in every kind of file; what is broken gives one error, no other page."""

import io
import os
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mnister.documents.find import find_pages
from tests.documents.written import A_PICTURE, LAID, pdf_by_hand, pdf_of
from tests.images.opened_variants import FILES
from tests.reading.pages import page

LINES = ["0147", "29"]
SIZE = (595, 842)
LOCKED = Path(__file__).parents[1] / "documents" / "files" / "locked.pdf"


@pytest.fixture(scope="module", name="grey")
def _grey():
    return page(LINES)


def write_kinds(folder, grey):
    """Write the page in every kind of file."""
    image = Image.fromarray(grey)
    image.save(folder / "page.png")
    image.save(folder / "page.avif", quality=95)
    image.save(folder / "pages.tif", save_all=True, append_images=[image])
    again = image.point(lambda level: min(255, level + 2))  # of two that are the same, one is kept
    image.save(folder / "pages.gif", save_all=True, append_images=[again])
    image.save(folder / "jpeg.pdf", quality=95)
    pdf_of(folder / "turned.pdf", np.rot90(grey), rotation=90)
    wide = np.pad(grey, ((0, 0), (0, grey.shape[1])), constant_values=0)
    pdf_of(folder / "cropped.pdf", wide, crop=(0, 0, SIZE[0] / 2, SIZE[1]))
    two = np.where(grey < 128, 0, 255).astype(np.uint8)
    head = f"/Subtype/Image/Width {two.shape[1]}/Height {two.shape[0]}/ImageMask true"
    bits = np.packbits(two > 0, axis=1).tobytes()
    pdf_by_hand(folder / "stencil.pdf", A_PICTURE, LAID, (head + "/BitsPerComponent 1", bits))
    askew = (SIZE[0], 4, -4, SIZE[0] * grey.shape[0] / grey.shape[1], 4, 200)
    pdf_of(folder / "drawn.pdf", grey, matrix=askew)
    if shutil.which("heif-enc"):
        command = ["heif-enc", "-q", "95", folder / "page.png", "-o", folder / "page.heic"]
        subprocess.run(command, check=True, capture_output=True)


@pytest.mark.slow
def test_a_page_is_read_alike_in_every_kind_of_file(reader, grey, tmp_path):
    write_kinds(tmp_path, grey)
    found = find_pages(tmp_path)
    read = {Path(page.file).name: page for page in reader.read_many(found.pages, workers=1)}
    assert {name: page.lines for name, page in read.items() if page.lines != tuple(LINES)} == {}
    assert {"pages.tif#2", "pages.gif#2", "drawn.pdf"} <= set(read)
    size = grey.shape[::-1]
    exact = ("page.png", "pages.tif#2", "cropped.pdf", "turned.pdf", "stencil.pdf", "jpeg.pdf")
    assert {(read[name].width, read[name].height) for name in exact} == {size}


def write_broken(folder, grey):
    """Write files of many kinds that are broken, each in another way; return what is said."""
    picture, said = Image.fromarray(grey), {}

    def add(name, data, words):
        (folder / name).write_bytes(data)
        said[name] = words

    def encoded(kind, **options):
        file = io.BytesIO()
        picture.save(file, kind, **options)
        return file.getvalue()

    whole = pdf_of(folder / "whole.pdf", grey).read_bytes()
    (folder / "whole.pdf").unlink()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("page.txt", "123")
    add("empty.pdf", b"", "is empty")
    add("cut.pdf", whole[:40], "is damaged")
    add("locked.pdf", LOCKED.read_bytes(), "is locked")
    none = whole.replace(b"/Count 1", b"/Count 0").replace(b"/Kids", b"/Kiss")
    add("no-page.pdf", none, "has no page|is damaged")
    add("zip.pdf", archive.getvalue(), "is not a picture")
    add("zip.png", archive.getvalue(), "is not a picture")
    add("empty.png", b"", "is empty")
    add("text.jpg", b"1 2 3", "is not a picture")
    add("cut.avif", encoded("AVIF")[:300], "is not a picture|is damaged")
    add("cut.jp2", encoded("JPEG2000")[:300], "is damaged")
    add("cut.tif", encoded("TIFF")[:300], "is not a picture|is damaged")
    add("cut.gif", encoded("GIF")[:300], "is damaged")
    add("cut.webp", encoded("WEBP")[:300], "is damaged")
    heic = (FILES / "lossless.heic").read_bytes()
    add("cut.heic", heic[:900], "is not a picture|is damaged")
    film = struct.pack(">I", 24) + b"ftypmsf1\0\0\0\0msf1hevc" + heic[24:400]
    add("film.heic", film, "is not a picture|is damaged")
    head = struct.pack(">II", 30_000, 30_000) + b"\x08\0\0\0\0"
    add("huge.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + head + bytes(4), "is too large")
    large = bytearray(encoded("JPEG2000", no_jp2=True))
    large[8:16] = struct.pack(">II", 30_000, 30_000)
    add("huge.j2k", bytes(large), "is too large")
    vast = "/Subtype/Image/Width 30000/Height 30000/ColorSpace/DeviceGray/BitsPerComponent 1"
    pdf_by_hand(folder / "huge.pdf", A_PICTURE, LAID, (vast, b"\0"))
    said["huge.pdf"] = "holds a picture too large"
    pdf_by_hand(folder / "strip.pdf", "/MediaBox[0 0 5000 5]", "")
    said["strip.pdf"] = "is too narrow"
    (folder / "moved.png").symlink_to(folder / "nowhere.png")
    said["moved.png"] = "There is no file"
    tiny = Image.new("L", (3, 3))
    tiny.save(folder / "tiny.png")
    said["tiny.png"] = "is too small"
    return said


def test_of_twenty_broken_files_each_gives_one_error_and_the_others_are_read(
    reader, grey, tmp_path
):
    said = write_broken(tmp_path, grey)
    assert len(said) >= 20
    cv2.imwrite(str(tmp_path / "good.png"), grey)
    pdf_of(tmp_path / "good.pdf", grey)
    read = {Path(page.file).name: page for page in reader.read_many(find_pages(tmp_path).pages)}
    assert {read.pop(name).lines for name in ("good.png", "good.pdf")} == {tuple(LINES)}
    assert set(read) == set(said)
    for name, words in said.items():
        first = read[name].error.splitlines()[0]
        assert name in first
        assert any(word in first for word in words.split("|")), first


def test_a_pdf_that_only_cannot_be_changed_is_read():
    (found,) = find_pages(LOCKED.with_name("open.pdf")).pages
    assert found.load().pixels.min() == 0


@pytest.mark.slow
def test_infer_reads_the_chosen_pages_and_names_them_in_every_output(
    run_python, tiny_run, tmp_path, grey
):
    (tmp_path / "in" / "more").mkdir(parents=True)
    pdf_of(tmp_path / "in" / "scan.pdf", *[grey] * 4)
    cv2.imwrite(str(tmp_path / "in" / "more" / "page.png"), grey)
    (tmp_path / "in" / "notes.odt").touch()
    command = (
        "infer.py", f"models_dir={tiny_run.models}", "runtime=litert", "mode=multi_digit",
        f"images={tmp_path / 'in'}", "recursive=true", "pages=1-2,4",
        f"hydra.run.dir={tmp_path / 'run'}",
    )  # fmt: skip
    finished = run_python(*command)
    assert finished.returncode == 0, finished.stderr
    assert "no kind of picture: notes.odt (1)" in finished.stderr
    pages = [f"scan.pdf#{number}" for number in (1, 2, 4)]
    assert [name for name in pages if name in finished.stdout] == pages
    assert [name for name in pages if f"{os.sep}{name}" in _all(tmp_path / "run")] == pages
    names = {path.name for path in (tmp_path / "run").glob("*_annotated.png")}
    assert names == {f"scan_page{n}_annotated.png" for n in (1, 2, 4)} | {"page_annotated.png"}


def _all(run):
    return "".join((run / f"predictions.{kind}").read_text() for kind in ("csv", "json"))
