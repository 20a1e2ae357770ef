"""One way through the matrix: every row that can go it, side by side on one Evertrunk, each peer at its own
address with its own trunk; through two recycles with calls up, a third that hangs up, and a crash."""

import os
import signal

from harness.evertrunk import SLOW
from harness.pbx import Pbx, split
from harness.sip import between, sdp
from harness.wait import until

LEARNED_SECONDS = 3 + 2 * SLOW


def up(leg, answer):
    """A 200 that is as it has to be, acknowledged."""
    assert answer.status == 200, f"not answered: {answer!r}"
    assert len(answer.all("Via")) == len(leg.sent.all("Via")), f"Vias: {answer!r}"
    assert answer.all("Via")[1:] == leg.sent.all("Via")[1:], f"Vias below: {answer!r}"
    assert split(answer.all("Record-Route")) == split(leg.sent.all("Record-Route")), f"{answer!r}"
    assert f"@{leg.to[0]}:{leg.to[1]}" in answer.get("Contact"), f"Contact: {answer!r}"
    assert answer.body, f"no session description: {answer!r}"
    return leg.ack("" if leg.sent.body else sdp(leg.pbx.ip, 40000))


class Way:
    """How a peer places a call.  `teach` is what happens before; `learned`: Evertrunk has to see it."""

    learned = False
    mode = {"mode": "auto"}  # whatever its profile says

    def __init__(self, um):
        self.um = um

    def teach(self, pbx):
        pass

    def place(self, pbx):
        leg = pbx.new_leg()
        return up(leg, leg.invite(pbx.service))

    def redirected(self, pbx):
        """An INVITE that must be redirected, to the port of the active worker."""
        leg = pbx.new_leg()
        answer = leg.invite(pbx.service)
        assert answer.status == 302, f"not redirected: {answer!r}"
        contacts = answer.all("Contact")
        _, port = pbx.door(5065 if self.um.active()["slot"] == "A" else 5067)
        uri = between(contacts[0])
        assert len(contacts) == 1 and f":{port};" in uri, answer
        assert f";transport={pbx.habits.transport}" in uri, answer
        assert uri.split("@")[0] == leg.sent.uri.split("@")[0], "the user part has changed"
        assert self.um.block.door in uri, "no literal address"
        return leg, answer


class Known(Way):
    """The trunk is nothing but its addresses, and the first call says what it is: not redirected at all."""

    mode = {}


class Followed(Way):
    def place(self, pbx):
        leg, to = pbx.after_302(*self.redirected(pbx))
        return up(leg, leg.invite(to))


class Silent(Way):
    """The caller of the first call hears nothing any more; then the peer stays at the service port."""

    learned = True

    def teach(self, pbx):
        self.redirected(pbx)


class Looped(Way):
    """The redirected call comes to the service port again; it is answered there, and so are the next."""

    learned = True

    def teach(self, pbx):
        leg, to = pbx.after_302(*self.redirected(pbx), loop=True)
        up(leg, leg.invite(to)).bye()


class Static(Way):
    port = None

    def place(self, pbx):
        leg = pbx.new_leg()
        return up(leg, leg.invite(pbx.door(self.port)))


class At5065(Static):
    port = 5065


class At5067(Static):
    port = 5067


class Rows:
    """Runs one way.  A row that fails is left out of what follows; `failed` says why."""

    def __init__(self, um, way, rows, settings):
        self.um, self.way_of = um, way
        self.address = {row: um.block.ip(100 + i) for i, row in enumerate(rows)}
        self.trunk = {row: f"row{i}" for i, row in enumerate(rows)}
        for row in rows:
            um.configure({f"trunk {self.trunk[row]}": {
                "source": self.address[row], **way[row].mode, **settings.get(row, {})}})
        self.failed, self.legs, self.pbx = {}, {}, {}

    def each(self, what, do):
        for row in list(self.pbx):
            if row not in self.failed:
                try:
                    do(row, self.pbx[row])
                except AssertionError as e:
                    self.failed[row] = f"{what}: {e}"

    def run(self, habits):
        for row, ip in self.address.items():
            self.pbx[row] = Pbx(self.um, ip, habits[row])
        self.ways = {row: self.way_of[row](self.um) for row in self.pbx}
        self.teach()
        self.each("first call", self.place)
        self.um.wait_standby()
        self.recycle()
        self.recycle()
        called = {c["call_id"]: c["called"] for c in self.um.calls()}
        self.mailbox = {row: called.get(leg.call_id) for row, leg in self.legs.items()}
        self.um.recycle("--now")
        self.each("hung up by us", lambda row, _: self.legs[row].hung_up(3 * SLOW))
        self.each("connections", self.none_dropped)
        until("the old worker has gone", 15 * SLOW, lambda: not self.um.slot("draining"))
        ledgers = self.um.history()
        assert [(l["result"], l["lost"]) for l in ledgers] == [("done", 0)] * 3, ledgers
        self.crash()
        self.shown = self.um.trunks()
        return self

    def teach(self):
        self.each("teaching", lambda row, pbx: self.ways[row].teach(pbx))
        waiting = [r for r in self.pbx if self.ways[r].learned and r not in self.failed]

        def learned():
            trunks = self.um.trunks()
            return all(trunks[self.trunk[r]]["mode_now"] == "proxy" for r in waiting)
        try:
            until("learned", LEARNED_SECONDS, learned, step=0.1)
        except AssertionError as e:
            trunks = self.um.trunks()
            for r in waiting:
                if trunks[self.trunk[r]]["mode_now"] != "proxy":
                    self.failed[r] = f"{e}: {trunks[self.trunk[r]]}"

    def place(self, row, pbx):
        self.legs[row] = self.ways[row].place(pbx)

    def recycle(self):
        """The call before is up and stays usable, the next comes the same way, the old one ends."""
        self.um.recycle()
        before = dict(self.legs)
        self.each("hold after a recycle", lambda row, _: before[row].hold_and_resume())
        self.each("call after a recycle", self.place)
        self.each("BYE after a recycle", lambda row, _: before[row].bye())
        for row in self.failed:  # a call that hangs on would keep the old worker for its whole drain
            try:
                row in before and before[row].ask("BYE", seconds=0.5)
            except AssertionError:
                pass
        until("the old worker has gone", 15 * SLOW, lambda: not self.um.slot("draining"))
        self.um.wait_standby()

    def crash(self):
        """A worker dies with calls up: each peer hears it from the supervisor, and the next call works."""
        self.um.wait_standby()
        self.each("call before a crash", self.place)
        before = self.um.active()
        os.kill(before["pid"], signal.SIGKILL)
        self.um.wait_successor(before, 10 * SLOW)
        self.each("hung up after a crash", lambda row, _: self.legs[row].hung_up(3 * SLOW))
        self.each("call after a crash", self.place)
        self.each("BYE after a crash", lambda row, _: self.legs[row].bye())
        self.each("connections after a crash", self.none_dropped)

    def none_dropped(self, _row, pbx):
        assert not pbx.dropped(), f"{len(pbx.dropped())} connections were closed by us"

    def check(self, row):
        """Raises what went wrong with this row; gives what um-ctl shows of its trunk and of the last call,
        whose mailbox it is for."""
        assert row not in self.failed, self.failed[row]
        return self.shown[self.trunk[row]], self.mailbox[row]
