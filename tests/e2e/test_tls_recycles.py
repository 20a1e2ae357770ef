"""One TLS and one TCP connection carry 500 calls each through 20 recycles: no reset, no new handshake,
no call lost."""

import heapq
import threading
import time

import pytest

from harness.evertrunk import SLOW, Watch
from harness.load import settled
from harness.sip import Call
from harness.tls import Pki, tls

CALLS, SECONDS, HOLD, RECYCLES = 500, 30, 1.5, 20


@pytest.fixture
def um(make, tmp_path):
    return Pki(tmp_path).setup(make()).start()


class Traffic:
    """Calls on one connection, many at a time: each is answered, held, and hung up by us."""

    def __init__(self, endpoint, calls, seconds, hold):
        self.ep, self.hold = endpoint, hold
        self.calls, self.ended, self.failed = {}, 0, []
        self.due = [(n * seconds / calls, n, "begin", None) for n in range(calls)]
        self.order = calls
        self.start = time.monotonic()

    def at(self, seconds, what, call):
        self.order += 1
        heapq.heappush(self.due, (time.monotonic() - self.start + seconds, self.order, what, call))

    def act(self, what, call):
        if what == "begin":
            call = Call(self.ep)
            self.calls[call.call_id] = call
            self.ep.send(call.request("INVITE", body=call.offer()))
        else:
            call.cseq += 1
            self.ep.send(call.request("BYE"))

    def hear(self, m):
        call = self.calls.get(m.get("Call-ID"))
        if not call or m.status < 200:
            if not m.status:
                self.failed.append(f"unexpected {m.start}")
            return
        if m.status != 200:
            self.failed.append(m.start)
        if m.method == "INVITE" and not call.ok:
            call.confirm(m)
            call.ack()
            self.at(self.hold, "end", call)
        elif m.method == "BYE":
            self.ended += 1
            del self.calls[call.call_id]

    def run(self, limit):
        while (self.due or self.calls) and time.monotonic() - self.start < limit:
            now = time.monotonic() - self.start
            while self.due and self.due[0][0] <= now:
                _, _, what, call = heapq.heappop(self.due)
                self.act(what, call)
            wait = self.due[0][0] - now if self.due else 0.2
            m = self.ep._read(min(max(wait, 0.001), 0.2))
            if m:
                self.hear(m)
            elif self.ep.closed:
                self.failed.append("the connection was closed")
                return


def recycles(um, seconds, done):
    start = time.monotonic()
    for n in range(1, RECYCLES + 1):
        time.sleep(max(0, start + n * seconds / (RECYCLES + 1) - time.monotonic()))
        um.recycle("--reason", f"load {n}")
        done.append(n)


def test_no_call_is_lost_on_either(um):
    um.wait_standby()
    done, seconds, endpoints = [], SECONDS * SLOW, (tls(um), um.tcp())
    operator = threading.Thread(target=recycles, args=(um, seconds, done), daemon=True)
    traffic = [Traffic(e, CALLS, seconds, HOLD) for e in endpoints]
    lanes = [threading.Thread(target=t.run, args=(seconds + 30,), daemon=True) for t in traffic]
    with Watch(um, step=0.05) as watch:
        for thread in (operator, *lanes):
            thread.start()
        for thread in (operator, *lanes):
            thread.join(seconds + 60)
    for t in traffic:
        assert not t.failed, t.failed[:5]
        assert t.ended == CALLS and not t.calls
    assert len(done) == RECYCLES
    assert watch.most <= 2
    settled(um)
    metrics = um.metrics()
    assert metrics["um_calls_started_total"] == 2 * CALLS
    assert metrics['um_connections_total{result="accepted"}'] == 2
    assert metrics['um_connections_total{result="opened"}'] == 0
    assert metrics['um_tls_handshakes_total{result="full"}'] == 1
    assert metrics['um_tls_handshakes_total{result="resumed"}'] == 0
    for ledger in um.history()[:RECYCLES]:
        assert ledger["result"] == "done" and (ledger["cut"], ledger["lost"]) == (0, 0), ledger
