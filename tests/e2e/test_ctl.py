"""um-ctl: exit status 0 done, 1 refused or failed, 2 wrong usage; text for people, JSON for programs;
log levels; stop and stop --now."""

import grp
import json
import os
import subprocess

import pytest

from harness.evertrunk import BUILD, SLOW
from harness.sip import Call
from harness.wait import until


@pytest.mark.parametrize("words", [
    ["dance"], [], ["recycle", "--sideways"], ["log"], ["log", "shouting"], ["status", "extra"],
    ["recycle", "--now", "--when-idle"], ["recycle", "--reason"],
])
def test_wrong_usage_is_2(um, words):
    answer = um.ctl(*words)
    assert answer.status == 2, answer
    assert answer.text


@pytest.mark.parametrize("words", [["status"], ["calls"], ["trunks"], ["history"], ["help"]])
def test_reports_in_text_and_json(um, words):
    call = Call(um.udp()).open()
    answer = um.ctl(*words)
    assert answer.status == 0 and answer.out.strip(), answer
    if words != ["help"]:
        json.loads(um.ctl("--json", *words).out)
    call.bye()


def test_status_names_what_an_operator_asks_for(um):
    um.wait_standby()
    call = Call(um.udp()).open()
    active = um.active()
    for key in ("slot", "generation", "pid", "state", "age_ms", "calls", "memory_bytes", "last_reason"):
        assert key in active, active
    assert active["calls"] == 1
    assert {"pid": active["pid"]}["pid"] in {pid for pid, _ in um.workers()}
    shown = um.calls()
    assert len(shown) == 1 and shown[0]["call_id"] == call.call_id, shown
    assert shown[0]["generation"] == active["generation"] and shown[0]["trunk"] == "proxied"
    assert (shown[0]["caller"], shown[0]["called"]) == ("2101", "3500")
    call.bye()
    until("the call is gone from the list", 5, lambda: not [c for c in um.calls()
          if c["state"] == "up"])


def test_a_hostile_call_id_cannot_draw_on_the_terminal(um):
    call = Call(um.udp(), call_id='<"evil\\"{}[]?2J>@x', caller="%1b%5b2J").open()
    answer = um.ctl("calls")
    assert "\x1b" not in answer.out
    assert len(json.loads(um.ctl("--json", "calls").out)["calls"]) == 1
    call.bye()


def test_a_control_character_in_a_call_id_is_malformed(um):
    call = Call(um.udp(), call_id="evil\x1b[2Jid@x")
    assert call.invite().status == 400
    assert um.calls() == []


def test_by_configuration_file(um):
    done = subprocess.run([BUILD / "um-ctl", "-c", um.conf, "status"], capture_output=True,
                          text=True, timeout=10, check=False)
    assert done.returncode == 0, done


def test_nobody_there(tmp_path):
    done = subprocess.run([BUILD / "um-ctl", "-s", tmp_path / "nobody", "status"],
                          capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 1 and str(tmp_path / "nobody") in done.stdout + done.stderr


def test_who_may_talk_to_it(make):
    """The owner only; or with control.group that group too, and nobody else."""
    um = make().start()
    assert (um.folder / "control").stat().st_mode & 0o777 == 0o600
    group = grp.getgrgid(os.getgid())
    other = make({"control": {"group": group.gr_name}}).start()
    found = (other.folder / "control").stat()
    assert found.st_mode & 0o777 == 0o660 and found.st_gid == group.gr_gid


def test_log_level(um):
    assert um.ctl("log", "debug").status == 0
    assert um.ctl("log", "info", "flow").status == 0
    assert um.ctl("log", "debug", "kitchen").status in (1, 2)
    assert um.ctl("log", "notice").status == 0
    before = len(um.log)
    assert Call(um.udp()).open().bye().status == 200
    assert "INFO" not in um.log[before:]


def test_stop_waits_for_the_last_call(um):
    pbx = um.udp()
    call = Call(pbx).open()
    assert um.ctl("stop").status == 0
    refused = Call(pbx)
    answer = refused.invite()
    assert answer.status == 503, answer
    assert um.running()
    assert call.bye().status == 200
    assert um.process.wait(10 * SLOW) == 0
    assert not um.workers()


def test_stop_now_hangs_up(um):
    pbx = um.udp()
    calls = [Call(pbx).open() for _ in range(3)]
    assert um.ctl("stop", "--now").status == 0
    for call in calls:
        call.hung_up(3 * SLOW)
    assert um.process.wait(10 * SLOW) == 0


def test_sigterm_ends_it_cleanly(um):
    um.wait_standby()
    um.process.terminate()
    assert um.process.wait(10 * SLOW) == 0
    assert not (um.folder / "control").exists(), "the socket file stays behind"


def test_a_second_supervisor_is_turned_away(um):
    done = subprocess.run([BUILD / "um-supervisor", "-c", um.conf], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode != 0 and done.stderr.strip()
    assert um.http("/readyz")[0] == 200 and um.ctl("status").status == 0
