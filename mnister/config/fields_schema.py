"""The keys of `infer.py mode=fields`: their types and ranges."""

from typing import Literal

from mnister.config.infer_schema import InferConfig
from mnister.config.section import Fraction, Text
from mnister.page_numbers import PageNumbers


class FieldsConfig(InferConfig):
    """`mode=fields`: the fields of filled-in forms."""

    mode: Literal["fields"]
    template: Text | None
    fields: Text | None
    images: Text
    pages: PageNumbers
    recursive: bool
    detector: Text
    crop_network: Text
    read_printed: bool
    min_confidence: Fraction
    resume: Text | None
