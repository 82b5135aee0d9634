"""Google Drive's pages in front of large files: the one that asks to confirm, and the one that says no."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

REASONS = {
    b"quota": "too many people fetched it today; try again tomorrow, or open the link in a browser and copy the file",
    b"too many users": "too many people fetched it today; try again tomorrow, or open the link in a browser",
    b"sign in": "it asks to sign in; open the link in a browser",
    b"not found": "it says the file is gone",
}


class _Form(HTMLParser):
    """The first form of a page that has hidden fields: where it goes, and what they say."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "form" and self.action is None:
            self.action = values.get("action", "")
        elif tag == "input" and self.action is not None and values.get("type") == "hidden":
            self.fields[values.get("name", "")] = values.get("value", "")


def confirmed_address(page: bytes, address: str) -> str | None:
    """Where the button of a confirmation page leads, or nothing if the page has none.

    Args:
        page: HTML.
        address: Where it came from, for relative links.
    """
    form = _Form()
    form.feed(page.decode("utf-8", "replace"))
    if form.action is None or "confirm" not in form.fields:
        return None
    target = urlsplit(urljoin(address, form.action))
    query = urlencode(dict(parse_qsl(target.query)) | form.fields)
    return urlunsplit(target._replace(query=query))


def page_trouble(page: bytes) -> str:
    """Why a page came instead of the file, if it says so."""
    text = page.lower()
    return next((f": {reason}" for word, reason in REASONS.items() if word in text), "")
