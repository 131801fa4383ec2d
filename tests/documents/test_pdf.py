"""Every page of a PDF is the picture that it shows, a scan to the pixel."""

import io

import cv2
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from mnister.documents.page import FilePage, pages_of
from mnister.errors import UserError
from mnister.images.files import WORKING_PIXELS
from tests.documents.written import (
    A4,
    A_PICTURE,
    GREY,
    LAID,
    RGB,
    TWO,
    pdf_by_hand,
    pdf_of,
    stencil,
)

WIDTH, HEIGHT = A4
HALF = RGB[: RGB.shape[0] // 2]
# Of a page: how the picture lies on it, and what it shows.
SCANS = {
    "upright": ({}, RGB),
    "rotate 90": ({"rotation": 90}, np.rot90(RGB, -1)),
    "rotate 180": ({"rotation": 180}, np.rot90(RGB, 2)),
    "rotate 270": ({"rotation": 270}, np.rot90(RGB, 1)),
    "mirrored": ({"matrix": (-WIDTH, 0, 0, HEIGHT, WIDTH, 0)}, RGB[:, ::-1]),
    "on its head": ({"matrix": (WIDTH, 0, 0, -HEIGHT, 0, HEIGHT)}, RGB[::-1]),
    "turned": (
        {"size": A4[::-1], "matrix": (0, WIDTH, -HEIGHT, 0, HEIGHT, 0)}, np.rot90(RGB, 1),
    ),
    "turned back": (
        {"size": A4[::-1], "matrix": (0, -WIDTH, HEIGHT, 0, 0, WIDTH)}, np.rot90(RGB, -1),
    ),
    "turned twice": (
        {"size": A4[::-1], "matrix": (0, WIDTH, -HEIGHT, 0, HEIGHT, 0), "rotation": 90}, RGB,
    ),
    "transposed": (
        {"size": A4[::-1], "matrix": (0, WIDTH, HEIGHT, 0, 0, 0)}, np.rot90(RGB, 1)[:, ::-1],
    ),
    "cropped": ({"crop": (0, HEIGHT / 2, WIDTH, HEIGHT)}, HALF),
    "cropped and turned": (
        {"crop": (0, HEIGHT / 2, WIDTH, HEIGHT), "rotation": 90}, np.rot90(HALF, -1),
    ),
    "with margins": ({"size": (700, 1000), "matrix": (WIDTH, 0, 0, HEIGHT, 50, 70)}, RGB),
}  # fmt: skip


def load(path):
    page = pages_of(path)
    assert isinstance(page, FilePage)
    return page.load().pixels


@pytest.mark.parametrize("name", SCANS)
def test_a_scan_is_taken_to_the_pixel(tmp_path, name):
    options, shown = SCANS[name]
    pixels = load(pdf_of(tmp_path / "scan.pdf", RGB, **options))
    np.testing.assert_array_equal(pixels, shown)


def test_a_scan_of_each_kind_is_taken_as_it_was_put_in(tmp_path):
    grey = cv2.cvtColor(GREY, cv2.COLOR_GRAY2RGB)
    np.testing.assert_array_equal(load(pdf_of(tmp_path / "grey.pdf", GREY)), grey)
    Image.fromarray(TWO > 0).save(tmp_path / "fax.pdf")
    np.testing.assert_array_equal(load(tmp_path / "fax.pdf")[..., 0], TWO)
    Image.fromarray(RGB).save(tmp_path / "jpeg.pdf", quality=80)
    inside = io.BytesIO()
    Image.fromarray(RGB).save(inside, "JPEG", quality=80)
    decoded = cv2.imdecode(np.frombuffer(inside.getvalue(), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(load(tmp_path / "jpeg.pdf"), decoded[..., ::-1])


@pytest.mark.parametrize("colours", ["0 g", "1 0 0 rg 0 g"])
@pytest.mark.parametrize(("entries", "is_inverse"), [("", False), ("/Decode[1 0]", True)])
def test_a_stencil_is_as_it_is_painted(tmp_path, colours, entries, is_inverse):
    path = pdf_by_hand(tmp_path / "fax.pdf", A_PICTURE, f"{colours} {LAID}", stencil(entries))
    np.testing.assert_array_equal(load(path)[..., 0], ~TWO if is_inverse else TWO)


def test_a_stencil_in_color_is_drawn_in_it(tmp_path):
    path = pdf_by_hand(tmp_path / "red.pdf", A_PICTURE, f"1 0 0 rg {LAID}", stencil())
    assert load(path).reshape(-1, 3).min(axis=0).tolist() == [255, 0, 0]


@pytest.mark.parametrize("unit", [0.1, 1, 10])
def test_a_page_is_drawn_as_large_as_is_worked_on_whatever_its_unit(tmp_path, unit):
    box = f"/UserUnit {unit}/MediaBox[0 0 {595 / unit} {842 / unit}]"
    page = f"{box}/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    text = f"BT /F {40 / unit} Tf {50 / unit} {700 / unit} Td (31415) Tj ET"
    pixels = load(pdf_by_hand(tmp_path / "text.pdf", page, text))
    assert 0.99 * WORKING_PIXELS < pixels.shape[0] * pixels.shape[1] <= WORKING_PIXELS
    assert (pixels < 128).mean() == pytest.approx(0.0018, abs=0.0002)


def test_text_that_is_not_seen_behind_a_scan_does_not_count_but_what_is_seen_does(tmp_path):
    fonts = "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    page = A_PICTURE.replace("<</XObject", f"<<{fonts}/XObject")
    text = "BT {} Tr /F 90 Tf 50 100 Td (8888) Tj ET"
    for mode, is_scan in ((3, True), (0, False)):
        content = f"{LAID} {text.format(mode)}"
        path = pdf_by_hand(tmp_path / f"{mode}.pdf", page, content, stencil())
        assert (load(path).shape[:2] == TWO.shape) == is_scan


def test_what_is_written_over_a_scan_is_drawn(tmp_path):
    ink = "<</Type/Annot/Subtype/Square/Rect[100 100 300 300]/C[0 0 0]/IC[0 0 0]/AP<</N 7 0 R>>>>"
    form = ("/Type/XObject/Subtype/Form/BBox[0 0 200 200]", b"0 g 0 0 200 200 re f")
    page = A_PICTURE + "/Annots[6 0 R]"
    pixels = load(pdf_by_hand(tmp_path / "ink.pdf", page, LAID, stencil(), ink, form))
    bottom = pixels[int(0.7 * len(pixels)) : int(0.8 * len(pixels)), int(0.3 * pixels.shape[1])]
    assert bottom.max() < 20


def test_an_askew_or_masked_picture_is_drawn(tmp_path):
    askew = pdf_of(tmp_path / "askew.pdf", RGB, matrix=(WIDTH, 20, -20, HEIGHT, 0, 0))
    assert load(askew).shape[0] > 2 * RGB.shape[0]
    height, width = TWO.shape
    head = f"/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8"
    black = (head + "/SMask 6 0 R", bytes(height * width))
    mask = (head, (255 - TWO).tobytes())
    path = pdf_by_hand(tmp_path / "masked.pdf", A_PICTURE, LAID, black, mask)
    pixels = load(path)
    assert pixels.min() < 10
    assert pixels.mean() == pytest.approx(TWO.mean(), abs=2)


def test_each_page_is_read_for_itself(tmp_path):
    path = pdf_of(tmp_path / "three.pdf", GREY, 255 - GREY, GREY[::-1])
    first = pages_of(path)
    assert (first.count, str(first)) == (3, f"{path}#1")
    shown = [FilePage(path, "pdf", number, 3).load().pixels[..., 0] for number in (1, 2, 3)]
    np.testing.assert_array_equal(shown, [GREY, 255 - GREY, GREY[::-1]])
    with pytest.raises(UserError, match=r"no page .*three\.pdf#4"):
        FilePage(path, "pdf", 4, 4).load()


def test_a_picture_too_large_for_memory_is_refused_before_it_is_decoded(tmp_path):
    head = "/Subtype/Image/Width 30000/Height 30000/ColorSpace/DeviceGray/BitsPerComponent 1"
    path = pdf_by_hand(tmp_path / "huge.pdf", A_PICTURE, LAID, (head, b"\0"))
    with pytest.raises(UserError, match="900,000,000"):
        load(path)


def test_a_page_without_anything_is_white(tmp_path):
    assert load(pdf_by_hand(tmp_path / "blank.pdf", "/MediaBox[0 0 595 842]", "")).min() == 255


def test_a_page_too_narrow_is_refused(tmp_path):
    with pytest.raises(UserError, match="too narrow"):
        load(pdf_by_hand(tmp_path / "strip.pdf", "/MediaBox[0 0 5000 5]", ""))


def test_what_is_no_pdf_any_more_says_so(tmp_path):
    whole = pdf_of(tmp_path / "whole.pdf", GREY).read_bytes()
    for length in (8, 30):
        (tmp_path / "cut.pdf").write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"cut\.pdf is damaged"):
            load(tmp_path / "cut.pdf")


def test_a_form_is_drawn_with_what_was_filled_in(tmp_path):
    widget = "<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/Rect[100 100 300 300]/AP<</N 6 0 R>>/F 4>>"
    form = ("/Type/XObject/Subtype/Form/BBox[0 0 200 200]", b"0 g 0 0 200 200 re f")
    page, fields = "/MediaBox[0 0 595 842]/Annots[5 0 R]", "/AcroForm<</Fields[5 0 R]>>"
    pixels = load(pdf_by_hand(tmp_path / "form.pdf", page, "", widget, form, catalog=fields))
    assert (pixels < 20).mean() == pytest.approx(200 * 200 / (595 * 842), rel=0.05)


def test_pdfium_is_asked_by_one_thread_at_a_time(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    path = pdf_of(tmp_path / "many.pdf", *[GREY] * 8)
    pages = [FilePage(path, "pdf", number, 8) for number in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        for picture in pool.map(FilePage.load, pages):
            np.testing.assert_array_equal(picture.pixels[..., 0], GREY)
    assert pypdfium2.PdfDocument(path)[7].get_size() == A4
