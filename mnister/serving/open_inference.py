"""The Open Inference Protocol, version 2, for the bare network; with tensors in binary.

Source: https://github.com/kserve/open-inference-protocol, and for the binary form
https://github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md
"""

import json
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mnister.models.store import ExportedModel
from mnister.run_files import read_version
from mnister.serving.bodies import Bodies
from mnister.serving.networks import Networks
from mnister.serving.tensors import (
    asked_version,
    checked_images,
    read_json,
    wrong,
)
from mnister.serving.versions import Versions

_LENGTH = "inference-header-content-length"
_TYPES = {"probabilities": ("FP32", np.float32), "class_ids": ("INT32", np.int32)}


class OpenInference:
    """Answers as a server of this protocol does; arguments as those of `TensorFlowRest`."""

    def __init__(self, versions: Versions, networks: Networks, bodies: Bodies) -> None:
        self._versions, self._networks, self._bodies = versions, networks, bodies

    def routes(self) -> list[Route]:
        """Return its paths."""
        routes = [
            Route("/v2", self.server, name="v2"),
            Route("/v2/health/live", self.live, name="v2_live"),
            Route("/v2/health/ready", self.ready, name="v2_ready"),
            Route("/v2/models", self.models, name="v2_models"),
        ]
        for path in ("/v2/models/{name}/versions/{version}", "/v2/models/{name}"):
            routes += [
                Route(f"{path}/infer", self.infer, methods=["POST"], name="v2_infer"),
                Route(f"{path}/ready", self.model_ready, name="v2_model_ready"),
                Route(path, self.model, name="v2_model"),
            ]
        return routes

    async def server(self, _request: Request) -> Response:
        """Tell what this server is."""
        version = read_version("mnister") or "unknown"
        extensions = ["binary_tensor_data"]
        return JSONResponse({"name": "mnister", "version": version, "extensions": extensions})

    async def live(self, _request: Request) -> Response:
        """Tell that the server runs."""
        return JSONResponse({"live": True})

    async def ready(self, _request: Request) -> Response:
        """Tell that pictures are read; whether a digit network answers, its own path tells."""
        return JSONResponse({"ready": True})

    async def models(self, _request: Request) -> Response:
        """List the digit networks that there are, each with its versions."""
        versions: dict[str, list[int]] = {}
        for model in self._versions.all():
            versions.setdefault(model.name, []).append(model.version)
        listed = [
            {"name": name, "versions": [str(number) for number in sorted(numbers)]}
            for name, numbers in sorted(versions.items())
        ]
        return JSONResponse({"models": listed})

    async def model_ready(self, request: Request) -> Response:
        """Tell that a version is there."""
        return JSONResponse({"name": asked_version(request, self._versions).name, "ready": True})

    async def model(self, request: Request) -> Response:
        """Tell what a version takes and gives."""
        model = asked_version(request, self._versions)
        versions = sorted(m.version for m in self._versions.all() if m.name == model.name)
        shapes = {"probabilities": [-1, len(model.class_names)], "class_ids": [-1]}
        outputs = [
            {"name": name, "datatype": kind, "shape": shapes[name]}
            for name, (kind, _) in _TYPES.items()
        ]
        image = {"name": "image", "datatype": "UINT8", "shape": [-1, 28, 28, 1]}
        return JSONResponse(
            {
                "name": model.name,
                "versions": [str(version) for version in versions],
                "platform": "mnister",
                "inputs": [image],
                "outputs": outputs,
            }
        )

    async def infer(self, request: Request) -> Response:
        """Classify images."""
        model = asked_version(request, self._versions)
        async with self._bodies.read(request) as body:
            told, binary = await _split(request, body)
            images = _images_of(told, binary)
        wanted = _wanted_of(told)
        probabilities = await self._networks.predict(model, images)
        request.state.digits = len(images)
        values = {"probabilities": probabilities, "class_ids": probabilities.argmax(axis=1)}
        return _answer(model, told, values, wanted)


