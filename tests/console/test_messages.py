"""What is said when a command goes wrong."""

import logging

import pytest
from hydra.errors import HydraException, InstantiationException

from stitch_exp.console import messages
from stitch_exp.console.messages import LogFile, Warnings, exit_code, sentence, shown_warnings, unwrapped
from stitch_exp.console.stopping import Stopped
from stitch_exp.errors import ConfigError, FaceError, SettingsError, VideoError, WeightsError


def wrapped(inner, outer=HydraException):
    """An error of Hydra's that was raised from another one."""
    try:
        try:
            raise inner
        except Exception as error:
            raise outer("Error in call to target") from error
    except outer as error:
        return error


def test_an_error_of_ours_is_found_inside_hydra_s_however_deep():
    inner = FaceError("no face")
    assert unwrapped(wrapped(inner)) is inner
    assert unwrapped(wrapped(wrapped(inner), InstantiationException)) is inner


def test_an_error_of_ours_that_caused_one_of_others_is_not_taken_for_it():
    foreign = wrapped(FaceError("no face"), RuntimeError)
    assert unwrapped(foreign) is foreign
    plain = wrapped(ValueError("x"))
    assert unwrapped(plain) is plain


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2), (SettingsError({"a": "b"}), 2), (WeightsError("x"), 2), (HydraException("x"), 2),
        (VideoError("x"), 1), (ValueError("x"), 1), (KeyboardInterrupt(), 1), (MemoryError(), 1),
    ],
)  # fmt: skip
def test_two_is_what_can_be_mended_on_the_command_line(error, code):
    assert exit_code(error) == code


def test_a_signal_ends_with_128_and_its_number():
    assert exit_code(Stopped(15)) == 143 and exit_code(Stopped(2)) == 130


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (VideoError("'a.mp4' is empty"), "'a.mp4' is empty"),
        (SettingsError({"tuning.gain": "is 2", "seed": "is -1"}), "tuning.gain is 2; seed is -1"),
        (HydraException("\nCould not load\nat some place\n"), "Could not load"),
        (HydraException(""), "HydraException"),
        (HydraException("  \n "), "HydraException"),
        (
            ZeroDivisionError("division by zero"),
            "ZeroDivisionError: division by zero (our defect; debug=true shows the traceback)",
        ),
    ],
)
def test_an_error_is_one_sentence(error, said):
    assert sentence(error) == said


def test_our_defect_says_where_the_traceback_is(tmp_path):
    text = sentence(IndexError("7"), tmp_path)
    assert text == f"IndexError: 7 (our defect; the traceback is in {tmp_path}/run.log)"
    assert "our defect" not in sentence(VideoError("x"), tmp_path)


USERS = "[bold]clip[/bold] [1] \\[x] caf\u00e9.mp4"


def test_text_of_users_is_never_markup_and_never_broken(capsys):
    messages.fail(USERS * 20)
    assert capsys.readouterr().err == f"error: {USERS * 20}\n"


def test_the_end_by_a_signal_says_whether_it_can_go_on(capsys):
    messages.stopped(Stopped(15))
    messages.stopped(Stopped(15), resumable=False)
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"{second}; the same command goes on where it was"


@pytest.fixture
def logger():
    made = logging.getLogger("stitch_exp.of_this_test")
    yield made
    logging.getLogger("stitch_exp").propagate = True


def test_a_warning_is_shown_once_an_error_never_and_a_note_not(logger, capsys):
    with shown_warnings():
        for _ in range(2):
            logger.warning("%s is dark", USERS)
        logger.warning("another")
        logger.error("the traceback")
        logger.info("a note")
    logger.warning("after the block")
    assert capsys.readouterr().err == f"warning: {USERS} is dark\nwarning: another\n"


def test_each_job_shows_its_own_warnings(logger, capsys):
    for _ in range(2):
        with shown_warnings():
            logger.warning("dark")
    assert capsys.readouterr().err == "warning: dark\n" * 2
    assert not [one for one in logging.getLogger("stitch_exp").handlers if isinstance(one, Warnings)]


def test_troubles_of_the_log_never_hide_those_of_the_run(tmp_path, capsys):
    handler = LogFile(tmp_path / "run.log")

    class Full:
        def write(self, text):
            raise OSError(28, "No space left on device")

        flush = close = write_text = lambda self: (_ for _ in ()).throw(OSError(28, "No space left on device"))

    handler.stream.close()
    handler.stream = Full()
    handler.emit(logging.LogRecord("x", logging.INFO, "", 0, "text", None, None))
    handler.close()
    said = capsys.readouterr().err
    assert said == f"warning: {tmp_path}/run.log is incomplete, as the disk is full\n"


def test_a_traceback_is_logged_in_full(caplog):
    try:
        raise ValueError("the cause")
    except ValueError:
        with caplog.at_level(logging.ERROR, logger="stitch_exp"):
            messages.write_traceback()
    assert "Traceback" in caplog.text and "ValueError: the cause" in caplog.text
