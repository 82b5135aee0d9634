"""Pages that come instead of a large file."""

from stitch_exp.weights.drive import confirmed_address, page_trouble

FORM = b"""<form id="f" action="/download"><input type="submit" name="go" value="Download">
<input type="hidden" name="id" value="a b"><input type="hidden" name="confirm" value="t">
<input type="hidden" name="uuid" value="7"></form>"""


def test_the_button_of_a_confirmation_page_is_followed() -> None:
    found = confirmed_address(FORM, "https://drive.example/uc?id=x")
    assert found == "https://drive.example/download?id=a+b&confirm=t&uuid=7"


def test_what_the_address_asks_already_is_kept() -> None:
    page = FORM.replace(b"/download", b"https://files.example/get?export=download")
    found = confirmed_address(page, "https://drive.example/uc")
    assert found == "https://files.example/get?export=download&id=a+b&confirm=t&uuid=7"


def test_other_pages_have_no_such_button() -> None:
    assert confirmed_address(b"<p>hello</p>", "https://drive.example/") is None
    assert confirmed_address(FORM.replace(b"confirm", b"other"), "https://drive.example/") is None


def test_a_page_that_says_no_is_heard() -> None:
    assert page_trouble(b"<h1>Quota exceeded</h1>").startswith(": too many people fetched it today")
    assert page_trouble(b"Please SIGN IN").startswith(": it asks to sign in")
    assert page_trouble(b"hello") == ""
