"""A page of digits, and PDFs of it: by PDFium, or by hand where that cannot write them."""

import cv2
import numpy as np
import pypdfium2
from PIL import Image

A4 = (595, 842)
GREY = np.full((468, 331), 245, np.uint8)  # A4 at 40 dpi
for _row, _text in enumerate(("314", "1592", "65358", "97932")):
    cv2.putText(GREY, _text, (20, 70 + _row * 90), 0, 1.8, 40, 4, cv2.LINE_AA)
RGB = np.dstack([GREY, GREY, np.minimum(255, GREY + 20)]).astype(np.uint8)
TWO = np.where(GREY < 128, 0, 255).astype(np.uint8)


def pdf_of(path, *arrays, size=A4, matrix=None, rotation=0, crop=None):
    """Write a PDF with a page for each picture, which covers it all or lies as its matrix says."""
    document = pypdfium2.PdfDocument.new()
    for array in arrays:
        page = document.new_page(*size)
        image = pypdfium2.PdfImage.new(document)
        image.set_bitmap(pypdfium2.PdfBitmap.from_pil(Image.fromarray(array)))
        image.set_matrix(pypdfium2.PdfMatrix(*(matrix or (size[0], 0, 0, size[1], 0, 0))))
        page.insert_obj(image)
        page.set_rotation(rotation)
        if crop:
            page.set_cropbox(*crop)
        page.gen_content()
    document.save(path)
    document.close()
    return path


def pdf_by_hand(path, page, content, *objects, catalog=""):
    """Write a PDF of one page.

    Args:
        path: Where to.
        page: What stands in the page's dictionary beside its content.
        content: What is drawn.
        objects: Numbered from 5 on: dictionaries, or pairs of a dictionary and its stream.
        catalog: What stands in the document's dictionary beside its pages.
    """
    bodies = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/Contents 4 0 R{page}>>".encode(),
        *map(_object, [("", content.encode()), *objects]),
    ]
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    path.write_bytes(data)
    return path


def _object(content):
    if isinstance(content, str):
        return content.encode()
    entries, stream = content
    head = f"<<{entries}/Length {len(stream)}>>stream\n".encode()
    return head + stream + b"\nendstream"


def stencil(entries=""):
    """Return the page as a picture of one bit, in which the ink is painted."""
    height, width = TWO.shape
    head = f"/Subtype/Image/Width {width}/Height {height}/ImageMask true/BitsPerComponent 1"
    return head + entries, np.packbits(TWO > 0, axis=1).tobytes()


A_PICTURE = "/MediaBox[0 0 595 842]/Resources<</XObject<</I 5 0 R>>>>"
LAID = "q 595 0 0 842 0 0 cm /I Do Q"
