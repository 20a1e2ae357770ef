"""/livez, /readyz and /health tell a monitor the truth: ready means that a call would be answered now."""

import json
import os
import signal

from harness.evertrunk import SLOW
from harness.wait import until


def test_all_well(um):
    assert um.http("/livez")[0] == 200
    assert um.http("/readyz")[0] == 200
    status, text = um.http("/health")
    assert status == 200 and um.content_type.startswith("application/health+json")
    assert json.loads(text)["status"] in ("pass", "warn")
    assert um.http("/nothing")[0] == 404


def test_not_ready_before_the_first_worker_is(make):
    um = make().own_program()
    um.fake_worker("exec sleep 60")
    um.start(ready=False)
    until("alive", 5, lambda: um.http("/livez")[0] == 200)
    assert um.http("/readyz")[0] == 503


def test_a_stopped_worker_makes_it_unready_until_replaced(make):
    """Without a standby and with a program that no longer starts, nothing can save readiness."""
    um = make({"recycle": {"standby": "no"}}).own_program().start()
    um.fake_worker("exit 1")
    os.kill(um.active()["pid"], signal.SIGSTOP)
    until("unready", 6 * SLOW, lambda: um.http("/readyz")[0] == 503)
    status, text = um.http("/health")
    assert status == 503 and json.loads(text)["status"] == "fail", text
    um.heal()
    until("ready again", 20 * SLOW, lambda: um.http("/readyz")[0] == 200)


def test_drain_is_seen(um):
    um.ctl("drain")
    assert um.http("/readyz")[0] == 503
    um.ctl("enable")
    assert um.http("/readyz")[0] == 200
