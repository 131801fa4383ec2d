"""Every key of the menu of `infer.py`: its type and its range."""

from typing import Literal

from pydantic import Field

from mnister.config.schema import Preprocessing
from mnister.config.section import BatchSize, Count, Fraction, Section, Text, Threads
from mnister.page_numbers import PageNumbers


class SavedModelRuntime(Section):
    """`runtime=saved_model`."""

    name: Literal["saved_model"]


class LiteRTRuntime(Section):
    """`runtime=litert`."""

    name: Literal["litert"]
    threads: Threads


class InferConfig(Section):
    """What every mode of `infer.py` has."""

    model: str | Count
    models_dir: Text
    preprocessing: Preprocessing
    runtime: SavedModelRuntime | LiteRTRuntime = Field(discriminator="name")
    batch_size: BatchSize
    print_probabilities: bool
    debug: bool


class SingleDigitConfig(InferConfig):
    """`mode=single_digit`: pictures of one digit each."""

    mode: Literal["single_digit"]
    images: Text
    pages: PageNumbers
    recursive: bool
    labels: Text | None
    detector: Text
    crop_network: Text
    read_printed: bool
    min_confidence: Fraction
    rotation: Literal["auto", 0, 90, 180, 270]
    debug_images: bool
    review: bool
    output: Literal["csv", "parquet"]
    resume: Text | None


class MultiDigitConfig(SingleDigitConfig):
    """`mode=multi_digit`: pictures of many digits each."""

    mode: Literal["multi_digit"]
    reading_order: Literal["top_to_bottom", "bottom_to_top"]


class EvaluationData(Section):
    """The data set of `mode=evaluate`."""

    kind: Literal["mnist", "idx", "image_folder", "csv", "npz", "parquet"]
    dir: Text
    transposed: bool
    skip_broken: bool


class EvaluateConfig(InferConfig):
    """`mode=evaluate`: measure a model on test digits."""

    mode: Literal["evaluate"]
    data: EvaluationData


class BenchmarkConfig(InferConfig):
    """`mode=benchmark`: measure latency and throughput."""

    mode: Literal["benchmark"]
    batch_sizes: list[BatchSize] = Field(min_length=1)
    repeats: int = Field(ge=3, le=10000)
