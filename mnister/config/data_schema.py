"""Every key of the choices of `data`: its type and range. Units and meaning: `conf/data/`."""

from typing import Annotated, Literal

from pydantic import Field

from mnister.config.section import Count, Fraction, Section, Text


class MnistData(Section):
    """`data=mnist`: the bundled files."""

    kind: Literal["mnist"]
    dir: Text
    validation_digits: Count
    limit: Count | None


class IdxData(Section):
    """`data=idx`: four files in MNIST's format."""

    kind: Literal["idx"]
    dir: Text
    test_dir: Text | None = None
    transposed: bool
    class_names: list[Text] | None
    validation_digits: Count
    validation_split: Literal["stratified", "first"] = "stratified"
    limit: Count | None


class OwnData(Section):
    """What every kind of people's own digits has."""

    dir: Text
    test_dir: Text | None = None
    validation_fraction: float = Field(gt=0, lt=0.5)
    test_fraction: float = Field(gt=0, lt=0.5)
    limit: Count | None


class ImageFolderData(OwnData):
    """`data=image_folder`: one sub-folder a class."""

    kind: Literal["image_folder"]
    skip_broken: bool = False


class TableData(OwnData):
    """`data=csv`, `npz` or `parquet`: files of pictures with their labels."""

    kind: Literal["csv", "npz", "parquet"]
    class_names: list[Text] | None


class PagesData(Section):
    """`data=pages`: pages made on the way."""

    kind: Literal["pages"]
    size: Annotated[int, Field(ge=64, le=1024, multiple_of=16)]
    pages_per_epoch: Count
    validation_pages: Count
    test_pages: Count
    reuse: Annotated[int, Field(ge=1, le=1000)]
    cached_pages: Count
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    limit: Count | None


class CropsData(PagesData):
    """`data=crops`: digits, and what is not one, cut out of made pages."""

    kind: Literal["crops"]
    detector: Text
    printed: Fraction
    crops_per_page: Annotated[int, Field(ge=1, le=256)]
