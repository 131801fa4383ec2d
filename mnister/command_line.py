"""What both entry points share: check what was typed, run it with Hydra, report errors."""

import argparse
import contextlib
import functools
import gc
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from mnister.config import CONFIG_FOLDERS, Menu, hydra_internals
from mnister.config.sweeps import register_resolvers
from mnister.errors import REFUSED, UserError, words_of
from mnister.invocation import note_command
from mnister.quiet import expect_one_job
from mnister.stopping import exit_on_signals, name_of_stop

FAILED, USER_ERROR, INTERRUPTED = 1, 2, 130

log = logging.getLogger("mnister")

os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")  # a damaged picture is told of by its name

register_resolvers()  # here, as a sweep's other processes import this module first

Task = Callable[[Any, Path], Any]


def entry_point(menu: Menu) -> Callable[[Task], Callable[[], None]]:
    """Turn a function of a checked config and a run folder into a command.

    Args:
        menu: Which menu of `conf/` the command is run from.

    Returns:
        A decorator. The command ends with exit code 0, 2 for what the user can mend, 130 by
        Ctrl-C, 143 by SIGTERM, 129 by SIGHUP, 1 for anything else; a sweep goes on past a failed
        job.
    """

    def decorate(task: Task) -> Callable[[], None]:
        @functools.wraps(task)
        def command() -> None:
            # Looking for garbage takes a tenth of the time of a start and an end: only jobs do.
            gc.disable()
            note_command()
            try:
                _run_hydra(functools.partial(_run, menu, functools.partial(_run_job, menu, task)))
            finally:
                gc.freeze()
                gc.enable()  # for a caller that goes on

        return command

    return decorate


def _run(menu: Menu, job: Callable[[DictConfig], Any]) -> None:
    """Check what was typed and do it."""
    composed = _check_command_line(menu)
    if composed is None:
        is_completing = hydra_internals.parse_options()[0].shell_completion  # reads no values
        with contextlib.nullcontext() if is_completing else hydra_internals.files_as_typed():
            hydra.main(str(CONFIG_FOLDERS[menu]), menu, version_base="1.3")(job)()
    else:
        _run_once(menu, composed, job)


def _check_command_line(menu: Menu) -> DictConfig | None:
    """Stop with exit code 2 if what was typed cannot be run.

    Returns:
        The config of the one run that is asked for; None if it is for Hydra to do what was typed:
        a sweep, or a question.
    """
    arguments = _parse_command_line()
    only_asks = arguments.hydra_help or arguments.info or arguments.shell_completion
    has_other_menu = arguments.config_path or arguments.config_name
    if arguments.help and not has_other_menu:
        _print_help(menu, arguments)
    if only_asks or has_other_menu:
        return None  # a job's config is checked again when it starts
    from mnister.config import compose
    from mnister.config.resume import expand_resume

    is_sweep = arguments.multirun or _asks_for_sweep(arguments.overrides)
    own_folder = arguments.config_dir
    try:
        typed = expand_resume(arguments.overrides, menu)
        if not (is_sweep or arguments.cfg):
            composed = compose.compose_run(menu, typed, own_folder=own_folder)
            if composed.hydra.mode != RunMode.MULTIRUN:
                return composed
        checked = compose.check_overrides(menu, typed, own_folder=own_folder, is_sweep=is_sweep)
        if menu == "train" and is_sweep:
            checked = compose.check_sweep(checked, own_folder=own_folder)
    except UserError as error:
        _refuse(error)
    _replace_overrides(arguments.overrides, checked)
    return None


def _run_once(menu: Menu, composed: DictConfig, job: Callable[[DictConfig], Any]) -> None:
    """Run what is composed already, in a process that does nothing else."""
    from mnister.run_files import make_folder, read_record

    expect_one_job()
    try:
        make_folder(composed.hydra.run.dir, "hydra.run.dir")
    except UserError as error:
        _refuse(error)
    job = functools.partial(job, before=read_record(Path(composed.hydra.run.dir)))
    hydra_internals.run_composed(CONFIG_FOLDERS[menu], menu, composed, job)


def _print_help(menu: Menu, arguments: argparse.Namespace) -> NoReturn:
    from mnister.config.help import help_text

    own_folder, resolve = arguments.config_dir, arguments.resolve
    try:
        print(help_text(menu, arguments.overrides, own_folder=own_folder, resolve=resolve))
    except UserError as error:
        _refuse(error)
    sys.exit()


