"""A run of `infer.py mode=fields`: draw a form.yaml of an empty form, or read filled ones."""

import logging
import shutil
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import cv2
from rich.text import Text

from mnister.bundled import find_bundled
from mnister.config.fields_schema import FieldsConfig
from mnister.documents.find import find_pages, page_of
from mnister.documents.page import FilePage, free_stem
from mnister.errors import UserError, refusing
from mnister.forms.boxes import find_places
from mnister.forms.form_file import FormField, form_text, load_form, load_template
from mnister.forms.kept import as_page, as_plain, check_form, form_as_plain
from mnister.forms.reader import FormPage, FormReader, as_form_page
from mnister.forms.written import FieldsWriter, notes_of, opened_fields
from mnister.images.draw import annotate, write_png
from mnister.invocation import command_for
from mnister.reading.kept import keep, kept_stems, open_kept, read_rest, take_all, what_reads
from mnister.reading.many import read_many
from mnister.reading.page import Page
from mnister.reading.report import WIDTH, UnreadPicturesError
from mnister.reading.run import LastingConsole, make_reader, networks_as_json
from mnister.results.journal import Journal
from mnister.run_files import write_atomically
from mnister.stopping import end_by

log = logging.getLogger("mnister.forms")

_MOST_NAMES = 5  # of pages that were not read, in the message that says so


def run(config: FieldsConfig, run_folder: Path) -> None:
    """Draw a form.yaml, or read fields, as the config says.

    Args:
        config: A checked config of `mode=fields`.
        run_folder: Where the run's files go.

    Raises:
        UserError: No form, no picture, no model; or, when all is written, some pages that could
            not be read or do not fit the template.
    """
    if (config.template is None) == (config.fields is None):
        raise UserError(
            "mode=fields needs one thing to go by",
            expected="template=…, an empty form to find the fields of, or fields=form.yaml",
            received="neither" if config.template is None else "both",
            instead="mode=fields template=blank.png, then mode=fields fields=form.yaml images=…",
        )
    if config.template is not None:
        draw_form(Path(find_bundled(config.template)).expanduser(), run_folder)
    else:
        _read_forms(config, run_folder)


def draw_form(template: Path, folder: Path) -> list[FormField]:
    """Find the fields of an empty form; write form.yaml, the template beside it and a picture.

    Args:
        template: The picture of the empty form, or a page such as "form.pdf#2".
        folder: Where to.

    Raises:
        UserError: It cannot be read, or has no box.
    """
    picture = load_template(template)
    places = find_places(cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY))
    if not places:
        raise UserError(
            f"{template} has no boxes that can be told",
            expected="an empty form with boxes, combs or lines to write on",
            received=f"{picture.width} × {picture.height} pixels",
            instead="a sharper picture; or write form.yaml by hand, as README.md shows",
        )
    fields = [
        FormField(
            f"box_{number}", tuple(round(v * picture.scale) for v in place.box), place.digits
        )
        for number, place in enumerate(places, start=1)
    ]
    page = page_of(template)
    source = page.path if isinstance(page, FilePage) else template
    name = source.name + (f"#{page.number}" if isinstance(page, FilePage) else "")
    shutil.copyfile(source, folder / source.name)
    write_atomically(form_text(folder / "form.yaml", name, fields), folder / "form.yaml")
    drawn = annotate(
        picture.pixels,
        [place.box for place in places],
        [field.name.removeprefix("box_") for field in fields],
        [None] * len(fields),
    )
    write_png(folder / "form.png", drawn)
    log.info("%d fields: name them in %s", len(fields), folder / "form.yaml")
    log.info("Where each is: %s", folder / "form.png")
    return fields


def _read_forms(config: FieldsConfig, run_folder: Path) -> None:
    # 1. Find the form and the pictures, before anything slow is loaded.
    form = load_form(find_bundled(config.fields))
    found = find_pages(find_bundled(config.images), config.pages, recursive=config.recursive)
    for note in found.notes():
        log.info("%s", note)
    # 2. Load the networks.
    reader = make_reader(config, rotation=0)
    reads = what_reads(reader.models) | {"form": form_as_plain(form)}
    run_folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        # 3. Go on with what an earlier process has read, if that is asked for.
        with refusing():
            journal = open_kept(config, run_folder, reads, found.pages, files)
            check_form(journal, form)
        networks = networks_as_json(reader, config)
        fields = files.enter_context(opened_fields(run_folder, form, networks))
        # 4. Read; print each page and write its fields as they come.
        run = _Run(journal, fields, run_folder)
        stopped_by = run.read_all(FormReader(reader, form), found.pages)
    if stopped_by is not None:
        log.info("To go on: %s", command_for("infer", f"resume={run_folder}"))
    end_by(stopped_by)
    log.info("Written: %s", run_folder)
    if run.unread:
        names = ", ".join(Path(name).name for name in run.unread[:_MOST_NAMES])
        raise UnreadPicturesError(
            f"{len(run.unread)} of {len(found.pages)} pages could not be read or do not fit",
            received=names + (" …" if len(run.unread) > _MOST_NAMES else ""),
        )


class _Run:
    """What a page goes through once it is read.

    Args:
        journal: Where it is kept, so that it need not be read again.
        fields: Writes its fields.
        folder: Where its picture goes.

    Attributes:
        unread: Files of pages that could not be read or do not fit.
    """

    def __init__(self, journal: Journal, fields: FieldsWriter, folder: Path) -> None:
        self.journal, self.fields, self.folder = journal, fields, folder
        self.unread: list[str] = []
        self._stems = set(kept_stems(journal))
        self._console = LastingConsole(width=None if sys.stdout.isatty() else WIDTH)

    def read_all(
        self, reader: FormReader, pictures: Sequence[Path | FilePage]
    ) -> signal.Signals | None:
        """Read pictures until all are read, or until a signal asks to stop; then return that."""
        read = partial(read_many, reader, workers=None)
        pages = read_rest(read, pictures, self.journal, as_page)
        count, stopped_by = take_all(pictures, pages, self._take)
        for file in pictures[count:]:
            self.fields.add(FormPage(str(file), error="It was not read: interrupted"))
        return stopped_by

    def _take(self, picture: Path | FilePage, read: FormPage | Page) -> None:
        """Write what a page gives, then keep it; the picture of a kept one is there already."""
        page, stem = as_form_page(read), None
        if page.picture is not None:
            stem = free_stem(page.file, self._stems)
            write_png(self.folder / f"{stem}_fields.png", page.annotated())
        keep(self.journal, picture, stem, as_plain(page))
        self.fields.add(page)
        self._console.print(page_text(page), soft_wrap=True)
        if not page.fields:
            self.unread.append(page.file or "")


def page_text(page: FormPage) -> Text:
    """Return a page's file and fields, or why there are none, and what else is to be said."""
    text = Text(Path(page.file).name if page.file else "picture", style="bold")
    for each in page.fields:
        text.append(f"\n  {each.name}: {each.text or '–'}", style="not bold")
    for said in notes_of(page):
        text.append("\n  " + said, style="yellow")
    if page.error:
        text.append("\n  " + page.error.replace("\n", "\n  "), style="red")
    return text
