"""One download over HTTP that can be cut off and go on, and that recognises a web page in place of a file."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from stitch_exp.errors import StorageError, WeightsError
from stitch_exp.weights.drive import confirmed_address, page_trouble
from stitch_exp.weights.formats import not_a_file

CHUNK = 1 << 20
HEAD = 1024
PAGE_LIMIT = 1 << 20
AGENT = "stitch-exp (weights fetch)"
TIMEOUT_SECONDS = 30.0

Progress = Callable[[int, int | None], None]
"""Told the bytes on disk and, where the server says it, the length of the whole file."""


class Interrupted(Exception):
    """The connection ended before the file did; what came is kept."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a partial file is part of; it is only continued from the very same thing."""

    url: str
    total: int | None
    tag: str


def download(url: str, part: Path, progress: Progress, attempts: int = 5, pause_seconds: float = 1.0) -> None:
    """Downloads `url` to `part`, continuing what is there; tries again when the connection breaks.

    Args:
        part: The partial file; notes about it go beside it (`.origin`).
        attempts: How often to go on after an interruption.
        pause_seconds: Wait before the first new attempt; doubles each time.

    Raises:
        WeightsError: The server refuses, sends a web page, or the connection keeps breaking.
        StorageError: The disk is full or not writable.
    """
    if not url.startswith(("https://", "http://")):
        raise WeightsError(f"{url} is no http or https address")
    for attempt in range(attempts):
        try:
            return _attempt(url, part, progress)
        except Interrupted as cut:
            reason = cut
            if attempt + 1 < attempts:
                time.sleep(pause_seconds * 2**attempt)
    have = part.stat().st_size if part.exists() else 0
    raise WeightsError(
        f"the transfer of {url} broke off {attempts} times ({reason}); {have:,} bytes are kept, run the command again"
    )


def _attempt(url: str, part: Path, progress: Progress, address: str | None = None) -> None:
    """One request; `address` is where a confirmation page sent us on from `url`."""
    have, known = _kept(part, url)
    try:
        with _open(address or url, have, known) as response:
            start = have if response.status == 206 else 0
            head = b"" if start else _peek(response)
            onwards = _past_page(head, response, url, is_first=address is None)
            if onwards is None:
                return _receive(response, head, url, part, start, progress)
    except urllib.error.HTTPError as error:
        return _http_error(error, url, part, known)
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
        raise Interrupted(getattr(error, "reason", error) or type(error).__name__) from error
    except OSError as error:
        raise StorageError(f"'{part}' cannot be written ({error}); free some space or choose another folder") from error
    _attempt(url, part, progress, onwards)


def _past_page(head: bytes, response: http.client.HTTPResponse, url: str, is_first: bool) -> str | None:
    """Where to go on if a confirmation page came; nothing if the file did.

    Raises:
        WeightsError: Another page came.
    """
    trouble = not_a_file(head, len(head)) if head else ""
    if not trouble:
        return None
    page = head + response.read(PAGE_LIMIT)
    onwards = confirmed_address(page, response.url) if is_first else None
    if onwards is None:
        raise WeightsError(f"{url} sent {trouble}{page_trouble(page)}")
    return onwards


def _kept(part: Path, url: str) -> tuple[int, Origin | None]:
    """Bytes there already, if they are known to belong to this address."""
    note = _note(part)
    if not part.exists() or not note.exists():
        return 0, None
    try:
        origin = Origin(**json.loads(note.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return 0, None  # a note that was cut short says nothing; the file is begun anew
    return (part.stat().st_size, origin) if origin.url == url else (0, None)


def _open(url: str, have: int, known: Origin | None) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": AGENT, "Accept-Encoding": "identity"})
    if have and known:
        request.add_header("Range", f"bytes={have}-")
        if known.tag:
            request.add_header("If-Range", known.tag)
    return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)


def _http_error(error: urllib.error.HTTPError, url: str, part: Path, known: Origin | None) -> None:
    if error.code == 416:
        # Nothing is left to send: the file is complete, or it is not the one that was begun.
        if known and known.total == part.stat().st_size:
            return
        part.unlink(missing_ok=True)
        raise Interrupted("the server has another file now; starting over") from error
    if error.code in (408, 429, 500, 502, 503, 504):
        raise Interrupted(f"the server answers {error.code} {error.reason}") from error
    raise WeightsError(f"{url}: the server answers {error.code} {error.reason}") from error


def _receive(
    response: http.client.HTTPResponse, head: bytes, url: str, part: Path, start: int, progress: Progress
) -> None:
    length = response.headers.get("Content-Length")
    total = None if length is None else start + int(length)
    origin = Origin(url, total, response.headers.get("ETag") or response.headers.get("Last-Modified") or "")
    if start and _kept(part, url)[1] != origin:
        discard(part)
        raise Interrupted("the server has another file now; starting over")
    _note(part).write_text(json.dumps(asdict(origin)), encoding="utf-8")
    _write(response, head, part, start, total, progress)


def _peek(response: http.client.HTTPResponse) -> bytes:
    head = b""
    while len(head) < HEAD and (more := response.read(HEAD - len(head))):
        head += more
    return head


def _write(
    response: http.client.HTTPResponse, head: bytes, part: Path, start: int, total: int | None, progress: Progress
) -> None:
    with part.open("ab" if start else "wb") as file:
        file.write(head)
        while chunk := response.read(CHUNK):
            file.write(chunk)
            progress(file.tell(), total)
        written = file.tell()
    if total is not None and written < total:
        raise Interrupted(f"{written:,} of {total:,} bytes came")
    progress(written, written)


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".origin")


def discard(part: Path) -> None:
    """Removes a partial file and the notes about it."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)
