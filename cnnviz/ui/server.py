"""The server around the pages: warm-up, files for the browser, limits, headers, errors."""

import asyncio
import asyncio.base_events
import contextlib
import hashlib
import logging
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import orjson
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit import runtime

from cnnviz import ASSETS, animation, browser_network, images, text
from cnnviz.figures import colours
from cnnviz.ui.language import t
from cnnviz.ui.warmup import warm_up

log = logging.getLogger("cnnviz")
log.setLevel(logging.INFO)
if not log.handlers:
    log.addHandler(logging.StreamHandler())
    log.handlers[0].setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

MEGABYTE = 2**20
UPLOAD_BUDGET = 60 * MEGABYTE  # a session's uploads that are kept at the same time
UPLOADS_IN_ALL = 2_000 * MEGABYTE  # of all sessions together
ANIMATION = "/animation.gif"
ANIMATION_BYTES = 16 * MEGABYTE  # of all frames, as they are sent
ANIMATION_PIXELS = 50_000_000  # of all frames together: 50 MB and a few seconds
FRAME_PIXELS = 600_000  # of one
FRAME_TIME = 900  # milliseconds
MOST_WAITING = 4  # animations
_animations: list[object] = []  # requests under way
_one_animation = asyncio.Semaphore(1)
COMPONENTS = ASSETS / "components"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@contextlib.asynccontextmanager
async def lifespan(_app):
    """Start loading the networks; the first page is served meanwhile."""
    send_at_once()
    warm_up.start()
    yield


def send_at_once() -> None:
    """Switch Nagle's algorithm off for every connection.

    Streamlit binds its socket without naming the protocol, so asyncio does not recognise TCP and
    leaves it on: the last message of every rerun then waits some 40 ms for the browser's delayed
    acknowledgement (RFC 896, RFC 1122).
    """

    def set_nodelay(connection: socket.socket) -> None:
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    asyncio.base_events._set_nodelay = set_nodelay


# Files for the browser


@cache
def component_files() -> dict[str, bytes]:
    """Every script and style of the components, and the colours, by file name."""
    files = {
        path.name: path.read_bytes() for path in COMPONENTS.iterdir() if path.suffix in MEDIA_TYPES
    }
    palette = orjson.dumps(colours.for_browser())
    return files | {"palette.js": b"export default " + palette + b";\n"}


@cache
def component_version() -> str:
    """Changes with any component file, so that browsers may keep the files for ever."""
    digest = hashlib.sha256()
    for name, content in sorted(component_files().items()):
        digest.update(name.encode() + content)
    return digest.hexdigest()[:16]


def weights_address(key: str, variant: str) -> str:
    """Where a browser finds a network's weights."""
    return f"{prefix()}/weights/{browser_network.version(key)}/{key}/{variant}"


async def component_file(request) -> Response:
    content = component_files().get(request.path_params["name"])
    if content is None or request.path_params["version"] != component_version():
        return PlainTextResponse("No such file.", status_code=404)
    suffix = "." + request.path_params["name"].rsplit(".", 1)[-1]
    return Response(content, media_type=MEDIA_TYPES[suffix], headers=FOR_EVER)


async def weights(request) -> Response:
    """A small network's weights as float32, for the components that calculate in the browser."""
    key, variant = request.path_params["key"], request.path_params["variant"]
    if key not in browser_network.KEYS or variant not in browser_network.VARIANTS:
        return PlainTextResponse("No such weights.", status_code=404)
    if request.path_params["version"] != browser_network.version(key):
        return PlainTextResponse("No such version.", status_code=404)
    content = await run_in_threadpool(browser_network.weights, key, variant)
    return Response(content, media_type="application/octet-stream", headers=FOR_EVER)


async def animated(request) -> Response:
    """Frames that a component drew as one GIF: for each, four bytes of length and a PNG.

    One animation is made at a time, a few wait, nothing of them is kept.
    """
    if len(_animations) > MOST_WAITING:
        return PlainTextResponse("Other animations are being made.", status_code=503)
    _animations.append(request)
    try:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > ANIMATION_BYTES:
                return PlainTextResponse("Too many frames.", status_code=413)
        async with _one_animation:
            content = await run_in_threadpool(animation.gif, _frames(bytes(body)), FRAME_TIME)
    except (LookupError, ValueError):  # a Refusal of `images` is a ValueError
        return PlainTextResponse("No frames that can be read.", status_code=400)
    finally:
        _animations.remove(request)
    return Response(content, media_type="image/gif")


def _frames(body: bytes) -> Iterator[np.ndarray]:
    """The pictures of a body one by one, within the budget of pixels."""
    left = ANIMATION_PIXELS
    while body:
        length = int.from_bytes(body[:4], "big")
        frame = images.decode(body[4 : 4 + length], max_pixels=min(left, FRAME_PIXELS))
        left -= frame.shape[0] * frame.shape[1]
        yield frame
        body = body[4 + length :]


