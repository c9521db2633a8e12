"""A visitor without a browser: Streamlit's websocket, spoken with Streamlit's own messages."""

import asyncio
import time
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.server import Server

RERUN_LIMIT = 60  # seconds
CANVAS, READING = "streamlit-drawable-canvas.streamlit_drawable_canvas", "cnnviz_reading"
FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class NoAnswer(RuntimeError):
    """A rerun that ended in an error, or without the answer that was asked for."""


@dataclass
class Visit:
    """One open tab."""

    socket: websockets.ClientConnection
    address: str
    page: str  # its path without the slash; "" is the start page
    query: str = ""
    page_hash: str = ""
    pages: list[str] = field(default_factory=list)  # paths of all pages in the navigation
    states: dict[str, str] = field(default_factory=dict)  # widget id → JSON that it was set to
    components: dict[str, Delta] = field(default_factory=dict)  # name → the last one sent of it

    async def rerun(self, fragment: str = "") -> float:
        """Run the page's script once more, or a fragment of it.

        Returns:
            Seconds from the request to `script_finished`.
        """
        request = BackMsg()
        ask = request.rerun_script
        ask.query_string, ask.page_script_hash = self.query, self.page_hash
        ask.page_name = "" if self.page_hash else self.page  # as the browser does
        ask.fragment_id = fragment
        ask.context_info.url, ask.context_info.locale = f"http://{self.address}/{self.page}", "en"
        for widget, value in self.states.items():
            ask.widget_states.widgets.add(id=widget, json_value=value)
        started = time.perf_counter()
        await self.socket.send(request.SerializeToString())
        async with asyncio.timeout(RERUN_LIMIT):
            messages = await self._answer()
        seconds = time.perf_counter() - started
        self._remember(messages)
        return seconds

    async def _answer(self) -> list[ForwardMsg]:
        messages = []
        while True:
            message = ForwardMsg.FromString(await self.socket.recv())
            messages.append(message)
            if message.WhichOneof("type") == "script_finished":
                if message.script_finished in FINISHED:
                    return messages
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise NoAnswer("The page does not compile.")

    def _remember(self, messages: list[ForwardMsg]) -> None:
        for message in messages:
            if message.HasField("navigation"):
                self.page_hash = message.navigation.page_script_hash
                self.pages = [page.url_pathname for page in message.navigation.app_pages]
            elif message.HasField("page_info_changed"):
                self.query = message.page_info_changed.query_string
            elif name := message.delta.new_element.bidi_component.component_name:
                self.components[name] = message.delta

    async def draw(self, drawing: str) -> float:
        """Set the canvas as its script in the browser would; seconds until the rerun is done."""
        canvas, before = self.components.get(CANVAS), self.components.get(READING)
        if canvas is None:
            raise NoAnswer(f"/{self.page} shows no canvas.")
        self.states[canvas.new_element.bidi_component.id] = drawing
        seconds = await self.rerun(canvas.fragment_id)
        if self.components[READING] == before:
            raise NoAnswer("The reading did not change.")
        return seconds


async def visit(server: Server, page: str) -> Visit:
    """Connect and run a page for the first time."""
    socket = await websockets.connect(
        f"ws://{server.address}/_stcore/stream",
        subprotocols=["streamlit"],
        origin=f"http://{server.address}",
        max_size=None,
        ping_interval=None,
        open_timeout=RERUN_LIMIT,
    )
    tab = Visit(socket, server.address, page)
    await tab.rerun()
    return tab


async def first_digit(server: Server) -> Visit:
    """Visit /digits and wait until a digit is read there."""
    tab = await visit(server, "digits")
    end = time.perf_counter() + RERUN_LIMIT
    while READING not in tab.components:
        if time.perf_counter() > end:
            raise NoAnswer("/digits reads no digit.")
        await asyncio.sleep(0.1)
        await tab.rerun()
    return tab


async def warm_up(server: Server) -> None:
    """Return when the networks are loaded and one digit has been read."""
    tab = await first_digit(server)
    await tab.socket.close()
