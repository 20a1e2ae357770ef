"""um-ctl reload: a good file is taken, calls go on; a bad one is refused with file, line, key and what
would be right, and nothing changes."""

import os
import signal

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.wait import until


def test_a_new_trunk_without_a_pause(um):
    up = Call(um.udp()).open()
    stranger = um.udp(um.block.stranger)
    assert Call(stranger).invite().status == 403
    um.configure({"trunk new": {"source": um.block.stranger, "mode": "proxy"}})
    answer = um.ctl("reload")
    assert answer.status == 0, answer
    assert Call(stranger).open().bye().status == 200
    assert up.bye().status == 200
    assert "new" in um.trunks()


def test_sighup_is_a_reload(um):
    stranger = um.udp(um.block.stranger)
    um.configure({"trunk new": {"source": um.block.stranger, "mode": "proxy"}})
    um.process.send_signal(signal.SIGHUP)
    until("the new trunk", 5, lambda: "new" in um.trunks())
    assert Call(stranger).open().bye().status == 200


def test_a_bad_file_changes_nothing(um):
    um.conf.write_text(um.conf.read_text() + "\n[limits]\nheaders = many\n")
    line = um.conf.read_text().splitlines().index("headers = many") + 1
    answer = um.ctl("reload")
    assert answer.status == 1, answer
    assert f"{um.conf}:{line}:" in answer.text and "headers" in answer.text, answer
    assert Call(um.udp()).open().bye().status == 200
    um.write()
    assert um.ctl("reload").status == 0


def test_what_a_worker_reads_recycles_it(um):
    um.wait_standby()
    before = um.active()["generation"]
    call = Call(um.udp()).open()
    um.configure({"recording": {"idle_timeout": "4s"}})
    assert um.ctl("reload").status == 0
    until("a recycle because of the configuration", 20 * SLOW, lambda: um.history()
          and um.history()[0]["reason"] == "configuration")
    until("the new worker is active", 20 * SLOW, lambda: um.active()["generation"] > before)
    assert call.bye().status == 200


def test_another_worker_program_takes_over(um):
    um.wait_standby()
    before = um.active()["generation"]
    call = Call(um.udp()).open()
    um.own_program()
    assert um.ctl("reload").status == 0
    until("a worker of the new program serves", 20 * SLOW, lambda: um.active()["generation"] > before)
    assert os.readlink(f"/proc/{um.active()['pid']}/exe") == str(um.program)
    assert call.bye().status == 200


def test_what_needs_a_restart_is_said_so(um):
    um.configure({"listen": {"slot_b_port": 5069}})
    answer = um.ctl("reload")
    assert "listen.slot_b_port" in answer.text, answer
    assert Call(um.udp(to=5067)).open().bye().status == 200
