"""What is written plainly is understood as JSON's parser does; all else is left to that."""

import json
import random

import numpy as np
import pytest

from mnister.serving.plain_json import plain_images

IMAGES = np.random.default_rng(5).integers(0, 256, (2, 28, 28, 1), dtype=np.uint8)
IMAGES[0, 0, :3, 0] = 0, 9, 255


def told(images=IMAGES, name="instances", **how):
    return json.dumps({name: images.tolist()}, **how).encode()


@pytest.mark.parametrize("name", ["instances", "inputs"])
@pytest.mark.parametrize("how", [{}, {"separators": (",", ":")}, {"separators": (", ", " : ")}])
@pytest.mark.parametrize("count", [1, 2])
def test_images_are_those_that_were_written(name, how, count):
    found, images = plain_images(told(IMAGES[:count], name, **how))
    assert (found, images.dtype, images.shape) == (name, np.uint8, (count, 28, 28, 1))
    assert np.array_equal(images, IMAGES[:count])
    assert plain_images(b" \n" + told(IMAGES[:count], name, **how) + b"\r\n") is not None


WHOLE = told(separators=(",", ":"))
OTHERS = {
    "nothing": b"",
    "no image": b'{"instances": []}',
    "another name": told(name="images"),
    "a list": json.dumps(IMAGES.tolist()).encode(),
    "named rows": json.dumps({"instances": [{"image": x.tolist()} for x in IMAGES]}).encode(),
    "more": WHOLE[:-1] + b',"signature_name":"serving_default"}',
    "cut off": WHOLE[:-2],
    "something behind": WHOLE + b"]}",
    "too large": told(IMAGES.astype(int) + 1),
    "huge": WHOLE.replace(b"[[[[0]", b"[[[[" + b"9" * 30 + b"]", 1),
    "negative": told(IMAGES.astype(int) - 1),
    "fractions": told(IMAGES / 2),
    "flat": told(IMAGES.reshape(2, -1)),
    "two channels": told(np.concatenate([IMAGES, IMAGES], axis=3)),
    "27 rows": told(IMAGES[:, :27]),
    "a zero before": WHOLE.replace(b"[[[[0]", b"[[[[00]", 1),
    "no number": WHOLE.replace(b"[[[[0]", b"[[[[]", 1),
    "a number outside": WHOLE.replace(b"[[[[0]", b"[[[1[0]", 1),
    "a number behind": WHOLE.replace(b"[[[[0],", b"[[[[0]1,", 1),
    "a number moved": WHOLE.replace(b"[[[[0],", b"[[[[],0", 1),
    "a number before": WHOLE.replace(b"[[[[0],", b"[[[[0],1", 1),
    "a blank in a number": WHOLE.replace(b"[255]", b"[2 55]", 1),
    "a comma in a number": WHOLE.replace(b"[255]", b"[2,55]", 1),
    "a comma and a blank in a number": WHOLE.replace(b"[255]", b"[2, 55]", 1),
    "two numbers": WHOLE.replace(b"[[[[0],", b"[[[[0],[0],", 1),
    "not ASCII": WHOLE.replace(b"[255]", "[٢]".encode(), 1),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_written_otherwise_is_left_to_the_parser(kind):
    assert WHOLE.startswith(b'{"instances":[[[[0],[9],[255],')
    assert plain_images(OTHERS[kind]) is None


def test_whatever_is_changed_no_image_is_another_than_the_parser_finds():
    chance, bare = random.Random(3), bytearray(told(IMAGES[:1], separators=(",", ":")))
    taken = 0
    for _ in range(3000):
        body = bytearray(bare)
        for _ in range(chance.choice((1, 1, 2))):
            place, letter = chance.randrange(len(body)), chance.choice(b'0123456789[],. -+e"{}:\n')
            what = chance.randrange(3)
            body[place : place + (what > 0)] = b"" if what == 2 else bytes([letter])
        found = plain_images(bytes(body))
        if found is not None:
            taken += 1
            assert np.array_equal(json.loads(body)[found[0]], found[1])
    assert taken > 100  # other grey values
