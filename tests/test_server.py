"""The server around the pages: what it hands out, what it refuses, what it says when it fails."""

import asyncio
import inspect
import io
import json
import logging
import re
import socket

import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from cnnviz import ASSETS, browser_network
from cnnviz.figures import colours
from cnnviz.ui import server
from cnnviz.ui.server import MEGABYTE, SecurityHeaders, UploadBudget

UPLOAD = "/_stcore/upload_file"


def ask(app, method: str, path: str, **options) -> httpx.Response:
    """One request to an ASGI app, without a network."""

    async def send():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


# --------------------------------------------------------------------- files for the browser

FILES = Starlette(routes=server.ROUTES)


@pytest.mark.parametrize("path", sorted((ASSETS / "components").iterdir()), ids=lambda p: p.name)
def test_component_file_is_handed_out_for_ever(path):
    response = ask(FILES, "GET", f"/components/{server.component_version()}/{path.name}")
    assert response.status_code == 200
    assert response.content == path.read_bytes()
    kind = {".js": "text/javascript", ".css": "text/css"}[path.suffix]
    assert response.headers["content-type"].startswith(kind)
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_palette_holds_the_colours_of_the_charts():
    response = ask(FILES, "GET", f"/components/{server.component_version()}/palette.js")
    body = response.text.removeprefix("export default ").removesuffix(";\n")
    assert json.loads(body) == json.loads(json.dumps(colours.for_browser()))


@pytest.mark.parametrize(
    "path",
    [
        "/components/0123456789abcdef/cnn.js",  # another version
        "/components/{version}/nothing.js",
        "/components/{version}/..",
        "/components/{version}/%2e%2e%2f%2e%2e%2fapp.py",
        "/components/{version}/..%2Fcode%2Fdigits.py",
        "/components/{version}/",
        "/components/cnn.js",
    ],
)
def test_other_component_files_do_not_exist(path):
    response = ask(FILES, "GET", path.format(version=server.component_version()))
    assert response.status_code == 404
    assert "cache-control" not in response.headers


def test_version_changes_with_any_file(monkeypatch):
    files = server.component_files()
    version = server.component_version.__wrapped__()
    assert version == server.component_version()
    for name in files:
        changed = files | {name: files[name] + b" "}
        monkeypatch.setattr(server, "component_files", lambda changed=changed: changed)
        assert server.component_version.__wrapped__() != version


def weights_path(variant="trained", key="mnist_cnn", version=None) -> str:
    return f"/weights/{version or browser_network.version('mnist_cnn')}/{key}/{variant}"


def test_weights_are_those_of_the_network(cnn):
    response = ask(FILES, "GET", weights_path())
    assert response.status_code == 200
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    row = np.frombuffer(response.content, "<f4")
    assert len(row) == 93_322
    first = cnn.get_layer("conv1").get_weights()[0]
    np.testing.assert_array_equal(row[: first.size], first.ravel())


def test_random_weights_are_others():
    trained, random = (ask(FILES, "GET", weights_path(name)) for name in ("trained", "random"))
    assert len(trained.content) == len(random.content)
    assert trained.content != random.content


@pytest.mark.parametrize(
    "path",
    [
        weights_path(key="mnist_dense"),  # 1.6 MB that no component asks for
        weights_path(key="vgg16"),
        weights_path(key="..%2Fregistry"),
        weights_path(variant="best"),
        weights_path(version="0123456789abcdef"),
    ],
)
def test_other_weights_do_not_exist(path):
    assert ask(FILES, "GET", path).status_code == 404


# --------------------------------------------------------------------- uploads


class Streamlit:
    """Keeps uploads as Streamlit does: until they are taken back or the session ends."""

    def __init__(self, status: int = 204):
        self.kept: dict[str, dict[str, int]] = {}
        self.status = status  # of every answer: 403 without its token, 400 for unknown sessions
        routes = [Route("/{path:path}", self.take, methods=["GET", "PUT", "POST", "DELETE"])]
        self.app = Starlette(routes=routes)

    async def take(self, request) -> PlainTextResponse:
        size = len(await request.body())
        session, file = request.url.path.split("/")[-2:]
        if self.status < 300 and request.method != "GET":
            files = self.kept.setdefault(session, {})
            files.pop(file, None)
            if request.method != "DELETE":
                files[file] = size
        return PlainTextResponse("taken", status_code=self.status)

    def behind(self, **limits: int) -> UploadBudget:
        return UploadBudget(self.app, **limits, holds=lambda: self.kept)


