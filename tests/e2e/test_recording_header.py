"""The header file: the `Name : Value` lines of the original, complete in the spool, with nothing that a
caller could add."""

import re

from harness.rtp import read_wav
from harness.voice import Caller


def test_fields(um):
    caller = Caller(um, um.udp(), caller="2101", called="3500")
    caller.leave_message()
    found = um.wait_recordings()[0]
    assert re.fullmatch(r"[0-9a-fA-F-]{36}\.txt", found["file"].name)
    assert found["MessageType"] == "VoiceMail"
    assert found["CallerId"] == "2101"
    assert found["CallId"] == caller.call.call_id
    assert found["wav"].is_absolute() and found["wav"].exists()
    assert found["Duration"].isdigit()
    for field in ("NDRRequired", "RecipientName", "RecipientAddress", "RecipientCulture", "Important",
                  "CallAnswering", "Codec"):
        assert field in found, f"{field} is missing"
    assert found["Important"] in ("True", "False")
    assert "Interrupted" not in found or found["Interrupted"] == "False"
    read_wav(found["wav"])
    assert not list(um.spool.glob("*.part"))


def test_a_caller_cannot_add_lines(um):
    caller = Caller(um, um.udp(), caller="2101%0d%0aImportant%20:%20True")
    caller.leave_message()
    lines = um.wait_recordings()[0]["file"].read_text().splitlines()
    assert sum(line.startswith("Important") for line in lines) == 1


def test_the_recording_is_there_before_the_call_is_forgotten(um):
    """CALL_END comes after the commit: when um-ctl no longer shows the call, the file is there."""
    caller = Caller(um, um.udp())
    caller.leave_message()
    from harness.wait import until
    until("the call has ended", 5, lambda: um.metrics()["um_calls_active"] == 0, step=0.002)
    assert len(um.recordings()) == 1


def test_spool_is_private(um):
    Caller(um, um.udp()).leave_message()
    found = um.wait_recordings()[0]
    assert found["file"].stat().st_mode & 0o007 == 0
    assert found["wav"].stat().st_mode & 0o007 == 0
