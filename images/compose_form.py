"""Compose the sample form of this folder and photos of it filled in, from MNIST test digits.

Run as `python images/compose_form.py`; the same seed always gives the same pictures.
"""

from pathlib import Path

from mnister.forms.samples import write_form_samples

if __name__ == "__main__":
    write_form_samples(Path(__file__).resolve().parent / "form")
