"""Compose the sample pictures of this folder from MNIST test digits.

Run as `python images/compose_samples.py`; the same seed always gives the same pictures.
"""

from pathlib import Path

from mnister.pages.samples import write_samples

if __name__ == "__main__":
    write_samples(Path(__file__).resolve().parent)
