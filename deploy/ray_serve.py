"""The whole reader on many machines, by Ray Serve: more replicas where there is more to read.

    pip install '.[serve]' 'ray[serve]'
    serve run --app-dir deploy ray_serve:reader models_dir=$PWD/outputs/models

    curl --data-binary @photo.jpg http://127.0.0.1:8000/        # as predictions.json

Each replica is a core and one `Reader`; where nothing is exported, the page network reads alone.
Ray's HTTP proxy asks nobody for a token: it listens on 127.0.0.1 unless it is told otherwise.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mnister import Reader
from mnister.errors import UserError
from mnister.images.files import picture_from_bytes
from mnister.reading.predictions import page_as_json
from mnister.serving.answers import Refused, error_answer
from mnister.serving.bodies import picture_in, read_body

MOST_BYTES, SECONDS, MOST_PIXELS = 32_000_000, 30.0, 50_000_000  # as conf/infer/mode/serve.yaml


@serve.deployment(
    max_ongoing_requests=4,
    ray_actor_options={"num_cpus": 1},
    autoscaling_config={"min_replicas": 1, "max_replicas": 64, "target_ongoing_requests": 2},
)
class Pictures:
    """Reads the picture of each request, one at a time; arguments as those of `Reader`."""

    def __init__(self, **arguments: Any) -> None:
        self._reader = Reader(threads=1, **arguments)
        self._thread = ThreadPoolExecutor(1)  # health checks are answered meanwhile

    async def __call__(self, request: Request) -> Response:
        """Answer with the page as predictions.json has it, or with what is wrong."""
        try:
            body = await picture_in(request, await read_body(request, MOST_BYTES, SECONDS))
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._read, body)
        except Refused as refused:
            return error_answer(refused.status, refused.error, refused.headers)
        except UserError as error:
            return error_answer(422, error)

    def _read(self, body: bytes) -> Response:
        page = self._reader.read(picture_from_bytes(body, most_pixels=MOST_PIXELS))
        return JSONResponse({"images": [page_as_json(page)]})


def reader(arguments: dict[str, str]) -> serve.Application:
    """Return the application for `serve run … NAME=VALUE`: model, models_dir, detector, mode."""
    return Pictures.bind(**arguments)
