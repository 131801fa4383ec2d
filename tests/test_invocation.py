"""Hints name the command that was used, whoever prints them."""

import sys

import pytest

from mnister import invocation


@pytest.mark.parametrize(
    ("started", "named"),
    [
        ("train.py", "python infer.py 'images=my pictures'"),
        ("/home/me/mnister/infer.py", "python infer.py 'images=my pictures'"),
        ("/usr/bin/mnister-train", "mnister-infer 'images=my pictures'"),
        (r"C:\Scripts\mnister-train.exe", "mnister-infer 'images=my pictures'"),
    ],
)
def test_the_other_command_is_named_in_the_same_way(monkeypatch, started, named):
    monkeypatch.setattr(sys, "argv", [started, "epochs=1"])
    monkeypatch.setenv("MNISTER_STARTED_AS", "")
    invocation.note_command()
    assert invocation.command_for("infer", "images=my pictures") == named


@pytest.mark.parametrize(
    ("typed", "again"),
    [
        (["python3", "train.py", "-m", "seed=1,2"], "python train.py -m seed=1,2"),
        (["python3", "/opt/m/train.py", "-m"], "python /opt/m/train.py -m"),
        (["python3", "/usr/bin/mnister-train", "-m", "seed=1,2"], "mnister-train -m seed=1,2"),
    ],
)
def test_a_whole_command_is_given_as_it_was_typed(monkeypatch, typed, again):
    monkeypatch.setattr(sys, "argv", typed[1:])
    monkeypatch.setattr(sys, "orig_argv", typed)
    monkeypatch.setenv("MNISTER_STARTED_AS", "")
    invocation.note_command()
    assert invocation.typed_again("train") == again


def test_without_a_command_a_checkout_names_its_scripts(monkeypatch):
    monkeypatch.delenv("MNISTER_STARTED_AS", raising=False)
    assert invocation.command_for("train") == "python train.py"
    assert invocation.install_command("train") == "pip install '.[train]'"
