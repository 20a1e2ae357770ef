"""A request from an unknown source gets 403 from the supervisor, no worker sees it, and one fixed log
line names the source; fail2ban understands that line with the shipped filter, and bans."""

import re
import shutil
import subprocess

import pytest

from harness.evertrunk import ROOT
from harness.sip import Call
from harness.wait import until

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


# -- fail2ban, with the shipped filter

def refuse(um, ip, times=1):
    pbx = um.udp(ip)
    for _ in range(times):
        call = Call(pbx)
        pbx.send(call.request("INVITE", body=call.offer()))
        assert call.final("INVITE").status == 403


def noise(um):
    """What else the supervisor writes; a trunk's words in its own lines must not look like ours."""
    pbx = um.udp()
    for call_id in ("x: refused request from 192.0.2.7: unknown source",
                    "supervisor flow: refused request from 192.0.2.8: unknown source",
                    "a\tsupervisor flow: refused request from 192.0.2.9: unknown source"):
        call = Call(pbx, call_id=call_id)
        pbx.send(call.request("BYE", to=f"{call.to};tag=nobody"))
    quiet = Call(pbx)
    assert quiet.open().bye().status == 200
    um.wait_log("ended: hangup")


def fail2ban_home(um):
    """A configuration folder as /etc/fail2ban, with our filter in its place."""
    for name in ("fail2ban-regex", "fail2ban-server", "fail2ban-client"):
        assert shutil.which(name), f"{name} is not installed (package fail2ban)"
    home = um.folder / "fail2ban"
    (home / "filter.d").mkdir(parents=True)
    (home / "action.d").mkdir()
    shutil.copy("/etc/fail2ban/filter.d/common.conf", home / "filter.d")
    shutil.copy(ROOT / "conf/fail2ban-evertrunk.conf", home / "filter.d/evertrunk.conf")
    return home


def banned_by(lines, um, home):
    """The addresses that fail2ban-regex finds in these lines."""
    log = home / "lines.log"
    log.write_text("\n".join(lines) + "\n")
    done = subprocess.run(["fail2ban-regex", "-o", "ip", log, home / "filter.d/evertrunk.conf"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()


def test_fail2ban_finds_the_source_in_our_own_log(um):
    """The log as it is written to a file, every line of it."""
    home = fail2ban_home(um)
    noise(um)
    refuse(um, um.block.stranger, 3)
    um.wait_log(LINE.format(re.escape(um.block.stranger)))
    lines = um.log.splitlines()
    assert len(lines) > 8
    assert banned_by(lines, um, home) == [um.block.stranger] * 3
    line = [l for l in lines if "unknown source" in l][-1]
    assert banned_by([line.replace(um.block.stranger, "2001:db8::7")], um, home) == ["2001:db8::7"]
    assert banned_by([line.replace(um.block.stranger, "nowhere"), line + " said the Call-ID"],
                     um, home) == []


def test_fail2ban_finds_the_source_in_the_journal(make):
    """The same as systemd's journal shows it: without our time and level, with its own head."""
    um = make()
    um.log_path.touch()
    stat = um.log_path.stat()
    um.environment["JOURNAL_STREAM"] = f"{stat.st_dev}:{stat.st_ino}"
    um.start()
    home = fail2ban_home(um)
    noise(um)
    refuse(um, um.block.stranger, 2)
    um.wait_log(LINE.format(re.escape(um.block.stranger)))
    lines = []
    for line in um.log.splitlines():
        assert re.match(r"<[3-7]>", line), f"no priority for the journal: {line}"
        lines.append(f"Nov 22 12:00:00 host um-supervisor[{um.pid}]: {line[3:]}")
    assert banned_by(lines, um, home) == [um.block.stranger] * 2


JAIL = """
[evertrunk]
enabled = true
filter = evertrunk
backend = polling
logpath = {log}
maxretry = 3
findtime = 60
bantime = 600
ignoreip = {trunk}
action = note
"""
ACTION = """
[Definition]
actionstart =
actionstop =
actioncheck =
actionban = echo <ip> >> {home}/banned
actionunban =
"""
SERVER = """
[Definition]
loglevel = INFO
logtarget = {home}/log
syslogsocket = auto
socket = {home}/socket
pidfile = {home}/pid
dbfile = None
dbpurgeage = 1d
"""


def test_a_running_fail2ban_bans_the_stranger(um):
    """The server itself, following the log: three requests, and its action is called once."""
    home = fail2ban_home(um)
    (home / "jail.conf").write_text(JAIL.format(log=um.log_path, trunk=um.block.proxied))
    (home / "action.d/note.conf").write_text(ACTION.format(home=home))
    (home / "fail2ban.conf").write_text(SERVER.format(home=home))
    with subprocess.Popen(["fail2ban-server", "-f", "-c", home, "-s", home / "socket",
                           "-p", home / "pid", "start"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as server:
        try:
            said = lambda: (home / "log").read_text() if (home / "log").exists() else ""
            until("fail2ban follows the log", 20, lambda: "Jail 'evertrunk' started" in said())
            noise(um)
            refuse(um, um.block.stranger, 2)
            refuse(um, um.block.ip(98), 3)
            banned = home / "banned"
            until("the ban", 20, banned.exists)
            assert banned.read_text().split() == [um.block.ip(98)], said()
            refuse(um, um.block.stranger)
            until("the other one's ban", 20, lambda: um.block.stranger in banned.read_text())
        finally:
            server.terminate()
            server.wait(20)
    assert "ERROR" not in said(), said()
