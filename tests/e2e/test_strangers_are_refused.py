"""A request from an unknown source gets 403 from the supervisor, no worker sees it, and one fixed log
line names the source; fail2ban understands that line with the shipped filter."""

import re
import shutil
import subprocess

import pytest

from harness.evertrunk import ROOT
from harness.sip import Call

LINE = r"flow: refused request from {}: unknown source"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER", "BYE"])
def test_403(um, transport, method):
    pbx = getattr(um, transport)(um.block.stranger)
    call = Call(pbx)
    pbx.send(call.request(method, body=call.offer() if method == "INVITE" else ""))
    assert call.final(method).status == 403
    assert um.metrics()["um_calls_started_total"] == 0
    assert um.metrics()['um_refused_total{why="source"}'] == 1
    um.wait_log(LINE.format(re.escape(um.block.stranger)))


def test_an_ack_is_never_answered(um):
    pbx = um.udp(um.block.stranger)
    call = Call(pbx)
    pbx.send(call.request("ACK"))
    pbx.silent(0.5)


def test_the_log_line_is_rate_limited(um):
    pbx = um.udp(um.block.stranger)
    for _ in range(300):
        call = Call(pbx)
        pbx.send(call.request("OPTIONS"))
        call.final("OPTIONS")
    lines = len(re.findall(LINE.format(re.escape(um.block.stranger)), um.log))
    assert 1 <= lines <= 50, f"{lines} lines for 300 requests"
    assert um.metrics()['um_refused_total{why="source"}'] == 300


def test_fail2ban_finds_the_source(um):
    if not shutil.which("fail2ban-regex"):
        pytest.fail("fail2ban-regex is not installed (package fail2ban)")
    pbx = um.udp(um.block.stranger)
    call = Call(pbx)
    pbx.send(call.request("INVITE", body=call.offer()))
    call.final("INVITE")
    line = um.wait_log(LINE.format(re.escape(um.block.stranger)))
    # under systemd the journal has taken the time and the priority off the line
    text = line[line.index("flow: "):]
    lines = [text, "flow: refused request from nowhere: unknown source",
             "call: refused request from 192.0.2.1: unknown source said the Call-ID",
             text.replace(um.block.stranger, "2001:db8::7")]
    journal = um.folder / "journal"
    journal.write_text("".join(f"2026-11-21T12:00:00+0000 host um-supervisor[1]: {l}\n"
                               for l in lines))
    # the filter includes its neighbour, as it does in /etc/fail2ban/filter.d
    shutil.copy("/etc/fail2ban/filter.d/common.conf", um.folder)
    shutil.copy(ROOT / "conf/fail2ban-evertrunk.conf", um.folder / "evertrunk-filter.conf")
    done = subprocess.run(["fail2ban-regex", "--print-all-matched", journal,
                           um.folder / "evertrunk-filter.conf"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert "4 lines, 0 ignored, 2 matched, 2 missed" in done.stdout, done.stdout + done.stderr
    assert text in done.stdout
