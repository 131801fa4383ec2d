"""The code keeps to docs/architecture.md: imports run down, in no circle, rooms stay small."""

import ast
import graphlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "mnister").rglob("*.py"))
}
MOST_LINES_OF_ROOM, MOST_LINES_OF_FILE = 2800, 300


def imports_of(module):
    """List the modules of the package that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mnister"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.startswith("mnister")}
    return found


def room_of(module):
    """Return the name of a module's room; of a module in none, its own."""
    return module.split(".")[1] if "." in module else "mnister"


def rooms_from_the_top():
    """Read the table of docs/architecture.md: the rooms of each row, from the top down."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("## The rooms")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| ")][1:]
    return [re.findall(r"`(\w+)/?`", a) or re.findall(r"`(\w+)`", b) for a, b in rows]


RANKS = {room: rank for rank, row in enumerate(rooms_from_the_top()) for room in row}
PACKAGE = {"mnister", "__main__"}  # names what lies below it, and imports it when asked for


def test_the_table_names_every_room():
    assert {room_of(module) for module in MODULES} - PACKAGE == set(RANKS)


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"mnister", "mnister.__main__"}))
def test_no_import_runs_up(module):
    own = RANKS[room_of(module)]
    upwards = [name for name in imports_of(module) if RANKS.get(room_of(name), 99) < own]
    assert upwards == []


def test_no_imports_run_in_a_circle():
    graph = {module: imports_of(module) - {module} for module in MODULES if module != "mnister"}
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) >= len(graph)
    rooms = {}
    for module, names in graph.items():
        rooms.setdefault(room_of(module), set()).update(map(room_of, names))
    for room, below in rooms.items():
        below -= {room, "mnister"}
    assert len(list(graphlib.TopologicalSorter(rooms).static_order())) >= len(rooms)


def test_training_and_reading_do_not_know_each_other():
    for one, other in (("training", "reading"), ("reading", "training")):
        names = {n for m in MODULES if room_of(m) == one for n in imports_of(m)}
        assert not any(room_of(name) == other for name in names)


def test_rooms_and_files_stay_small():
    lines = {m: len(p.read_text(encoding="utf-8").splitlines()) for m, p in MODULES.items()}
    assert {m: n for m, n in lines.items() if n > MOST_LINES_OF_FILE} == {}
    rooms = {}
    for module, count in lines.items():
        rooms[room_of(module)] = rooms.get(room_of(module), 0) + count
    assert {room: n for room, n in rooms.items() if n > MOST_LINES_OF_ROOM} == {}


def test_every_room_says_what_its_files_do():
    for room in {room_of(m) for m in MODULES} - PACKAGE:
        files = {p.name for p in (ROOT / "mnister" / room).glob("*.py")} - {"__init__.py"}
        if files and room != "images":
            text = (ROOT / "mnister" / room / "__init__.py").read_text(encoding="utf-8")
            assert {name for name in files if name not in text} == set(), room
