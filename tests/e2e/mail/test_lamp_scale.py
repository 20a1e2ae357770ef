"""Ten thousand mailboxes, each with a Maildir: how long until all are watched, what that costs, how soon a
change is told while all are told anew, what a reload tells; and what is done when the kernel gives too few
watches."""

import re
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest

from harness import procs
from harness.evertrunk import BUILD, SANITIZED, SLOW
from harness.sip import Message
from harness.wait import until

COUNT = 10000


class Pbx:
    """Answers every NOTIFY and keeps when it came, for whom, and what it said."""

    def __init__(self, ip):
        self.told, self.running, self.seen = [], True, set()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((ip, 5060))
        self.sock.settimeout(0.1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while self.running:
            try:
                data, source = self.sock.recvfrom(65536)
            except (TimeoutError, socket.timeout):
                continue
            m = Message(data)
            lines = [f"Via: {v}" for v in m.all("Via")]
            lines += [f"{name}: {m.get(name)}" for name in ("From", "To", "Call-ID", "CSeq")]
            self.sock.sendto(("SIP/2.0 200 OK\r\n" + "\r\n".join(lines)
                              + "\r\nContent-Length: 0\r\n\r\n").encode(), source)
            if m.get("Via") not in self.seen:
                self.seen.add(m.get("Via"))
                said = m.body.decode().splitlines()[-1].removeprefix("Voice-Message: ")
                self.told.append((time.monotonic(), m.uri.split(":")[1].split("@")[0], said))

    def wait(self, who, said, since=0, seconds=10):
        """When it was told that."""
        return until(f"{who} is told {said}", seconds * SLOW, lambda: next(
            (t for t, *what in self.told[since:] if what == [who, said]), None))

    def close(self):
        self.running = False
        self.thread.join(1)
        self.sock.close()


def people(count):
    return "extension,dialplan,name,address\n" + "".join(
        f"{n:05},main,Person {n},p{n}@example.com\n" for n in range(count))


@pytest.fixture
def crowd(make):
    """An Evertrunk with so many mailboxes and their Maildirs, a new message in every tenth; not started."""
    def one(count):
        um = make()
        um.people = um.folder / "mailboxes.csv"
        um.people.write_text(people(count))
        ip = um.block.ip(30)
        um.configure({"mail": {"delivery": "maildir", "maildir": um.folder / "mail"},
                      "dialplan main": {"extension_length": 5, "pilot": 35000},
                      "mailboxes": {"file": um.people},
                      "trunk pbx": {"source": ip, "mode": "proxy", "address": f"{ip}:5060"}})
        for n in range(count):
            box = um.folder / "mail" / f"p{n}"
            for sub in ("tmp", "new", "cur"):
                (box / sub).mkdir(parents=True)
            if n % 10 == 0:
                (box / "new" / "1.a+V.host,S=9").touch()
        pbx = Pbx(ip)
        um.closing.append(pbx)
        folders.append(um.folder / "mail")
        return um, pbx
    folders = []
    yield one
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def watches(pid):
    """How many inotify watches a process has."""
    count = 0
    for one in Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            count += one.read_text().count("inotify wd:")
        except OSError:
            pass
    return count


def put(um, n, name):
    (um.folder / "mail" / f"p{n}" / "new" / name).touch()
    return time.monotonic()


def threads(pid, name):
    """CPU seconds of the threads of that name."""
    spent = 0
    for one in Path(f"/proc/{pid}/task").iterdir():
        if (one / "comm").read_text().strip() == name:
            spent += int((one / "schedstat").read_text().split()[0]) / 1e9
    return spent


def latency(um, pbx, boxes, name):
    """The longest time from a new file to its NOTIFY, one after the other."""
    worst = 0
    for n in boxes:
        since, start = len(pbx.told), put(um, n, name)
        worst = max(worst, pbx.wait(f"{n:05}", "2/0 (0/0)" if n % 10 == 0 else "1/0 (0/0)", since) - start)
    return worst


def test_ten_thousand(crowd):
    um, pbx = crowd(COUNT)
    procs.no_quarantine(um)
    start = time.monotonic()
    um.start()
    pid = um.active()["pid"]
    until("all are watched", 30 * SLOW, lambda: watches(pid) >= 2 * COUNT, step=0.1)
    watched = time.monotonic() - start
    until("all are counted", 30 * SLOW, lambda: um.metrics()["um_mwi_waiting"] > 0.95 * COUNT)
    counted = time.monotonic() - start
    print(f"all watched {watched:.2f} s after the start, counted {counted:.2f} s; the thread's CPU "
          f"{threads(pid, 'lamps'):.2f} s; the worker {procs.resident_bytes(pid) / 2**20:.1f} MiB")
    assert counted < 5 * SLOW
    assert SANITIZED or procs.resident_bytes(pid) < 40 << 20

    # in the middle of ten thousand that are told anew a change does not wait for its turn
    worst = latency(um, pbx, range(5001, 5011), "2.b+V.host,S=9")
    print(f"a change while all are told anew: told within {worst * 1000:.0f} ms")
    assert worst < 2 * SLOW
    rate = [t for t, *_ in pbx.told if t > pbx.told[-1][0] - 10]
    print(f"{len(rate) / 10:.1f} NOTIFYs a second")
    assert len(rate) <= 10 * 20 + 1
    spent, since = threads(pid, "lamps"), time.monotonic()
    time.sleep(5)
    share = (threads(pid, "lamps") - spent) / (time.monotonic() - since)
    print(f"the thread uses {share * 100:.2f}% of a core meanwhile")
    assert share < 0.05 * SLOW

    # a reload forgets nobody: those who were told are not told again, the new one is
    told = {who for _, who, _ in pbx.told}
    um.people.write_text(people(COUNT + 1))
    (um.folder / "mail" / f"p{COUNT}" / "new").mkdir(parents=True)
    put(um, COUNT, "1.a+V.host,S=9")
    since, start = len(pbx.told), time.monotonic()
    assert um.ctl("reload").status == 0
    until("the new list", 10 * SLOW, lambda: f"the lamps of {COUNT + 1} mailboxes are ours, 1 of them new"
          in um.log)
    until("all are watched again", 30 * SLOW, lambda: watches(pid) >= 2 * COUNT, step=0.05)
    print(f"watched again {time.monotonic() - start:.2f} s after the reload")
    time.sleep(3)
    again = {who for _, who, _ in pbx.told[since:]} & told
    assert len(again) <= 1, again  # one may have been on its way
    assert um.metrics()["um_mwi_lamps"] == COUNT + 1


def test_too_few_watches(crowd):
    """The kernel gives a fifth of what they need: said once, with the name of what is to be raised; the
    others are looked at, and told within that time."""
    um, pbx = crowd(1000)
    procs.kernel(um, BUILD, WATCHES=400).start()
    um.wait_log(r"cannot be watched, and is looked at every 5 s: No space left on device "
                r"\(fs\.inotify\.max_user_watches\)", 10 * SLOW)
    pid = um.active()["pid"]
    assert 380 <= watches(pid) <= 400
    until("all are counted", 10 * SLOW, lambda: um.metrics()["um_mwi_waiting"] > 900)
    worst = latency(um, pbx, (3, 333, 555, 777, 999), "2.b+V.host,S=9")
    spent, since = threads(pid, "lamps"), time.monotonic()
    time.sleep(10)
    share = (threads(pid, "lamps") - spent) / (time.monotonic() - since)
    print(f"800 of 1,000 cannot be watched: told within {worst:.2f} s, {share * 100:.1f}% of a core")
    assert worst < 7 * SLOW and share < 0.1 * SLOW
    assert len(re.findall("cannot be watched", um.log)) == 1
