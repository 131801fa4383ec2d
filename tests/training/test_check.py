"""The check of an installation says what is there and trains for a step."""

import pytest


@pytest.mark.slow
def test_the_check_prints_what_is_there_and_trains(run_python):
    finished = run_python("-m", "mnister.training.check", CUDA_VISIBLE_DEVICES="-1")
    assert finished.returncode == 0, finished.stderr
    for word in ("tensorflow", "CPU:0", "float32", "mixed_bfloat16", "All is well"):
        assert word in finished.stdout
    assert max(map(len, finished.stdout.splitlines())) <= 80
