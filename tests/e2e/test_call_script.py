"""scripts/call: leaves a message with real audio and shows where it lies; says clearly when there is nobody
to call."""

import os
import re
import subprocess
from pathlib import Path

from harness.evertrunk import BUILD, ROOT
from harness.rtp import read_wav


def call(um, *words):
    return subprocess.run([ROOT / "scripts/call", "-c", um.conf, "-f", um.block.proxied, *words],
                          capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "EVERTRUNK_BUILD": str(BUILD)})


def test_it_leaves_a_message(um):
    done = call(um, "-s", "3", "-n", "3501")
    assert done.returncode == 0, done
    wav = Path(re.search(r"message recorded: (.*)", done.stdout).group(1))
    seconds = len(read_wav(wav)[3]) / 16000
    assert 2.5 <= seconds <= 5.5
    assert str(um.recordings()[0]["file"]) in done.stdout


def test_it_shows_what_was_delivered(make):
    # as a newcomer has it: delivered, and greeted by the shipped prompts
    um = make({"mail": {"delivery": "maildir"}, "prompt": {"greeting": ""}}).start()
    done = call(um, "-s", "3", "-n", "3501")
    assert done.returncode == 0, done
    message = Path(re.search(r"message delivered: (.*)", done.stdout).group(1))
    assert message.is_file() and "Subject: Voice Mail from 2101" in done.stdout
    wav = Path(re.search(r"listen to it with: aplay (.*)", done.stdout).group(1))
    assert 2.5 <= wav.stat().st_size / 8000 <= 5.5  # G.711: a byte is a sample


def test_nobody_there(make):
    done = call(make())
    assert done.returncode == 1 and "scripts/run" in done.stderr, done


def test_refused(um):
    um.ctl("drain")
    done = call(um, "-s", "1")
    assert done.returncode == 1 and "480" in done.stderr, done
