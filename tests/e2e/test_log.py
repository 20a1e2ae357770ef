"""The log: one line per event, the call's lines with Call-ID and generation, one line per state change
with who, old, new and why; nothing from the network can start a line of its own."""

import re

from harness.sip import Call
from harness.wait import until


def test_a_call_can_be_followed_by_its_call_id(um):
    call = Call(um.udp()).open()
    assert call.bye().status == 200
    until("the end of the call in the log", 3,
          lambda: re.search(re.escape(call.call_id) + ".*(hangup|ended)", um.log))
    lines = [l for l in um.log.splitlines() if call.call_id in l]
    assert any(re.search(r"generation 1\b|worker 1\b", l) for l in lines), lines
    assert any("2101" in l and "3500" in l for l in lines), lines


def test_a_recycle_tells_who_old_new_why(um):
    um.wait_standby()
    um.recycle("--reason", "tea time")
    um.wait_log(r"slot A generation 1: SERVING -> DRAINING: .*")
    um.wait_log(r"slot B generation 2: STANDBY -> SERVING: .*")
    um.wait_log("tea time")


def test_every_line_has_its_form(um):
    """Time, level, process, room: also where a caller's name holds line ends and colours."""
    um.ctl("log", "debug")
    pbx = um.udp()
    call = Call(pbx, caller="2101%0d%0a%1b%5b31m")
    call.to = '"a\tb" <sip:3500@um.example.com>'
    call.invite()
    call.ack()
    call.bye()
    pbx.send("INVITE sip:x@y SIP/2.0\r\nVia: \x1b[2Jbad\r\n\x07\r\n\r\n")
    form = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (err|warn|notice|info|debug) +"
                      r"(supervisor|worker \d+|worker) [a-z]+: .+")
    for line in um.log.splitlines():
        assert form.fullmatch(line), repr(line)
        assert "\x1b" not in line and "\x07" not in line, repr(line)
