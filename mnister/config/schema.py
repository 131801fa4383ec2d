"""Every key of `train.py`'s menu: its type and its range. Units and meaning stand in `conf/`."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_serializer

from mnister.config.data_schema import (
    CropsData,
    IdxData,
    ImageFolderData,
    MnistData,
    PagesData,
    TableData,
)
from mnister.config.section import (
    BatchSize,
    Count,
    Decay,
    Device,
    Fraction,
    ModelName,
    Section,
    Text,
    Threads,
    Threshold,
)


class NoAugmentation(Section):
    """`augmentation=none`."""

    kind: Literal["none"]


class AffineAugmentation(Section):
    """`augmentation=affine`: small random affine maps."""

    kind: Literal["affine"]
    rotation: float = Field(ge=0, le=180)
    shift: float = Field(ge=0, le=14)
    scale: float = Field(ge=0, lt=1)
    shear: float = Field(ge=0, le=60)


class HandwritingAugmentation(AffineAugmentation):
    """`augmentation=handwriting`: as affine, and wavy, with thicker or thinner strokes."""

    kind: Literal["handwriting"]
    elastic: float = Field(ge=0, le=14)
    stroke: Fraction


class PageAugmentation(Section):
    """`augmentation=page`: made pages drawn again, sized, moved and inverted."""

    kind: Literal["page"]
    zoom: Fraction
    stretch: Fraction
    shift: float = Field(ge=0, le=512)
    inverted: Fraction


class CropAugmentation(Section):
    """`augmentation=crop`: crops cut out anew, turned, sized, slanted, moved and inverted."""

    kind: Literal["crop"]
    rotation: float = Field(ge=0, le=180)
    zoom: Fraction
    stretch: Fraction
    shear: Fraction
    shift: Fraction
    inverted: Fraction


class Network(Section):
    """`model=…`: a Sequential network as a list of Keras layers."""

    name: ModelName
    layers: list[str | dict[str, Any]] = Field(min_length=1)


class Optimizer(Section):
    """`optimizer=…`: a Keras optimizer's name and arguments; those not given stay Keras' own.

    Listed are the arguments whose range is the same in every optimizer that has them; Keras checks
    only some of them. Any other argument is taken as it is.
    """

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, allow_inf_nan=False)

    name: str
    learning_rate: float = Field(gt=0)
    beta_1: Decay = None
    beta_2: Decay = None
    rho: Decay = None
    momentum: Decay = None
    ema_momentum: Decay = None
    epsilon: Annotated[float, Field(gt=0)] = None
    weight_decay: Annotated[float, Field(ge=0)] | None = None
    clipnorm: Annotated[float, Field(gt=0)] | None = None
    global_clipnorm: Annotated[float, Field(gt=0)] | None = None
    clipvalue: Annotated[float, Field(gt=0)] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The other arguments that the config gives, by name."""
        return self.model_dump(exclude={"name", "learning_rate"})

    @model_serializer(mode="wrap")
    def _dump_what_is_given(self, dump: Callable) -> dict[str, Any]:
        return {key: value for key, value in dump(self).items() if key in self.model_fields_set}


class ConstantSchedule(Section):
    """`schedule=constant`."""

    kind: Literal["constant"]


class CosineSchedule(Section):
    """`schedule=cosine`."""

    kind: Literal["cosine"]
    final_factor: Fraction


class OneCycleSchedule(Section):
    """`schedule=one_cycle`."""

    kind: Literal["one_cycle"]
    warmup: float = Field(gt=0, lt=1)
    start_factor: Fraction
    final_factor: Fraction


class ExponentialSchedule(Section):
    """`schedule=exponential`."""

    kind: Literal["exponential"]
    final_factor: float = Field(gt=0, le=1)


class Devices(Section):
    """What every choice of `device` has."""

    threads: Threads
    memory_growth: bool
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"]
    deterministic: bool


class OneDevice(Devices):
    """`device=auto`, `cpu` or `gpu`."""

    kind: Literal["auto", "cpu", "gpu"]
    xla: bool


class MirroredDevices(Devices):
    """`device=mirrored`: one copy of the network a device."""

    kind: Literal["mirrored"]
    devices: list[Device] | None
    logical_cpus: Annotated[int, Field(ge=2, le=64)] | None


class WorkerDevices(Devices):
    """`device=multi_worker`: several processes, here or on several machines."""

    kind: Literal["multi_worker"]
    workers: Annotated[int, Field(ge=1, le=64)] | list[str] | None
    index: Annotated[int, Field(ge=0)] | None
    start_timeout_seconds: float = Field(gt=0)


class Preprocessing(Section):
    """`preprocessing=…`: from a picture to ink."""

    threshold: Threshold


class Export(Section):
    """`export=…`: where the trained network goes."""

    dir: Text
    name: ModelName
    quantize: bool
    verify_digits: Count


class Checkpoint(Section):
    """When a run is saved, so that it can go on."""

    every_steps: Count | None
    every_seconds: Annotated[float, Field(gt=0)] | None
    keep: Annotated[int, Field(ge=1, le=1000)]


class TensorBoard(Section):
    """What more is written for TensorBoard."""

    gradient_norm: bool
    histograms: bool
    profile: bool


class TrainConfig(Section):
    """The menu of `train.py`."""

    data: MnistData | IdxData | ImageFolderData | TableData | PagesData | CropsData = Field(
        discriminator="kind"
    )
    augmentation: (
        NoAugmentation
        | AffineAugmentation
        | HandwritingAugmentation
        | PageAugmentation
        | CropAugmentation
    ) = Field(discriminator="kind")
    model: Network
    optimizer: Optimizer
    schedule: ConstantSchedule | CosineSchedule | OneCycleSchedule | ExponentialSchedule = Field(
        discriminator="kind"
    )
    device: OneDevice | MirroredDevices | WorkerDevices = Field(discriminator="kind")
    preprocessing: Preprocessing
    export: Export
    epochs: float = Field(ge=0.01)
    test_time_augmentation: bool
    steps: Count | None
    batch_size: BatchSize
    plain_end: Fraction
    label_smoothing: float = Field(ge=0, lt=1)
    dropout: Annotated[float, Field(ge=0, lt=1)] | None
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    weights: Text | Annotated[list[Text], Field(min_length=1)] | None
    model_version: Count | None
    callbacks: list[str | dict[str, Any]]
    checkpoint: Checkpoint
    tensorboard: TensorBoard
    resume: Text | None
    dry_run: bool
    progress: Literal["auto"] | bool
    debug: bool
