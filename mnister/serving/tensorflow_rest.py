"""TensorFlow Serving's REST API, version 1, for the bare network.

Source: https://www.tensorflow.org/tfx/serving/api_rest
"""

from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mnister.models.store import ExportedModel
from mnister.serving.bodies import Bodies
from mnister.serving.networks import Networks
from mnister.serving.plain_json import plain_images
from mnister.serving.tensors import LARGE, as_images, asked_version, read_json, wrong
from mnister.serving.versions import Versions

SIGNATURE = "serving_default"
_OUTPUTS = ("probabilities", "class_ids")


class TensorFlowRest:
    """Answers as TensorFlow Serving does.

    Args:
        versions: Those that are served.
        networks: What runs them.
        bodies: What reads requests.
    """

    def __init__(self, versions: Versions, networks: Networks, bodies: Bodies) -> None:
        self._versions, self._networks, self._bodies = versions, networks, bodies

    def routes(self) -> list[Route]:
        """Return its paths."""
        routes = []
        for path in ("/v1/models/{name}/versions/{version}", "/v1/models/{name}"):
            routes += [
                Route(f"{path}:predict", self.predict, methods=["POST"], name="v1_predict"),
                Route(f"{path}/metadata", self.metadata, name="v1_metadata"),
                Route(path, self.status, name="v1_status"),
            ]
        return routes

    async def status(self, request: Request) -> Response:
        """Tell that a version is there."""
        version = str(asked_version(request, self._versions).version)
        fine = {"error_code": "OK", "error_message": ""}
        told = {"version": version, "state": "AVAILABLE", "status": fine}
        return JSONResponse({"model_version_status": [told]})

    async def metadata(self, request: Request) -> Response:
        """Tell what a version takes and gives."""
        model = asked_version(request, self._versions)
        signature = {
            "inputs": {"image": _tensor("image", "DT_UINT8", (-1, 28, 28, 1))},
            "outputs": {
                "probabilities": _tensor(
                    "probabilities", "DT_FLOAT", (-1, len(model.class_names))
                ),
                "class_ids": _tensor("class_ids", "DT_INT32", (-1,)),
            },
            "method_name": "tensorflow/serving/predict",
        }
        spec = {"name": model.name, "signature_name": "", "version": str(model.version)}
        signatures = {"signature_def": {SIGNATURE: signature}}
        return JSONResponse({"model_spec": spec, "metadata": {"signature_def": signatures}})

    async def predict(self, request: Request) -> Response:
        """Classify images, told row by row (`instances`) or as a column (`inputs`)."""
        model = asked_version(request, self._versions)
        async with self._bodies.read(request) as body:
            images, is_row_by_row = await _understood(body)
        probabilities = await self._networks.predict(model, images)
        request.state.digits = len(images)
        return JSONResponse(_answer(probabilities, is_row_by_row, model))


async def _understood(body: bytes) -> tuple[np.ndarray, bool]:
    """Return what `images_of` does, of a body; a large one is understood beside other requests."""
    is_small = len(body) < LARGE
    plain = plain_images(body) if is_small else await run_in_threadpool(plain_images, body)
    if plain is None:
        return images_of(await read_json(body))
    return plain[1], plain[0] == "instances"


def images_of(told: dict[str, Any]) -> tuple[np.ndarray, bool]:
    """Return the images of a request, and whether they were told row by row.

    Raises:
        Refused: 400, it is no request for this signature.
    """
    if told.get("signature_name", SIGNATURE) not in (SIGNATURE, ""):
        raise wrong("There is no such signature", SIGNATURE, str(told["signature_name"])[:200])
    if ("instances" in told) == ("inputs" in told):
        raise wrong("Images come in instances or in inputs", "one of the two")
    if "inputs" in told:
        return as_images(_unnamed(told["inputs"], "inputs"), "inputs"), False
    rows = told["instances"]
    if not isinstance(rows, list):
        raise wrong("instances is no list", received=type(rows).__name__)
    return as_images([_unnamed(row, "instances") for row in rows], "instances"), True


def _unnamed(value: Any, where: str) -> Any:
    """Return a tensor that may stand under the name of the signature's only input."""
    if not isinstance(value, dict):
        return value
    if set(value) != {"image"}:
        raise wrong(f"{where} has other names than the signature", "image", ", ".join(value)[:200])
    return value["image"]


def _answer(probabilities: np.ndarray, is_row_by_row: bool, model: ExportedModel) -> dict:
    values = [probabilities.tolist(), probabilities.argmax(axis=1).tolist()]
    if probabilities.shape[1] != len(model.class_names):
        raise RuntimeError(f"{model.path}: {probabilities.shape[1]} classes")
    if not is_row_by_row:
        return {"outputs": dict(zip(_OUTPUTS, values, strict=True))}
    rows = zip(*values, strict=True)
    return {"predictions": [dict(zip(_OUTPUTS, row, strict=True)) for row in rows]}


def _tensor(name: str, dtype: str, shape: tuple[int, ...]) -> dict[str, Any]:
    dimensions = [{"size": str(size), "name": ""} for size in shape]
    known = {"dim": dimensions, "unknown_rank": False}
    return {"dtype": dtype, "tensor_shape": known, "name": f"{SIGNATURE}_{name}:0"}
