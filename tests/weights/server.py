"""A local server that breaks off, redirects, asks to confirm, or sends a page instead of the file."""

import bz2
import hashlib
import io
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

CONTENT = bytes(range(256)) * 2000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
CONFIRM = b"""<!DOCTYPE html><html><body>Google Drive can't scan this file for viruses.
<form id="download-form" action="/confirmed" method="get"><input type="hidden" name="id" value="42">
<input type="hidden" name="confirm" value="t"><input type="hidden" name="uuid" value="%d"></form></html>"""
QUOTA = b"<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title></html>"


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Repo-main/a/directions/age.npy", b"age")
        archive.writestr("Repo-main/a/directions/../../../evil.npy", b"evil")
        archive.writestr("Repo-main/README.md", b"text")
    return buffer.getvalue()


class Server(ThreadingHTTPServer):
    """Counts requests, and breaks off the first answers of `/broken`."""

    breaks = 0
    tag = '"1"'
    seen: list[tuple[str, str | None]]

    def server_bind(self) -> None:
        """Without the name look-up of the standard class, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def address(self, path: str) -> str:
        """Full address of a path."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.server.seen.append((self.path, self.headers.get("Range")))
        if path == "/moved":
            return self._head(302, Location="/file")
        if path in ("/drive", "/loop") or (path == "/confirmed" and "loop" in self.path):
            return self._send(CONFIRM % len(self.server.seen))
        if path == "/confirmed" and "id=42&confirm=t" not in self.path:
            return self._head(400)
        answers = {"/quota": QUOTA, "/bz2": bz2.compress(CONTENT), "/zip": zipped(), "/other": CONTENT[::-1]}
        if path == "/missing":
            return self._head(404)
        self._file(answers.get(path, CONTENT), can_break=path in ("/broken", "/confirmed"))

    def _file(self, content: bytes, can_break: bool) -> None:
        start = 0
        asked = self.headers.get("Range")
        if asked and self.headers.get("If-Range", self.server.tag) == self.server.tag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return self._head(416)
        rest = content[start:]
        code, more = (206, {"Content-Range": f"bytes {start}-/{len(content)}"}) if start else (200, {})
        self._head(code, ETag=self.server.tag, **{"Content-Length": str(len(rest))}, **more)
        if can_break and self.server.breaks > 0:
            self.server.breaks -= 1
            rest = rest[: len(rest) // 2]
        self.wfile.write(rest)

    def _send(self, page: bytes) -> None:
        self._head(200, **{"Content-Type": "text/html", "Content-Length": str(len(page))})
        self.wfile.write(page)

    def _head(self, code: int, **headers: str) -> None:
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", "0")
        self.end_headers()
