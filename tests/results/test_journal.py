"""The journal of a run: whatever was kept is there again, whenever the process was killed."""

import json
import tracemalloc

import pytest
from filelock import FileLock

from mnister.errors import UserError
from mnister.results.journal import NAME, Journal, opened_journal

READS = {"model": None, "detector": {"name": "page/2"}}
PICTURES = {"scan.pdf#1": {"text": "12"}, "scan.pdf#2": {"text": "7"}, "in/\udcff.png": {}}


def begin(folder):
    with opened_journal(folder, READS, goes_on=False) as journal:
        for name, kept in PICTURES.items():
            journal.add(name, kept, [f"{name}: {text}" for text in kept.get("text", "")])
    return (folder / NAME).read_bytes()


def test_what_was_kept_is_there_again(tmp_path):
    begin(tmp_path)
    with opened_journal(tmp_path, {"model": "other"}, goes_on=True) as journal:
        assert (journal.begun, journal.reads) == (True, READS)
        assert {name: journal.kept(name) for name in journal.names} == PICTURES
        assert "scan.pdf#2" in journal
        assert "scan.pdf#3" not in journal
        numbers = list(journal.numbers())
        assert [text for _, text in numbers] == ["scan.pdf#1: 1", "scan.pdf#1: 2", "scan.pdf#2: 7"]
        assert all(journal.number_at(place) == text for place, text in numbers)


def test_wherever_it_was_cut_off_whole_pictures_are_left_and_it_goes_on(tmp_path):
    whole = begin(tmp_path)
    path = tmp_path / NAME
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with opened_journal(tmp_path, READS, goes_on=True) as journal:
            count = whole[:end].count(b'{"picture": ') - (not whole[:end].endswith(b"\n"))
            assert journal.names in (list(PICTURES)[:n] for n in (count, count + 1))
            for name, kept in PICTURES.items():
                if name not in journal:
                    numbers = [f"{name}: {text}" for text in kept.get("text", "")]
                    journal.add(name, kept, numbers)
        assert path.read_bytes() == whole


@pytest.mark.parametrize("damage", [b"\0" * 40, b'{"picture": ["x", {}', b"[]\n", b"{}\n\xff\n"])
def test_what_a_power_cut_left_behind_the_last_picture_is_dropped(tmp_path, damage):
    whole = begin(tmp_path)
    with (tmp_path / NAME).open("ab") as file:
        file.write(damage)
    with opened_journal(tmp_path, READS, goes_on=True) as journal:
        assert journal.names == list(PICTURES)
        journal.add("last.png", {})
    assert (tmp_path / NAME).read_bytes().startswith(whole + b'{"picture": ["last.png",{}]}\n')


def test_a_new_run_in_the_folder_begins_anew(tmp_path):
    begin(tmp_path)
    with opened_journal(tmp_path, READS, goes_on=False) as journal:
        assert (journal.begun, len(journal)) == (False, 0)
    assert json.loads((tmp_path / NAME).read_text()) == {"reads": READS}


def test_what_a_killed_process_left_half_written_is_put_away(tmp_path):
    (tmp_path / ".predictions.csv.4711.partial").touch()
    begin(tmp_path)
    assert not list(tmp_path.glob(".*.partial"))


def test_two_processes_do_not_read_in_one_folder(tmp_path):
    whole = begin(tmp_path)
    refused = pytest.raises(UserError, match=r"(?s)Another process is reading in .*wait for it")
    with FileLock(tmp_path / ".lock"), refused, opened_journal(tmp_path, READS, goes_on=False):
        pass
    assert (tmp_path / NAME).read_bytes() == whole


def test_pictures_in_it_are_not_in_memory(tmp_path):
    with (tmp_path / NAME).open("w+b") as file:
        journal = Journal(file, READS)
        tracemalloc.start()
        for number in range(500):
            journal.add(str(number), {"text": "1" * 1000}, ["x" * 1000] * 20)
            if number == 100:
                before, _ = tracemalloc.get_traced_memory()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(len(text) for _, text in journal.numbers()) == 10_000_000
    assert after - before < 200_000  # kept, 8 MB