def prefix() -> str:
    """The path under which the app is served, "" for the root of the host."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}" if base else ""


ROUTES = [
    Route(prefix() + "/components/{version}/{name}", component_file),
    Route(prefix() + "/weights/{version}/{key}/{variant}", weights),
    Route(prefix() + ANIMATION, animated, methods=["POST"]),
]


# Limits and headers


def streamlit_holds() -> dict[str, dict[str, int]]:
    """What Streamlit keeps at this moment: session → file → bytes. It forgets ended sessions."""
    stored = runtime.get_instance().uploaded_file_mgr.file_storage
    return {
        session: {file: len(record.data) for file, record in files.copy().items()}
        for session, files in stored.copy().items()
    }


class UploadBudget:
    """Refuse uploads beyond a session's budget, or beyond what all sessions may hold together.

    The uploader's own limits are the browser's only. Streamlit's uploads are
    PUT /_stcore/upload_file/<session>/<file>. Bytes are counted as they arrive, whatever the
    headers say, on top of what `holds` says is kept already.
    """

    def __init__(
        self,
        app,
        budget: int = UPLOAD_BUDGET,
        total: int = UPLOADS_IN_ALL,
        holds: Callable[[], dict[str, dict[str, int]]] = streamlit_holds,
    ):
        self.app = app
        self.budget = budget
        self.total = total
        self.holds = holds
        self.arriving: Counter[str] = Counter()  # session → bytes of requests under way

    async def __call__(self, scope, receive, send):
        session, file = self._upload(scope)
        if session is None:
            await self.app(scope, receive, send)
            return
        held = self.holds()
        replaced = held.get(session, {}).get(file, 0)
        of_session = sum(held.get(session, {}).values()) - replaced
        of_all = sum(sum(files.values()) for files in held.values()) - replaced
        length = dict(scope["headers"]).get(b"content-length", b"")
        size, refusal = 0, None

        def check(more: int) -> None:
            nonlocal refusal
            if of_session + self.arriving[session] + more > self.budget:
                refusal = text.Refusal("app.upload_budget", limit=self.budget // MEGABYTE)
            elif of_all + self.arriving.total() + more > self.total:
                refusal = text.Refusal("app.uploads_in_all", limit=self.total // MEGABYTE)
            if refusal:
                raise refusal  # stops the app from reading on

        async def receive_counted():
            nonlocal size
            message = await receive()
            more = len(message.get("body", b""))
            check(more)
            size += more
            self.arriving[session] += more
            return message

        async def send_unless_refused(message):
            if not refusal:  # else it is what the app makes of the broken request; ours follows
                await send(message)

        try:
            check(int(length) if length.isdigit() else 0)
            await self.app(scope, receive_counted, send_unless_refused)
        except text.Refusal as refused:
            message = "\n".join(map(refused.sentence, text.LANGUAGES))
            await PlainTextResponse(message, status_code=413)(scope, receive, send)
        finally:
            self.arriving[session] -= size
            if not self.arriving[session]:
                del self.arriving[session]

    @staticmethod
    def _upload(scope) -> tuple[str | None, str]:
        if scope["type"] != "http" or scope["method"] not in ("PUT", "POST"):
            return None, ""
        _, found, rest = scope["path"].partition("/_stcore/upload_file/")
        session, _, file = rest.partition("/")
        return (session, file) if found else (None, "")


class KeepMedia:
    """Let browsers keep Streamlit's media files, whose names are hashes of their content.

    Without it Chromium fetches the page's icon again whenever a component writes to the address.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def send_kept(message):
            if message["type"] == "http.response.start" and message["status"] == 200:
                kept = (b"cache-control", b"private, max-age=86400, immutable")
                message = message | {"headers": [*message["headers"], kept]}
            await send(message)

        media = scope["type"] == "http" and "/media/" in scope["path"]
        await self.app(scope, receive, send_kept if media else send)


class SecurityHeaders:
    """Nothing is fetched from elsewhere, nobody frames us, no type is guessed.

    Streamlit's page has inline scripts and styles, and its components arrive as blobs; Vega, which
    it bundles, compiles expressions ('unsafe-eval').
    """

    HEADERS = (
        (
            b"content-security-policy",
            b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
            b"style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            b"media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
            b"connect-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
            b"form-action 'self'; frame-ancestors 'self'",
        ),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"referrer-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
    )

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = [header for header in self.HEADERS if header[0] not in given]
                message = message | {"headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


MIDDLEWARE = [Middleware(SecurityHeaders), Middleware(KeepMedia), Middleware(UploadBudget)]


# Errors


def on_script_error(error: Exception) -> bool:
    """A sentence and a number for the visitor; the traceback, under that number, for the log."""
    number = secrets.token_hex(4)
    log.error("Error %s", number, exc_info=error)
    st.error(t("app.error", number=number), icon=":material/error:")
    return True
