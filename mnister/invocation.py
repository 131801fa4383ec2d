"""How the program was started, so that a hint names the command that its reader has."""

import os
import shlex
import sys
from pathlib import Path

_STARTED_AS = "MNISTER_STARTED_AS"  # in the environment: workers' hints are read by who typed
_SCRIPT, _INSTALLED = "python {}.py", "mnister-{}"


def note_command() -> None:
    """Keep in mind how this process was started, for itself and those that it starts."""
    is_script = Path(sys.argv[0]).suffix == ".py"
    os.environ[_STARTED_AS] = _SCRIPT if is_script else _INSTALLED


def command_for(menu: str, *arguments: str) -> str:
    """Return what to type for a menu, in the way in which this program was started.

    Args:
        menu: `train` or `infer`.
        *arguments: What stands behind the command, each quoted where a shell needs it.

    Returns:
        Such as `python train.py resume=latest`, or `mnister-train resume=latest`.
    """
    usual = _SCRIPT if _is_checkout() else _INSTALLED
    command = os.environ.get(_STARTED_AS, usual).format(menu)
    return shlex.join([*command.split(), *arguments])


def install_command(extra: str) -> str:
    """Return what to type to install the packages of an extra of pyproject.toml.

    Args:
        extra: Its name.
    """
    return f"pip install '{'.' if _is_checkout() else 'mnister'}[{extra}]'"


def _is_checkout() -> bool:
    return (Path(__file__).resolve().parents[1] / "pyproject.toml").is_file()


def typed_again(menu: str) -> str:
    """Return the whole command that this process was started with, for its menu."""
    script, *typed = sys.orig_argv[1:]
    is_script = script.endswith(".py")  # else the file that an installed command is
    return shlex.join(["python", script, *typed]) if is_script else command_for(menu, *typed)
