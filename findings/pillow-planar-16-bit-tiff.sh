#!/usr/bin/env bash
# Guess:    Pillow opens a 16-bit RGB TIFF the same, whether its samples lie pixel by pixel or plane by
#           plane, and whether they are compressed or not.
# Versions: Pillow 13.0.0, tifffile 2026.3.3, NumPy 2.4.6, Python 3.11.
# Behaviour: Uncompressed planes of 16 bit are mixed up without a word: Pillow's own raw reader takes them
#           apart by bytes. The same picture compressed, or by pixels, is right. With
#           TiffImagePlugin.READ_LIBTIFF = True, libtiff reads it and it is right.
# Seen:     by pixels, raw:         equal
#           by planes, deflate:     equal
#           by planes, raw:         different
#           by planes, raw, libtiff: equal
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
cd "$folder"
seen=$(venv/bin/python - <<'PYTHON'
import numpy as np
import tifffile
from PIL import Image, TiffImagePlugin

rows, columns = np.indices((16, 24))
high = np.stack([10 * rows, 10 * columns, 200 - 5 * rows], axis=-1).astype(np.uint16)
pixels = high * 257  # 0 to 65535, as scanners write 8 bits in 16
planes = np.moveaxis(pixels, -1, 0)


def compare(name, data, libtiff=False, **options):
    tifffile.imwrite("p.tif", data, photometric="rgb", **options)
    TiffImagePlugin.READ_LIBTIFF = libtiff
    opened = np.asarray(Image.open("p.tif").convert("RGB"), np.uint16)
    print(f"{name + ':':<25}{'equal' if (opened == high).all() else 'different'}")


compare("by pixels, raw", pixels, planarconfig="contig")
compare("by planes, deflate", planes, planarconfig="separate", compression="zlib")
compare("by planes, raw", planes, planarconfig="separate")
compare("by planes, raw, libtiff", planes, planarconfig="separate", libtiff=True)
PYTHON
)
echo "$seen"
diff <(echo "$seen" | tr -s ' ') - <<'SEEN'
by pixels, raw: equal
by planes, deflate: equal
by planes, raw: different
by planes, raw, libtiff: equal
SEEN
