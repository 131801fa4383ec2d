"""`mode=serve`: a server from its config to its end, as numbered steps."""

import contextlib
import importlib
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mnister.config.serve_schema import ServeConfig
from mnister.errors import UserError, reason_of
from mnister.invocation import command_for, install_command
from mnister.run_files import count_cores
from mnister.stopping import StopRequest, stop_requests

if TYPE_CHECKING:
    import uvicorn

    from mnister.serving.versions import Versions
    from mnister.serving.workers import Workers

log = logging.getLogger("mnister.serving")

_LAST_SECONDS = 7  # for what is under way when the server is asked to stop
_MOST_CONNECTIONS = 1000
_PACKAGES = ("starlette", "uvicorn", "python_multipart", "prometheus_client")


def run(config: ServeConfig, run_folder: Path) -> None:
    """Serve until SIGTERM, SIGHUP or Ctrl-C.

    Args:
        config: A checked config.
        run_folder: Where the access log goes.

    Raises:
        UserError: A package is not installed, the address needs a token or is taken, there is no
            such model.
    """
    with stop_requests() as stop:
        # 1. Make sure that it may be served where the config says.
        token = find_token(config)
        check_binding(config, token)
        check_certificate(config)
        # 2. Find the model, and let processes load it.
        from mnister.serving.versions import Versions

        versions = Versions(config.models_dir, str(config.model))
        check_threshold(config, versions)
        workers = _start_workers(config, versions)
        try:
            # 3. Listen.
            with contextlib.closing(_listen(config)) as listener:
                _serve(config, run_folder, token, versions, workers, listener, stop)
        finally:
            # 4. End the processes.
            workers.close()
    log.info("Stopped by %s", stop.signal.name if stop.signal else "itself")


def find_token(config: ServeConfig) -> str | None:
    """Return the token that callers must send, if any.

    Raises:
        UserError: Its file cannot be read, or holds none.
    """
    if config.token is not None and config.token_file is not None:
        raise UserError("There are two tokens", expected="token=… or token_file=…, not both")
    if config.token_file is None:
        return config.token
    try:
        token = Path(config.token_file).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise UserError(
            f"{config.token_file} cannot be read",
            expected="a file with a token",
            received=reason_of(error),
        ) from None
    if not (16 <= len(token) <= 512 and token.isascii() and token.isprintable()) or " " in token:
        raise UserError(
            f"{config.token_file} holds no token",
            expected="16 to 512 letters, digits and signs, without blanks",
            instead=f"openssl rand -hex 16 > {config.token_file}",
        )
    return token


def check_binding(config: ServeConfig, token: str | None) -> None:
    """Refuse to listen where others can reach it without a token.

    Raises:
        UserError: They could; or a package is not installed.
    """
    for package in _PACKAGES:
        try:
            importlib.import_module(package)
        except ImportError:
            raise UserError(
                f"{package} is not installed", instead=install_command("serve")
            ) from None
    from mnister.serving.security import is_loopback

    if token is None and not is_loopback(config.host):
        raise UserError(
            f"host={config.host} can be reached by others",
            expected="a token that they must send, or host=127.0.0.1",
            received="token=null",
            instead=f"openssl rand -hex 16 > token.txt, then host={config.host} "
            "token_file=token.txt",
        )


def check_certificate(config: ServeConfig) -> None:
    """Make sure that HTTPS can be spoken, if it is to be.

    Raises:
        UserError: The certificate or its key cannot be used.
    """
    if config.certificate is None:
        if config.certificate_key is not None:
            raise UserError("certificate_key has no certificate", instead="certificate=cert.pem")
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(config.certificate, config.certificate_key, password="")
    except (OSError, ValueError) as error:  # those of ssl are OSErrors
        raise UserError(
            f"{config.certificate} cannot be used for HTTPS",
            expected="a certificate in PEM, and its key there or in certificate_key, unencrypted",
            received=reason_of(error),
        ) from None


def check_threshold(config: ServeConfig, versions: "Versions") -> None:
    """Refuse a threshold where nothing can read what it leaves.

    Raises:
        UserError: There is no digit network.
    """
    threshold = config.preprocessing.threshold
    if versions.current is None and threshold != "auto":
        from mnister.reading.library import no_digit_network

        raise no_digit_network(
            "preprocessing.threshold=auto, or a digit network",
            f"preprocessing.threshold={threshold}, no digit network",
            command_for("train"),
        )


def _start_workers(config: ServeConfig, versions: "Versions") -> "Workers":
    """Start processes that load the networks, one a core."""
    from mnister.serving import reading
    from mnister.serving.read import parse_query
    from mnister.serving.workers import Workers

    settings = {
        "runtime": config.runtime.name,
        "models_dir": config.models_dir,
        "batch_size": config.batch_size,
        "threads": 1,
    }
    options = parse_query({}, config.preprocessing.threshold).options()
    model = versions.current and str(versions.current.path)
    arguments = (model, settings, options)
    return Workers(config.workers or count_cores(), reading.start, arguments)


def _listen(config: ServeConfig) -> socket.socket:
    """Return a socket that is bound to the config's address.

    Raises:
        UserError: The address is taken, or none of this machine's.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # Named as TCP: only then asyncio sends small parts at once, 40 ms earlier.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_MOST_CONNECTIONS)  # whoever comes before the server runs waits a moment
    except OSError as error:
        raise UserError(
            f"It cannot be listened at {config.host}, port {config.port}",
            expected="an address of this machine and a port that is free",
            received=error.strerror or str(error),
            instead="port=0 takes a free one",
        ) from None
    return listener


def _serve(
    config: ServeConfig,
    run_folder: Path,
    token: str | None,
    versions: "Versions",
    workers: "Workers",
    listener: socket.socket,
    stop: StopRequest,
) -> None:
    """Answer requests until a signal comes, then finish what is under way."""
    import uvicorn

    from mnister.serving.access import open_access_log
    from mnister.serving.app import Parts, make_app
    from mnister.serving.protocol import http_protocol
    from mnister.serving.read import ReadEndpoint

    read = ReadEndpoint(config, versions, workers)
    parts = Parts(config, token, versions, read, open_access_log(run_folder))
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(parts),
            http=http_protocol(),
            ws="none",
            log_config=None,
            log_level="error",  # not of every request that is no HTTP
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_LAST_SECONDS,
            ssl_certfile=config.certificate,
            ssl_keyfile=config.certificate_key,
        )
    )
    _tell(config, token, versions, listener)
    with _stopped_by(stop, server):
        server.run([listener])


@contextlib.contextmanager
def _stopped_by(stop: StopRequest, server: "uvicorn.Server") -> Iterator[None]:
    """Stop the server by the signals that it does not take itself, as a lost terminal."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.2):
            if stop.signal is not None:
                server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _tell(
    config: ServeConfig, token: str | None, versions: "Versions", listener: socket.socket
) -> None:
    """Say where the page is."""
    model = versions.current
    scheme = "https" if config.certificate else "http"
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    if model is None:
        log.info("No digit network: the page network reads alone")
    else:
        log.info("Model %s/%d: %s", model.name, model.version, model.path)
    address = f"{scheme}://{shown}:{port}/" + ("#token=…" if token else "")
    log.info("Serving at %s   (Ctrl-C ends it)", address)
