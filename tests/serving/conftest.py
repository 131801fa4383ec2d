"""What the tests of the server share: servers, and a network that reads what is written."""

import pytest
from filelock import FileLock

from tests.serving.servers import serving

QUICK = ("experiment=quick", "data.limit=20000", "export.verify_digits=8")


@pytest.fixture(scope="session")
def server(tmp_path_factory, tiny_run):
    with serving(tmp_path_factory.mktemp("serving"), tiny_run.models, "workers=1") as started:
        yield started


@pytest.fixture(scope="session")
def able_run(tmp_path_factory, worker_id, run_python):
    """Train a network well enough that it reads clear digits; return its folder of models."""
    root = tmp_path_factory.getbasetemp()
    root = (root if worker_id == "master" else root.parent) / "able"
    with FileLock(f"{root}.lock"):
        if not root.exists():
            folders = [f"export.dir={root / 'models'}", f"hydra.run.dir={root / 'run'}"]
            finished = run_python("train.py", *QUICK, *folders)
            assert finished.returncode == 0, finished.stderr
    return root / "models"
