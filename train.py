"""Train a digit network: python train.py model=lenet5 epochs=3   (python train.py --help)."""

from mnister.command_line import entry_point


@entry_point("train")
def main(config, run_folder):
    """Train, evaluate and export as the config says."""
    from mnister.training.run import run

    return run(config, run_folder).metrics["validation_accuracy"]  # what a sweeper looks at


if __name__ == "__main__":
    main()