async def _split(request: Request, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Return what a request says as JSON, and the tensors behind it."""
    announced = request.headers.get(_LENGTH)
    if announced is None:
        return await read_json(body), b""
    if not (announced.isascii() and announced.isdecimal() and int(announced) <= len(body)):
        raise wrong(f"{_LENGTH} is no length within the body", received=announced[:100])
    return await read_json(body[: int(announced)]), body[int(announced) :]


def _images_of(told: dict[str, Any], binary: bytes) -> np.ndarray:
    """Return the images of a request.

    Raises:
        Refused: 400, it is no request for this signature.
    """
    inputs = told.get("inputs")
    if not (isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], dict)):
        raise wrong("inputs is no list of one tensor", "the tensor image")
    image = inputs[0]
    if image.get("name") != "image" or image.get("datatype") != "UINT8":
        raise wrong(
            "This is not the tensor of the signature",
            "name image, datatype UINT8",
            f"name {image.get('name')}, datatype {image.get('datatype')}"[:200],
        )
    values = _values_of(image, binary)
    shape = image.get("shape")
    if not (isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)):
        raise wrong("shape is no list of whole numbers", "[N, 28, 28, 1]")
    if len(shape) > 8 or int(np.prod(shape, dtype=object)) != values.size:
        raise wrong("shape does not fit the data", str(shape)[:100], f"{values.size} values")
    return checked_images(values.reshape(shape), "image")


def _values_of(image: dict[str, Any], binary: bytes) -> np.ndarray:
    """Return the values of a tensor, flat, wherever they stand."""
    parameters = image.get("parameters")
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if size is not None:
        if type(size) is not int or size != len(binary) or "data" in image:
            raise wrong("binary_data_size does not fit the body", received=f"{len(binary)} bytes")
        return np.frombuffer(binary, np.uint8)
    try:
        values = np.array(image.get("data"))
    except (ValueError, OverflowError):
        raise wrong("data has lists of different lengths") from None
    if image.get("data") == []:
        return np.zeros(0, np.uint8)
    return values.reshape(-1)


def _wanted_of(told: dict[str, Any]) -> dict[str, bool]:
    """Return the outputs that are asked for, and whether each in binary."""
    is_binary = _flag(told, "binary_data_output")
    outputs = told.get("outputs")
    if outputs in (None, []):
        return dict.fromkeys(_TYPES, is_binary)
    if not (isinstance(outputs, list) and all(isinstance(each, dict) for each in outputs)):
        raise wrong("outputs is no list of tensors")
    names = [each.get("name") for each in outputs]
    if not all(name in tuple(_TYPES) for name in names):
        raise wrong("There is no such output", ", ".join(_TYPES), str(names)[:200])
    return {each["name"]: _flag(each, "binary_data", is_binary) for each in outputs}


def _flag(told: dict[str, Any], name: str, otherwise: bool = False) -> bool:
    parameters = told.get("parameters")
    return bool(parameters.get(name, otherwise)) if isinstance(parameters, dict) else otherwise


def _answer(
    model: ExportedModel,
    told: dict[str, Any],
    values: dict[str, np.ndarray],
    wanted: dict[str, bool],
) -> Response:
    outputs, parts = [], []
    for name, is_binary in wanted.items():
        kind, dtype = _TYPES[name]
        array = np.ascontiguousarray(values[name], dtype)
        output: dict[str, Any] = {"name": name, "datatype": kind, "shape": list(array.shape)}
        if is_binary:
            parts.append(array.astype(array.dtype.newbyteorder("<")).tobytes())
            output["parameters"] = {"binary_data_size": len(parts[-1])}
        else:
            output["data"] = array.reshape(-1).tolist()
        outputs.append(output)
    answer: dict[str, Any] = {"model_name": model.name, "model_version": str(model.version)}
    if isinstance(told.get("id"), str):
        answer["id"] = told["id"]
    answer["outputs"] = outputs
    if not parts:
        return JSONResponse(answer)
    head = json.dumps(answer).encode()
    headers = {_LENGTH: str(len(head))}
    return Response(head + b"".join(parts), 200, headers, "application/octet-stream")