@pytest.fixture
def streamlit() -> Streamlit:
    return Streamlit()


@pytest.fixture
def visit(streamlit):
    """Requests to a server whose visitors may hold 3 MB, 8 in all: visit(method, path, MB)."""
    app = streamlit.behind(budget=3 * MEGABYTE, total=8 * MEGABYTE)

    def request(method: str, path: str, megabytes: float = 0) -> int:
        content = bytes(int(megabytes * MEGABYTE))
        return ask(app, method, f"{UPLOAD}/{path}", content=content).status_code

    return request


def test_visitor_may_upload_up_to_the_budget(visit):
    assert visit("PUT", "ann/one", 1) == 204
    assert visit("PUT", "ann/two", 2) == 204  # 1 + 2 = 3
    assert visit("PUT", "ann/three", 0.001) == 413


def test_one_file_may_not_be_larger_than_the_budget(visit):
    assert visit("PUT", "ann/one", 3.001) == 413
    assert visit("PUT", "ann/one", 3) == 204


def test_visitor_is_told_the_budget(streamlit):
    app = streamlit.behind(budget=3 * MEGABYTE)
    response = ask(app, "PUT", f"{UPLOAD}/ann/one", content=bytes(4 * MEGABYTE))
    english, chinese = response.text.split("\n")
    assert english.startswith("One visit holds 3 MB of uploads at most.")
    assert chinese.startswith("一次访问最多保留 3 MB 的上传内容。")


def test_file_taken_back_makes_room(visit):
    visit("PUT", "ann/one", 2)
    assert visit("PUT", "ann/two", 2) == 413
    assert visit("DELETE", "ann/one") == 204
    assert visit("PUT", "ann/two", 2) == 204
    assert visit("PUT", "ann/three", 2) == 413


def test_invented_sessions_give_nobody_room(visit):
    visit("PUT", "ann/one", 3)
    for number in range(50):
        visit("DELETE", f"nobody{number}/one")
    assert visit("PUT", "ann/two", 1) == 413


def test_same_file_again_counts_once(visit):
    assert [visit("PUT", "ann/one", size) for size in (2, 2, 3, 1)] == [204] * 4
    assert visit("PUT", "ann/two", 2) == 204  # 1 + 2


def test_other_visitors_are_not_affected(visit):
    visit("PUT", "ann/one", 3)
    assert visit("PUT", "ann/two", 1) == 413
    assert visit("PUT", "ben/one", 3) == 204


def test_all_visits_together_have_a_limit_and_who_leaves_makes_room(visit, streamlit):
    assert [visit("PUT", f"{who}/one", 3) for who in ("ann", "ben", "eve")] == [204, 204, 413]
    del streamlit.kept["ann"]  # Streamlit forgets her files when her session ends
    assert visit("PUT", "eve/one", 3) == 204


def test_the_common_limit_has_its_own_sentence(streamlit):
    app = streamlit.behind(total=2 * MEGABYTE)
    response = ask(app, "PUT", f"{UPLOAD}/ann/one", content=bytes(3 * MEGABYTE))
    assert response.text.startswith("The visitors together hold 2 MB")


def test_other_ways_of_sending_count_too(visit):
    assert visit("POST", "ann/one", 3) == 204
    assert visit("POST", "ann/two", 1) == 413


def chunked(megabytes: int):
    async def chunks():
        for _ in range(megabytes):
            yield bytes(MEGABYTE)

    return chunks()


def test_a_body_of_unknown_length_is_counted_as_it_arrives(streamlit):
    app = streamlit.behind(budget=3 * MEGABYTE)
    assert ask(app, "PUT", f"{UPLOAD}/ann/one", content=chunked(2)).status_code == 204
    assert ask(app, "PUT", f"{UPLOAD}/ann/two", content=chunked(2)).status_code == 413
    assert ask(app, "PUT", f"{UPLOAD}/ann/two", content=chunked(1)).status_code == 204
    assert streamlit.kept == {"ann": {"one": 2 * MEGABYTE, "two": MEGABYTE}}
    assert not app.arriving


