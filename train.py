"""Train a digit network: python train.py model=lenet5 epochs=3   (python train.py --help)."""

from mnister.command_line import entry_point


@entry_point("train")
def main(config, run_folder):
    """Train, evaluate and export as the config says."""
    from mnister.training.run import run

    result = run(config, run_folder)
    return result and result.metrics["validation_accuracy"]  # what a sweeper optimizes


if __name__ == "__main__":
    main()
