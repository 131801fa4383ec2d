"""The examples for serving: what they start runs here, what they ask of it is answered."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.serving.servers import serving

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "0123456789abcdef"


def instruction(name):
    """Return what an instruction of the Dockerfile says, its lines joined."""
    text = (ROOT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
    return re.search(rf"^{name} (.*)$", text, re.MULTILINE)[1].strip()


@pytest.fixture(scope="module")
def objects():
    text = (ROOT / "deploy" / "kubernetes" / "serve.yaml").read_text(encoding="utf-8")
    return {each["kind"]: each for each in yaml.safe_load_all(text)}


@pytest.fixture(scope="module")
def container(objects):
    (only,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only


def test_what_the_container_runs_serves_and_is_found_healthy(tmp_path, tiny_run, container):
    (tmp_path / "token").write_text(TOKEN)
    entry = json.loads(instruction("ENTRYPOINT"))
    assert entry[:2] == ["mnister-infer", "mode=serve"]
    there = {
        "token_file=/run/secrets/mnister/token": f"token_file={tmp_path / 'token'}",
        "hydra.run.dir=/tmp/mnister": f"hydra.run.dir={tmp_path / 'run'}",
    }
    arguments = [there.get(argument, argument) for argument in container["args"]]
    assert set(there) <= set(container["args"])
    with serving(tmp_path, tiny_run.models, *entry[2:], *arguments) as server:
        who = {"Authorization": f"Bearer {TOKEN}"}
        assert server.ask("/models", **who).status == 200
        assert server.ask("/models", Host="mnister-serve:8501", **who).status == 200
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert server.ask(container[probe]["httpGet"]["path"], Host="10.1.2.3").status == 200
        check = json.loads(instruction("HEALTHCHECK").partition("CMD ")[2])
        check = [part.replace(":8501", f":{server.port}") for part in check]
        assert subprocess.run([sys.executable, *check[1:]], check=False).returncode == 0
        server.stop()
        unhealthy = subprocess.run([sys.executable, *check[1:]], check=False, capture_output=True)
        assert unhealthy.returncode != 0


def test_the_container_holds_what_the_wheel_is_made_of_and_is_not_root():
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    assert ignored[0] == "*"
    assert kept >= {"conf", "data", "images", "mnister", "pyproject.toml", "README.md", "LICENSE"}
    assert instruction("USER") == "10001"
    assert instruction("EXPOSE") == "8501"
    assert json.loads(instruction("CMD")) == ["token_file=/run/secrets/token"]


def test_the_kubernetes_objects_fit_together(objects, container):
    deployment, service = objects["Deployment"]["spec"], objects["Service"]
    pod = deployment["template"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels == service["spec"]["selector"]
    assert f"allowed_hosts=[{service['metadata']['name']}]" in container["args"]
    (port,) = container["ports"]
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    assert port["containerPort"] == 8501
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["terminationGracePeriodSeconds"] > 10
    training = (ROOT / "deploy" / "kubernetes" / "train.yaml").read_text()
    claims = {e["metadata"]["name"] for e in yaml.safe_load_all(training) if "Claim" in e["kind"]}
    assert {pod["volumes"][0]["persistentVolumeClaim"]["claimName"]} == claims
    network = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "kserve.yaml").read_text())
    uri = network["spec"]["predictor"]["model"]["storageUri"]
    assert uri == f"pvc://{claims.pop()}/models/compact"
