"""Chatter of native libraries."""

import os

import pytest

from stitch_exp.host.quiet import quiet_native


def test_native_chatter_is_held_back(capfd):
    with quiet_native():
        os.write(2, b"greetings\n")
    os.write(2, b"news\n")
    assert capfd.readouterr().err == "news\n"


def test_it_is_shown_when_the_block_fails(capfd):
    with pytest.raises(ValueError), quiet_native():
        os.write(2, b"the reason\n")
        raise ValueError
    assert capfd.readouterr().err == "the reason\n"