@pytest.mark.parametrize("length", ["10", "-1", "1e3", "٣", ""])
def test_a_length_that_lies_changes_nothing(streamlit, length):
    """With `transfer-encoding: chunked` beside it the server believes the chunks."""
    app = streamlit.behind(budget=MEGABYTE)
    path, headers = f"{UPLOAD}/ann/one", [(b"content-length", length.encode())]
    assert asyncio.run(status_of(app, path, headers, bytes(MEGABYTE + 1))) == 413
    assert asyncio.run(status_of(app, path, headers, bytes(MEGABYTE))) == 204


async def status_of(app, path: str, headers: list, body: bytes) -> int:
    """The status of a request whose headers no client would write."""
    messages = []
    scope = {"type": "http", "method": "PUT", "path": path, "headers": headers}

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        messages.append(message)

    await app(scope | {"query_string": b"", "root_path": ""}, receive, send)
    return messages[0]["status"]


def test_behind_a_path_the_budget_holds_too(streamlit):
    """server.baseUrlPath puts a name in front."""
    app = streamlit.behind(budget=MEGABYTE)
    assert ask(app, "PUT", f"/course{UPLOAD}/ann/one", content=bytes(MEGABYTE)).status_code == 204
    assert ask(app, "PUT", f"/course{UPLOAD}/ann/two", content=b"1").status_code == 413


def test_everything_else_passes(streamlit):
    app = streamlit.behind(budget=10)
    assert ask(app, "PUT", "/elsewhere/ann/one", content=bytes(1000)).status_code == 204
    assert ask(app, "GET", f"{UPLOAD}/ann/one").status_code == 204


def test_what_streamlit_refuses_does_not_count():
    """It refuses files over 20 MB, requests without its token, sessions it does not know."""
    refusing = Streamlit(status=403)
    app = refusing.behind(budget=10)
    for _ in range(3):
        assert ask(app, "PUT", f"{UPLOAD}/ann/one", content=bytes(10)).status_code == 403
    assert not app.arriving


# --------------------------------------------------------------------- headers

EXPECTED_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/", "/nowhere/at/all"])
def test_every_response_has_the_headers(path):
    app = SecurityHeaders(Streamlit(status=200).app)
    response = ask(app, "GET", path)
    for name, value in EXPECTED_HEADERS.items():
        assert response.headers[name] == value


