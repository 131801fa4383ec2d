"""Servers of one digit network: how each is started, and how it is asked for one digit.

LitServe and Gradio run in environments of their own, with the same network and batches of up to 64
digits. LitServe's own form is one request. Gradio's API is two: the first gives an event's number,
the second waits for the event.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

LITSERVE = """
import sys
import litserve
import numpy as np
from ai_edge_litert.interpreter import Interpreter

class Digits(litserve.LitAPI):
    def setup(self, device):
        network = Interpreter(model_path=sys.argv[1], num_threads=1)
        self.run = network.get_signature_runner("serving_default")
    def decode_request(self, request):
        return np.array(request["image"], np.uint8)
    def batch(self, inputs):
        return np.stack(inputs)
    def predict(self, images):
        answer = self.run(image=images)
        return list(zip(answer["probabilities"].tolist(), answer["class_ids"].tolist()))
    def unbatch(self, outputs):
        return outputs
    def encode_response(self, output):
        return {"probabilities": output[0], "class_ids": output[1]}

if __name__ == "__main__":
    api = Digits(max_batch_size=64, batch_timeout=0.005)
    litserve.LitServer(api, accelerator="cpu").run(
        host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="error")
"""
GRADIO = """
import sys
import gradio
import numpy as np
from ai_edge_litert.interpreter import Interpreter

network = Interpreter(model_path=sys.argv[1], num_threads=1)
run = network.get_signature_runner("serving_default")

def classify(images):
    answer = run(image=np.array(images, np.uint8))
    rows = zip(answer["probabilities"].tolist(), answer["class_ids"].tolist())
    return [[{"probabilities": row, "class_ids": number} for row, number in rows]]

with gradio.Blocks(analytics_enabled=False) as page:
    image, told = gradio.JSON(), gradio.JSON()
    image.change(classify, image, told, batch=True, max_batch_size=64, api_name="predict")
page.queue(max_size=None, default_concurrency_limit=1)
page.launch(server_name="127.0.0.1", server_port=int(sys.argv[2]), quiet=True)
"""
SCRIPTS = {"litserve": LITSERVE, "gradio": GRADIO}

Asker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[int | None]]


def asker_of(name: str, model: str, image: np.ndarray) -> Asker:
    """Return the function that asks a server for the class of a digit.

    Args:
        name: `mnister`, `litserve` or `gradio`.
        model: The model's name.
        image: uint8 (28, 28, 1).

    Returns:
        A function of a connection; it gives the class, or None where there was no good answer.
    """
    if name == "gradio":
        path = "/gradio_api/call/predict"
        first = post(path, {"data": [image.tolist()]})
        return lambda reader, writer: _ask_gradio(reader, writer, path, first)
    if name == "litserve":
        request = post("/predict", {"image": image.tolist()})
    else:
        request = post(f"/v1/models/{model}:predict", {"instances": [image.tolist()]})
    return lambda reader, writer: _ask_once(reader, writer, request)


def post(path: str, told: Any) -> bytes:
    """Return a whole request with a body of JSON, as bytes of HTTP."""
    body = json.dumps(told, separators=(",", ":")).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    """Send a request; return the answer's status and body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    size = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    body = await (reader.readexactly(int(size[1])) if size else _chunks(reader))
    return int(head[9:12]), body


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size + 2))
    await reader.readexactly(2)
    return b"".join(part[:-2] for part in parts)


async def _ask_once(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> int | None:
    status, body = await exchange(reader, writer, request)
    told = json.loads(body)
    return told.get("predictions", [told])[0]["class_ids"] if status == 200 else None


async def _ask_gradio(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, first: bytes
) -> int | None:
    status, body = await exchange(reader, writer, first)
    if status != 200:
        return None
    event = json.loads(body)["event_id"]
    second = f"GET {path}/{event} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    _, told = await exchange(reader, writer, second)
    data = re.search(rb"event: complete\ndata: (.*)\n", told)
    return json.loads(data[1])[0]["class_ids"] if data else None
