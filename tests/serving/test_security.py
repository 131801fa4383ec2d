"""Who may call a server: those with its token, from its own page, by its own name."""

import json
import shutil
import ssl
import subprocess
from urllib.request import urlopen

import pytest

from mnister.config.compose import compose_config
from mnister.config.mistakes import ConfigError
from mnister.errors import UserError
from mnister.serving.run import check_binding, check_certificate, find_token
from tests.serving.servers import PAGE, serving

TOKEN = "s3cret-0123456789"


@pytest.fixture(scope="module")
def closed(tmp_path_factory, tiny_run):
    folder = tmp_path_factory.mktemp("closed")
    (folder / "token.txt").write_text(TOKEN + "\n")
    own = ("host=0.0.0.0", "token_file=token.txt", "allowed_hosts=[digits.example]")
    with serving(folder, tiny_run.models, "workers=1", *own,
                 'allowed_origins=["https://other.example"]') as server:  # fmt: skip
        yield server


WRONG = {
    "none": {},
    "another": {"Authorization": f"Bearer {TOKEN[:-1]}8"},
    "its beginning": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "longer": {"Authorization": f"Bearer {TOKEN}0"},
    "another scheme": {"Authorization": f"Basic {TOKEN}"},
    "not ASCII": {"Authorization": "Bearer \u00e9\u00e9"},
    "empty": {"Authorization": "Bearer "},
}


@pytest.mark.parametrize("kind", WRONG)
def test_without_the_token_nothing_is_read(closed, kind):
    for path in ("/read", "/models", "/metrics", "/corrections"):
        answer = closed.ask(path, PAGE if path == "/read" else None, **WRONG[kind])
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_with_the_token_it_reads(closed):
    assert closed.ask("/read", PAGE, Authorization=f"Bearer {TOKEN}").status == 200
    assert closed.ask("/", None).status == 200


def test_the_token_stands_in_no_log(closed):
    closed.ask("/read", PAGE, Authorization=f"Bearer {TOKEN}")
    files = [path for path in closed.run_folder.rglob("*") if path.is_file()]
    assert files
    assert not any(TOKEN in path.read_text() for path in files)
    assert TOKEN not in "".join(closed.said)


HOSTS = {
    "127.0.0.1": 200, "localhost:8501": 200, "[::1]:80": 200, "192.168.3.4": 200,
    "digits.example": 200, "DIGITS.example:99": 200, "evil.example": 421,
    "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "": 421, "[": 421,
    "user@evil.example": 421,
}  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_it_answers_to_its_own_names_alone(closed, host):
    answer = closed.ask("/models", Host=host, Authorization=f"Bearer {TOKEN}")
    assert answer.status == HOSTS[host]


ORIGINS = {
    "http://127.0.0.1:8501": 200, "https://other.example": 200, "https://evil.example": 403,
    "null": 403, "http://127.0.0.1:8502": 403, "https://other.example.evil.example": 403,
    "file://": 403,
}  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_elsewhere_may_not_call_it(closed, origin):
    who = {"Host": "127.0.0.1:8501", "Authorization": f"Bearer {TOKEN}", "Origin": origin}
    answer = closed.ask("/read", PAGE, **who)
    assert answer.status == ORIGINS[origin]
    shared = answer.headers.get("access-control-allow-origin")
    assert shared == ("https://other.example" if origin == "https://other.example" else None)


def test_without_named_origins_there_is_no_cors(server):
    answer = server.ask("/models", method="OPTIONS", Origin="https://other.example",
                        Access_Control_Request_Method="GET")  # fmt: skip
    assert answer.status == 403
    assert not any(name.lower().startswith("access-control") for name in answer.headers)


def test_a_page_elsewhere_cannot_embed_what_it_answers(server):
    embedded = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}
    assert server.ask("/models", **embedded).status == 403
    followed = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert server.ask("/", **followed).status == 200


@pytest.mark.parametrize("path", ["/", "/models", "/nothing", "/static/nothing"])
def test_every_answer_says_what_browsers_may_do_with_it(server, path):
    headers = server.ask(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


def config(*overrides):
    return compose_config("infer", ["mode=serve", *overrides])


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "server.example"])
def test_beyond_the_loopback_a_token_is_needed(host):
    with pytest.raises(UserError, match="can be reached by others"):
        check_binding(config(f"host='{host}'"), None)
    check_binding(config(f"host='{host}'"), TOKEN)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_on_the_loopback_none_is(host):
    check_binding(config(f"host='{host}'"), None)


@pytest.mark.parametrize("content", ["", "short", "with blanks in it, too", "\u00e9" * 20])
def test_a_file_without_a_token_is_told(tmp_path, content):
    (tmp_path / "token.txt").write_text(content)
    with pytest.raises(UserError, match="holds no token"):
        find_token(config(f"token_file={tmp_path / 'token.txt'}"))
    with pytest.raises(UserError, match="cannot be read"):
        find_token(config(f"token_file={tmp_path / 'nothing.txt'}"))


def test_there_is_one_token_at_most():
    with pytest.raises(UserError, match="two tokens"):
        find_token(config(f"token={TOKEN}", "token_file=token.txt"))
    with pytest.raises(ConfigError, match="16 to 512"):
        config("token=short")


def test_it_speaks_https(tmp_path, tiny_run):
    if not shutil.which("openssl"):
        pytest.skip("needs openssl")
    files = ("-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", *files],
        check=True, capture_output=True,
    )  # fmt: skip
    certificate = f"certificate={tmp_path / 'cert.pem'}"
    with pytest.raises(UserError, match="cannot be used for HTTPS"):
        check_certificate(config(certificate))
    with pytest.raises(UserError, match="has no certificate"):
        check_certificate(config(f"certificate_key={tmp_path / 'key.pem'}"))
    pair = (certificate, f"certificate_key={tmp_path / 'key.pem'}")
    with serving(tmp_path, tiny_run.models, "workers=1", *pair) as server:
        trusted = ssl.create_default_context(cafile=tmp_path / "cert.pem")
        with urlopen(f"https://localhost:{server.port}/models", context=trusted) as answer:
            assert json.load(answer)["current"] == "lenet5/1"
        assert "https://127.0.0.1" in "".join(server.said)