def test_nothing_may_be_fetched_from_elsewhere():
    """Every source is this server, or data that the page itself made."""
    response = ask(SecurityHeaders(Streamlit(status=200).app), "GET", "/")
    policy = dict(
        rule.strip().split(" ", 1)
        for rule in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    ours = {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:", "ws:", "wss:"}
    for sources in policy.values():
        assert set(sources.split()) <= ours


def test_a_header_of_the_app_is_kept():
    async def own(request):
        return PlainTextResponse("", headers={"X-Frame-Options": "DENY"})

    response = ask(SecurityHeaders(Starlette(routes=[Route("/", own)])), "GET", "/")
    assert response.headers.get_list("x-frame-options") == ["DENY"]


def test_websockets_pass_untouched():
    passed = []

    async def app(scope, receive, send):
        passed.append((scope, receive, send))

    async def receive(): ...

    async def send(message): ...

    scope = {"type": "websocket", "path": f"{UPLOAD}/ann/one", "headers": []}
    asyncio.run(SecurityHeaders(UploadBudget(app))(scope, receive, send))
    assert passed == [(scope, receive, send)]


def test_app_is_served_with_all_of_it():
    """app.py as uvicorn sees it: our routes and our headers, the budget before the uploads."""
    from app import app

    response = ask(app, "GET", f"/components/{server.component_version()}/cnn.js")
    assert response.status_code == 200
    assert response.headers["x-content-type-options"] == "nosniff"
    refused = ask(
        app, "PUT", f"{UPLOAD}/ann/one", content=bytes(10), headers={"content-length": "999999999"}
    )
    assert refused.status_code == 413
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert "60 MB" in refused.text


def test_networks_are_loaded_while_the_first_pages_are_served(monkeypatch):
    started = []
    monkeypatch.setattr(server.warm_up, "start", lambda: started.append(True))

    async def serve():
        async with server.lifespan(None):
            return started == [True]

    assert asyncio.run(serve())


# --------------------------------------------------------------------- errors


def script():
    from cnnviz.ui import server

    try:
        [][3]
    except IndexError as error:
        server.on_script_error(error)


@pytest.mark.parametrize(("language", "word"), [("en", "tell the teacher"), ("zh", "告诉老师")])
def test_visitor_gets_a_number_and_the_log_the_traceback(language, word, caplog):
    caplog.set_level(logging.ERROR, "cnnviz")
    app = AppTest.from_function(script)
    app.query_params["lang"] = language
    app.run()
    assert not app.exception
    (shown,) = app.error
    number = re.search(r"\b[0-9a-f]{8}\b", shown.value)[0]
    assert word in shown.value
    assert "IndexError" not in shown.value
    (record,) = [entry for entry in caplog.records if entry.name == "cnnviz"]
    assert number in record.getMessage()
    assert record.exc_info[0] is IndexError
    assert "[][3]" in caplog.text


def test_the_app_is_put_together_with_all_of_it():
    """app.py, which no other fast test runs."""
    import app

    assert app.app._on_script_error is server.on_script_error
    assert app.app._user_lifespan is server.lifespan
    assert app.app._user_routes == server.ROUTES
    assert app.app._user_middleware == server.MIDDLEWARE


def test_small_messages_are_sent_at_once():
    """Streamlit's socket does not name its protocol: asyncio would leave Nagle's algorithm on."""
    server.send_at_once()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        assert connection.proto == 0
        asyncio.base_events._set_nodelay(connection)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    # The place where asyncio asks for it, by this name, for every connection it accepts:
    assert "base_events._set_nodelay(" in inspect.getsource(asyncio.selector_events)


# --------------------------------------------------------------------- animations


def png(colour: tuple[int, int, int], size=(40, 20)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "PNG")
    return written.getvalue()


def frames(*pictures: bytes) -> bytes:
    """As convolution_export.js sends them: length, picture, length, picture …"""
    return b"".join(len(picture).to_bytes(4, "big") + picture for picture in pictures)


def animated(body: bytes) -> httpx.Response:
    return ask(FILES, "POST", server.ANIMATION, content=body)


def test_frames_that_a_component_drew_come_back_as_a_gif():
    answer = animated(frames(png((255, 0, 0)), png((0, 0, 255))))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/gif"
    written = Image.open(io.BytesIO(answer.content))
    assert (written.n_frames, written.size) == (2, (40, 20))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"abc",
        frames(b"no picture"),
        frames(png((0, 0, 0)))[:-20],  # cut off
        b"\xff\xff\xff\xff" + b"a" * 100,  # says that it is longer
    ],
    ids=["empty", "short", "no picture", "cut off", "long"],
)
def test_what_is_no_animation_is_turned_away(body):
    assert animated(body).status_code == 400


def test_the_frames_of_an_animation_share_a_budget_of_pixels(monkeypatch):
    """A white frame of a few bytes may have millions of pixels: they are counted, not the bytes."""
    monkeypatch.setattr(server, "ANIMATION_PIXELS", 2 * 40 * 20)
    assert animated(frames(*[png((0, 0, 0))] * 2)).status_code == 200
    assert animated(frames(*[png((0, 0, 0))] * 3)).status_code == 400


def test_a_frame_is_no_photograph():
    """Refused from its header: 16 megapixels of one colour are a file of a few kilobytes."""
    assert animated(frames(png((0, 0, 0), (4000, 4000)))).status_code == 400


def test_frames_without_end_are_cut_off(monkeypatch):
    monkeypatch.setattr(server, "ANIMATION_BYTES", 1000)
    assert animated(b"x" * 1001).status_code == 413


def test_where_many_wait_the_next_is_sent_away(monkeypatch):
    monkeypatch.setattr(server, "_animations", [object()] * (server.MOST_WAITING + 1))
    assert animated(frames(png((0, 0, 0)))).status_code == 503


def test_media_files_may_be_kept_by_the_browser():
    """Their names are hashes; else Chromium asks for the page's icon at every change of address."""

    async def file(_request):
        return PlainTextResponse("icon")

    app = server.KeepMedia(Starlette(routes=[Route("/media/1f.png", file), Route("/other", file)]))
    assert "immutable" in ask(app, "GET", "/media/1f.png").headers["cache-control"]
    assert "cache-control" not in ask(app, "GET", "/other").headers
    assert "cache-control" not in ask(app, "GET", "/media/none.png").headers
