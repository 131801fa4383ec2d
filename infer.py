"""Read pictures of digits: python infer.py mode=multi_digit images=photo.jpg   (--help)."""

from mnister.command_line import entry_point


@entry_point("infer")
def main(config, run_folder):
    """Read, evaluate or benchmark as the config's mode says."""
    from mnister.reading.run import run

    run(config, run_folder)


if __name__ == "__main__":
    main()
