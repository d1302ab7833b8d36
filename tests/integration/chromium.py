"""A real Chromium, spoken to over a pipe (the DevTools protocol), with the standard library alone.

The browser is given a proxy that is a listening socket of ours, so that every connection it makes to anywhere is seen, whoever in
it makes it: `asked` holds what came in.
"""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

CHROMIUM = shutil.which("chromium")
PATIENCE = 60.0
"""Seconds for one answer of the browser; only one that hangs needs them."""

_LAUNCH = """
import os, sys
read, write = (os.dup(int(given)) for given in sys.argv[1:3])
while min(read, write) < 5:
    read, write = os.dup(read), os.dup(write)
os.dup2(read, 3), os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads commands from descriptor 3 and writes to 4, whatever these were before."""
OWN = (".google.com", ".googleapis.com", ".gvt1.com")
"""Whom the browser itself calls, whatever it is shown; the proxy lets nothing through."""


class Picture(NamedTuple):
    """A screenshot: its size in pixels and the colours in it, each with the number of its pixels."""

    width: int
    height: int
    colours: dict[bytes, int]

    @property
    def ground(self) -> float:
        """The part of the commonest colour."""
        return max(self.colours.values()) / (self.width * self.height)


class Browser:
    """One Chromium with one page."""

    def __init__(self, profile: Path) -> None:
        self.asked: list[bytes] = []
        self.events: list[dict[str, Any]] = []
        self._number = 0
        self._buffer = b""
        self._proxy = socket.create_server(("127.0.0.1", 0))
        command_in, self._write = os.pipe()
        self._read, command_out = os.pipe()

        flags = (
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
            *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
            *("--disable-default-apps", "--disable-extensions", "--hide-scrollbars", "--remote-debugging-pipe"),
            f"--proxy-server=http://127.0.0.1:{self._proxy.getsockname()[1]}",
            "--proxy-bypass-list=<-loopback>",
            f"--user-data-dir={profile}",
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(command_in), str(command_out), str(CHROMIUM), *flags, "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(command_in, command_out),
            start_new_session=True,
        )
        threading.Thread(target=self._count, daemon=True).start()
        os.close(command_in)
        os.close(command_out)
        self._session = ""
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its answer; what the browser tells meanwhile is kept in `events`."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, told["error"]
                result: dict[str, Any] = told["result"]
                return result
            self.events.append(told)

    def open(self, file: Path, width: int = 1100, scheme: str = "light", media: str = "screen") -> None:
        """Show a file, so many pixels wide, in a colour scheme, as on a screen or in print."""
        self.look(width, scheme, media)
        self.events.clear()
        self.asked.clear()
        self.call("Page.navigate", url=file.as_uri())
        while not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self.events.append(self._next())

    def look(self, width: int = 1100, scheme: str = "light", media: str = "screen") -> None:
        """Change how the page is looked at."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def value(self, expression: str) -> Any:
        """What an expression gives; it is the test's own and no script of the page."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def press(self, key: str) -> None:
        """One key, down and up."""
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, scale: float = 1.0) -> bytes:
        """The top of the page as PNG."""
        width = self.value("innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": 800, "scale": scale}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", clip=clip)["data"])

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])

    def left(self) -> list[bytes]:
        """The first lines of all requests but the browser's own."""
        lines = [one.partition(b"\r\n")[0] for one in self.asked]
        return [line for line in lines if not any(name.encode() in line.split(b"?")[0] for name in OWN)]

    def click(self, selector: str) -> None:
        """A click in the middle of an element, or of its first line, and what it brings about."""
        element = f"document.querySelector({json.dumps(selector)})"
        self.value(f"{element}.scrollIntoView({{block: 'center'}})")
        self._settle()
        box = self.value(f"{element}.getClientRects()[0].toJSON()")
        where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type="mousePressed", **where)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", **where)
        self._settle()

    def _settle(self) -> None:
        """Until the page was laid out again, and what came near by that as well."""
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")

    def complaints(self) -> list[str]:
        """What the browser found wrong: the console, the log, the policy; and every request but that for the file itself."""
        found = []
        for event in self.events:
            method, params = event.get("method"), event.get("params", {})
            if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Audits.issueAdded"):
                found.append(f"{method} {json.dumps(params)[:500]}")
            elif method == "Network.requestWillBeSent" and params.get("type") != "Document":
                url = params["request"]["url"]
                found += [] if url.startswith("data:") else [f"request {url}"]
        return found

    def close(self) -> None:
        """Ask it to end, and end it where it does not."""
        self._session = ""
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (OSError, EOFError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, 9)
            self._process.wait(10)
        os.close(self._write)
        os.close(self._read)
        self._proxy.close()

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            assert time.monotonic() < end, "Chromium does not answer"
            piece = os.read(self._read, 1 << 20)
            if not piece:
                raise EOFError("Chromium has ended")
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        return told

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._proxy.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    self.asked.append(connection.recv(2000))
                except OSError:
                    self.asked.append(b"?")


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser that is gone afterwards."""
    one = Browser(profile)
    try:
        yield one
    finally:
        one.close()


def picture(png: bytes) -> Picture:
    """Read a PNG of eight bits a channel, as Chromium writes them. W3C PNG section 9"""
    at, data, width, height, channels = 8, b"", 0, 0, 3
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        chunk = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", chunk[:10])
            assert depth == 8
            channels = {2: 3, 6: 4}[colour]
        elif kind == b"IDAT":
            data += chunk
        at += 12 + length
    raw, stride = zlib.decompress(data), width * channels
    colours: dict[bytes, int] = {}
    above = bytearray(stride)
    for row in range(height):
        begin = row * (stride + 1)
        line = _unfiltered(raw[begin], bytearray(raw[begin + 1 : begin + 1 + stride]), above, channels)
        for pixel in range(0, stride, channels):
            colour_of = bytes(line[pixel : pixel + 3])
            colours[colour_of] = colours.get(colour_of, 0) + 1
        above = line
    return Picture(width, height, colours)


def _unfiltered(kind: int, line: bytearray, above: bytearray, step: int) -> bytearray:
    for at in range(len(line)):
        left = line[at - step] if at >= step else 0
        match kind:
            case 0:
                return line
            case 1:
                line[at] = (line[at] + left) & 255
            case 2:
                line[at] = (line[at] + above[at]) & 255
            case 3:
                line[at] = (line[at] + (left + above[at]) // 2) & 255
            case 4:
                corner = above[at - step] if at >= step else 0
                guess = left + above[at] - corner
                distances = [(abs(guess - one), order, one) for order, one in enumerate((left, above[at], corner))]
                line[at] = (line[at] + min(distances)[2]) & 255
    return line
