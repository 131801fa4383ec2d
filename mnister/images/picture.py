"""placeholder until wired."""


def read_digit(path, threshold):
    """Placeholder."""
    raise NotImplementedError