def _parse_command_line() -> argparse.Namespace:
    """Parse what was typed, its options in any place: Hydra's own parser wants them together."""
    arguments, unknown = hydra_internals.parse_options()
    if unknown:
        key, _, value = unknown[0].lstrip("-").partition("=")
        _refuse(
            UserError(
                f"{unknown[0]}: no such option",
                expected="key=value, or --help, --cfg job, --multirun, --config-dir FOLDER",
                received=" ".join(unknown),
                instead=f"{key}={value or '…'}" if unknown[0].startswith("--") else None,
            )
        )
    _replace_overrides(arguments.overrides, arguments.overrides)
    return arguments


def _replace_overrides(typed: list[str], overrides: list[str]) -> None:
    """Let Hydra find other overrides than were typed, after all options."""
    options = [argument for argument in sys.argv[1:] if argument not in typed]
    sys.argv[1:] = [*options, *overrides]


def _refuse(error: UserError) -> NoReturn:
    print(f"{error}\nNothing was started.", file=sys.stderr)
    sys.exit(USER_ERROR)


def _asks_for_sweep(overrides: list[str]) -> bool:
    """Tell whether a sweep is asked for by name, without `-m`."""
    chosen = [text for text in overrides if text.startswith("sweep=")]
    return "hydra.mode=MULTIRUN" in overrides or chosen not in ([], ["sweep=null"])


def _run_hydra(command: Callable[[], None]) -> None:
    """Run Hydra's command; what Hydra itself refuses gets the shape of every error."""
    exit_on_signals()  # jobs note how they ended, those in other processes end, it is reported
    logging.raiseExceptions = False  # a full disk cannot hold the log, either
    is_traced = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # else Hydra ends the process in words of its own
    try:
        command()
    except KeyboardInterrupt:  # while a sweep waited for its jobs in other processes
        sys.exit(INTERRUPTED)
    except Exception as error:
        from mnister.config import hydra_errors
        from mnister.run_files import as_user_error

        if hydra_errors.is_without_best_trial(error):
            sys.exit(FAILED)  # the sweep's report says of each trial what went wrong
        refused = hydra_errors.explain_refusal(error) or as_user_error(error)
        if is_traced or refused is error:
            raise
        from mnister.sweeps.callback import take_back

        take_back()
        print(refused, file=sys.stderr)
        sys.exit(USER_ERROR)


def _run_job(
    menu: Menu,
    task: Task,
    composed: DictConfig,
    before: Mapping[Path, bytes] = MappingProxyType({}),
) -> Any:
    """Run one job in its folder and keep a note of how it ended; see `entry_point`.

    Args:
        menu: Whose schema holds.
        task: What is run.
        composed: The job's config.
        before: What the folder told of a run that this one would go on with.
    """
    gc.enable()
    run_folder = _run_folder()
    from mnister.config.compose import check_composed

    try:
        _note(run_folder, "running")
        config = check_composed(menu, composed)
        result = task(config, run_folder)
        _note(run_folder, "finished")
    except (KeyboardInterrupt, SystemExit) as stop:
        code = INTERRUPTED if isinstance(stop, KeyboardInterrupt) else stop.code
        _note(run_folder, "interrupted", name_of_stop(code))
        log.error("Interrupted. What was written so far lies in %s", run_folder)
        sys.exit(code)
    except Exception as error:
        return _end_failed(run_folder, error, before, is_debugged=bool(composed.get("debug")))
    return result


def _run_folder() -> Path:
    """Return the job's folder, short where it lies below the current one."""
    folder, here = Path(HydraConfig.get().runtime.output_dir), Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _end_failed(
    run_folder: Path, error: Exception, before: Mapping[Path, bytes], *, is_debugged: bool
) -> None:
    """Say what went wrong, keep the traceback, and end the process unless it is a sweep.

    A run that is refused to go on is told of as it was before.
    """
    from mnister.run_files import as_user_error, put_back

    trace = "".join(traceback.format_exception(error))
    error = as_user_error(error, run_folder)
    is_user_error = isinstance(error, UserError)
    reason = words_of(error)
    log.error("%s", trace if is_debugged else reason)
    state = getattr(error, "state", "failed")
    with contextlib.suppress(OSError):  # the disk may be what is full
        if state == REFUSED and before:
            put_back(before)
        else:
            (run_folder / "traceback.txt").write_text(trace, encoding="utf-8")
            _note(run_folder, "failed" if state == REFUSED else state, reason)
    if not is_user_error and not is_debugged:
        log.error("Where it happened: %s", run_folder / "traceback.txt")
    is_one_of_many = HydraConfig.get().mode == RunMode.MULTIRUN
    if not is_one_of_many or state == "stopped":
        sys.exit(error.exit_code if is_user_error else FAILED)


def _note(run_folder: Path, state: str, reason: str | None = None) -> None:
    """Write how the job stands into `status.json`."""
    from mnister.run_files import write_status

    write_status(run_folder, HydraConfig.get().overrides.task, state, reason)
