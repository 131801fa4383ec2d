"""Train a digit network: python train.py model=lenet5 epochs=3   (python train.py --help)."""

from mnister.command_line import entry_point


@entry_point("train")
def main(config, run_folder):
    """Train, evaluate and export as the config says."""
    from mnister.training.sweep_job import run_job

    return run_job(config, run_folder)


if __name__ == "__main__":
    main()
