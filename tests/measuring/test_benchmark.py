"""Benchmarking: warm-up is apart, every place is measured, the run folder holds what it should."""

import csv
import gc
import io
import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from rich.console import Console

from mnister.config.compose import compose_config
from mnister.errors import UserError
from mnister.measuring import benchmark
from mnister.measuring.benchmark_report import print_benchmark, write_benchmark
from mnister.measuring.measurement import Measurement, Place
from mnister.models.store import ExportedModel

CPU = Place("litert", "CPU", "Some CPU, 2 threads")
GPU = Place("saved_model", "GPU:0", "Some GPU")


class SleepingClassifier:
    """Takes 100 ms for the first call, then 1 ms a call."""

    def __init__(self):
        self.calls = []
        self.was_collecting = []

    def predict(self, images):
        time.sleep(0.001 if self.calls else 0.1)
        self.calls.append(images.shape)
        self.was_collecting.append(gc.isenabled())
        return np.full((len(images), 10), 0.1, np.float32)


def make_measurements(places=(CPU, GPU), sizes=(1, 8, 512)):
    return [
        Measurement(place, size, 20.0, 7.0 * size, np.linspace(1, 2, 21) * size ** (0.8 - number))
        for number, place in enumerate(places)
        for size in sizes
    ]


def make_model(tmp_path):
    return ExportedModel("compact", 1, tmp_path / "compact" / "1", {"class_names": ["0", "1"]})


def test_the_first_call_and_the_warm_up_are_apart():
    classifier = SleepingClassifier()
    first_ms, calls_ms = benchmark.time_calls(classifier, benchmark.random_digits(4), repeats=5)
    assert first_ms >= 100
    assert calls_ms.shape == (5,)
    assert 1 <= np.median(calls_ms) < 100
    assert classifier.calls == [(4, 28, 28, 1)] * (3 + 5)
    assert classifier.was_collecting == [True] * 3 + [False] * 5
    assert gc.isenabled()


def test_digits_are_the_same_every_time():
    digits = benchmark.random_digits(3)
    assert (digits.dtype, digits.shape) == (np.uint8, (3, 28, 28, 1))
    np.testing.assert_array_equal(digits, benchmark.random_digits(3))


def test_a_measurement_by_hand():
    calls_ms = np.array([1.0] * 18 + [2.0, 10.0])
    measurement = Measurement(CPU, 8, 1.0, 50.0, calls_ms)
    assert measurement.median_ms == 1
    assert measurement.p95_ms == pytest.approx(2.4)
    assert measurement.digits_per_second == pytest.approx(1000 * 8 * 20 / 30)


def test_without_tensorflow_litert_is_measured_alone(monkeypatch, caplog):
    def refuse():
        raise UserError("TensorFlow is not installed")

    monkeypatch.setattr(benchmark, "import_tensorflow", refuse)
    (place,) = benchmark.find_places(threads=1)
    assert str(place) == "litert on CPU"
    assert place.description.endswith(", 1 thread")
    assert "saved_model is left out: TensorFlow is not installed" in caplog.text


def test_every_gpu_that_tensorflow_sees_is_a_place(monkeypatch):
    config = SimpleNamespace(
        list_physical_devices=lambda kind: [f"{kind} one", f"{kind} two"],
        experimental=SimpleNamespace(get_device_details=lambda gpu: {"device_name": gpu}),
    )
    monkeypatch.setattr(benchmark, "import_tensorflow", lambda: SimpleNamespace(config=config))
    places = benchmark.find_places(threads=2)
    assert [(place.runtime, place.device) for place in places] == [
        ("litert", "CPU"),
        ("saved_model", "CPU"),
        ("saved_model", "GPU:0"),
        ("saved_model", "GPU:1"),
    ]
    assert places[3].description == "GPU two"


def test_the_table_fits_80_columns():
    measurements = make_measurements()
    slow = Measurement(GPU, 65536, 1.0, 123456.789, np.array([98765.43, 99999.99]))
    console = Console(width=200, record=True, file=io.StringIO())
    print_benchmark([*measurements, slow], console)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert "123,456.79" in text
    assert "litert on CPU: Some CPU, 2 threads" in text


@pytest.mark.parametrize("sizes", [(1, 8, 512), (32,)])
def test_csv_and_picture_are_written(tmp_path, sizes):
    write_benchmark(make_measurements(sizes=sizes), tmp_path)
    with (tmp_path / "benchmark.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["batch_size"]) for row in rows] == [*sizes, *sizes]
    assert rows[-1]["device"] == "GPU:0"
    assert float(rows[0]["first_ms"]) == 7 * sizes[0]
    picture = cv2.imread(str(tmp_path / "benchmark.png"))
    assert picture.shape == (528, 1320, 3)
    blue, green, red = (picture[..., channel].astype(int) for channel in range(3))
    assert ((blue - red) > 100).sum() > 30  # the first line or, for one batch size, its dots
    assert ((red - blue) > 100).sum() > 30
    assert green.min() < 50


def test_a_run_measures_each_batch_size_once_and_loads_anew(tmp_path, monkeypatch, capsys):
    loaded = []

    def load(model, runtime, *, batch_size, threads):
        loaded.append((model.version, runtime, batch_size, threads))
        return SleepingClassifier()

    monkeypatch.setattr(benchmark, "load_network", load)
    monkeypatch.setattr(benchmark, "find_places", lambda _: [CPU])
    overrides = ["mode=benchmark", "runtime=litert", "runtime.threads=3", "repeats=3"]
    config = compose_config("infer", [*overrides, "batch_sizes=[8,2,8]"])
    measurements = benchmark.run_benchmark(config, make_model(tmp_path), tmp_path)
    assert loaded == [(1, "litert", 2, 3), (1, "litert", 8, 3)]
    assert [measurement.batch_size for measurement in measurements] == [2, 8]
    assert all(m.first_ms >= 100 > m.median_ms for m in measurements)
    assert {p.name for p in tmp_path.iterdir()} == {
        "benchmark.csv",
        "benchmark.png",
        "environment.json",
    }
    assert "Digits/s" in capsys.readouterr().out


@pytest.fixture
def tiny_model(tmp_path):
    """Export one dense layer in both forms."""
    tensorflow = pytest.importorskip("tensorflow")

    class Tiny(tensorflow.Module):
        def __init__(self):
            super().__init__()
            self.weights = tensorflow.Variable(tensorflow.random.normal((784, 10)))

        @tensorflow.function(
            input_signature=[tensorflow.TensorSpec((None, 28, 28, 1), tensorflow.uint8, "image")]
        )
        def serve(self, image):
            flat = tensorflow.reshape(tensorflow.cast(image, "float32") / 255, (-1, 784))
            return {"probabilities": tensorflow.nn.softmax(flat @ self.weights)}

    model, tiny = make_model(tmp_path), Tiny()
    signatures = {"serving_default": tiny.serve}
    tensorflow.saved_model.save(tiny, str(model.path), signatures=signatures)
    converter = tensorflow.lite.TFLiteConverter.from_saved_model(str(model.path))
    (model.path / "model.tflite").write_bytes(converter.convert())
    return model


@pytest.mark.slow
def test_a_real_model_is_measured_on_every_runtime_that_is_there(tiny_model):
    places = benchmark.find_places(threads=1)
    assert [place.runtime for place in places[:2]] == ["litert", "saved_model"]
    for place in places:
        measurements = benchmark.measure(tiny_model, place, [1, 16], repeats=5, threads=1)
        assert [measurement.batch_size for measurement in measurements] == [1, 16]
        assert all((m.calls_ms > 0).all() and m.load_ms > 0 for m in measurements)
