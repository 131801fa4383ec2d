"""One measuring run of `infer.py`: a model is found and verified, then measured."""

from pathlib import Path

from mnister.config.infer_schema import BenchmarkConfig, EvaluateConfig
from mnister.measuring.benchmark import run_benchmark
from mnister.measuring.evaluate import load_test_digits, run_evaluate
from mnister.models import store
from mnister.models.load import load_network


def run(config: EvaluateConfig | BenchmarkConfig, run_folder: Path) -> None:
    """Measure how good or how fast an exported model is, as the config's mode says.

    Args:
        config: A checked config.
        run_folder: Where the run's files go.

    Raises:
        UserError: There is no such model or data, or a file of either was changed.
    """
    model = store.find_model(config.models_dir, config.model)
    store.verify(model)
    if isinstance(config, BenchmarkConfig):
        run_benchmark(config, model, run_folder)
        return
    digits = load_test_digits(config, model.class_names)  # first, TensorFlow takes seconds to load
    classifier = load_network(
        model,
        config.runtime.name,
        batch_size=config.batch_size,
        threads=getattr(config.runtime, "threads", None),
    )
    run_evaluate(config, model, classifier, digits, run_folder)
