"""Other programs that read text, set so that they read digits as well as they can.

Each has a `read` like that of MNISTER's reader, with the lines alone on the page. Their settings
are those that read most of 64 photos of handwritten digits; the figures stand beside them.
"""

import os
import re
import shutil
import subprocess
import threading
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mnister.errors import UserError
from mnister.reading.layout import order_in_lines
from mnister.reading.page import Page


class Tesseract:
    """The program `tesseract`, which knows only digits here.

    Page segmentation: one word (8: 9 of 28 right; others 0 to 9) for a picture of one digit,
    sparse text (11: 171 of 560 right; others 97 to 152) for a page. It is given the file itself:
    decoded pictures, scaled or framed, were read no better.

    Args:
        mode: "multi_digit", "single_digit" or "line", which is segmentation 7.

    Raises:
        UserError: When the program is not installed.
    """

    def __init__(self, mode: str) -> None:
        if shutil.which("tesseract") is None:
            raise UserError(
                "There is no program tesseract",
                expected="tesseract 5 with its English data, on the PATH",
                instead="apt-get install tesseract-ocr, or brew install tesseract",
            )
        segmentation = {"single_digit": "8", "line": "7"}.get(mode, "11")
        self._options = ("--psm", segmentation, "-c", "tessedit_char_whitelist=0123456789")

    def read(self, picture: Path) -> Page:
        """Read one file, on one thread.

        Raises:
            UserError: When tesseract cannot read it.
        """
        finished = subprocess.run(
            ("tesseract", picture, "-", *self._options),
            env=os.environ | {"OMP_THREAD_LIMIT": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if finished.returncode:
            raise UserError(
                f"tesseract cannot read {picture}", received=finished.stderr.strip() or "no reason"
            )
        return Page(str(picture), lines=digit_lines(finished.stdout.splitlines()))


class RapidOcr:
    """RapidOCR (PaddleOCR's networks in ONNX), of which only the digits are kept.

    A picture of one digit goes to the recognition alone (27 of 28 right; 21 with detection). For
    pages the detection sees them at 960 pixels and takes boxes from 0.3 on (84.0 % of the digits;
    72.3 % by default). The guess whether a line stands on its head is left out (398 of 560 right;
    380 with it), no text is too unsure, and what was found is put in lines as MNISTER does it (380
    right; 335 in RapidOCR's own order).

    Args:
        mode: "multi_digit", "single_digit" or "line".

    Raises:
        UserError: When a package is not installed.
    """

    def __init__(self, mode: str) -> None:
        missing = [name for name in ("rapidocr", "onnxruntime") if find_spec(name) is None]
        if missing:
            raise UserError(
                f"{' and '.join(missing)} cannot be imported",
                expected="RapidOCR 3 and onnxruntime, which MNISTER itself does not need",
                instead="pip install rapidocr onnxruntime",
            )
        from rapidocr import RapidOCR

        self._engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_det": mode == "multi_digit",
                "Det.limit_type": "max",
                "Det.limit_side_len": 960,
                "Det.box_thresh": 0.3,
                "Global.use_cls": False,
                "Global.text_score": 0.0,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            }
        )
        self._lock = threading.Lock()  # it keeps what belongs to a picture in itself

    def read(self, picture: Path) -> Page:
        """Read one file, on one thread.

        Raises:
            UserError: When RapidOCR cannot read it.
        """
        try:
            with self._lock:
                found = self._engine(str(picture))
        except Exception as error:  # it has no error of its own for what is no picture
            raise UserError(f"RapidOCR cannot read {picture}", received=str(error)) from error
        texts = found.txts or ()
        corners = getattr(found, "boxes", None)  # of the recognition alone there are none
        if corners is None:
            return Page(str(picture), lines=digit_lines(texts))
        low, high = np.min(corners, axis=1), np.max(corners, axis=1)
        lines = order_in_lines(np.hstack([low, high - low]))
        joined = ("".join(texts[i] for i in line) for line in lines)
        return Page(str(picture), lines=digit_lines(joined))


class FasterPaddle:
    """faster-paddle (PaddleOCR's networks in Rust), its larger bundled ones; digits are kept.

    It has no recognition alone: a picture of one line goes through its detection, too.

    Args:
        mode: "multi_digit", "single_digit" or "line".

    Raises:
        UserError: When the package is not installed.
    """

    def __init__(self, mode: str) -> None:  # noqa: ARG002
        if find_spec("faster_paddle") is None:
            raise UserError(
                "faster_paddle cannot be imported",
                expected="faster-paddle 1, which MNISTER itself does not need",
                instead="pip install faster-paddle",
            )
        from faster_paddle import OcrEngine

        self._engine = OcrEngine(model_size="small", threads=1)

    def read(self, picture: Path) -> Page:
        """Read one file, on one thread.

        Raises:
            UserError: When faster-paddle cannot read it.
        """
        try:
            found = list(self._engine.ocr(picture.read_bytes())["bounds"].values())
        except Exception as error:  # it has no error of its own for what is no picture
            raise UserError(f"faster-paddle cannot read {picture}", received=str(error)) from error
        corners = [(*each["topLeftCoord"], *each["bottomRightCoord"]) for each in found]
        boxes = np.array(corners, float).reshape(-1, 4)
        boxes[:, 2:] -= boxes[:, :2]
        lines = order_in_lines(boxes)
        return Page(
            str(picture),
            lines=digit_lines("".join(found[i]["text"] for i in line) for line in lines),
        )


OTHER_READERS = {"tesseract": Tesseract, "rapidocr": RapidOcr, "faster_paddle": FasterPaddle}


def digit_lines(texts) -> tuple[str, ...]:
    """Keep the digits of each line, and the lines that have any."""
    lines = (re.sub("[^0-9]", "", text) for text in texts)
    return tuple(line for line in lines if line)
