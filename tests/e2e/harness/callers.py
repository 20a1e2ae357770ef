"""Many callers at once, each with a sound of its own: a SIP and RTP client in one loop and one process,
since a sender that waits for a thread's turn is late.

    python3 callers.py '{"ip": ..., "door": [ip, port], "calls": N, "rate": N, ...}'

Each call is diverted from one of the mailboxes, waits for the tone (1000 Hz), speaks its pattern and
hangs up after the last packet.  One line of JSON for each call when it is over:

    n, call_id, box    which call
    end                "hung-up" (by us), "cut" (by the other side), or "refused", "unanswered",
                       "no-beep"; with `status`
    spoken             packets of the pattern that were sent
    said_at, at        wall seconds of the first packet of it, and of our BYE
    late               the worst lateness of a packet of it, in seconds"""

import functools
import heapq
import json
import math
import random
import selectors
import socket
import struct
import subprocess
import sys
import time
import uuid
from pathlib import Path

if __package__:
    from .rtp import PCMU, SAMPLES, TABLE
    from .sip import Call, Message, media_address
else:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from harness.rtp import PCMU, SAMPLES, TABLE
    from harness.sip import Call, Message, media_address

STEP = 0.02
SILENT = b"\xff" * SAMPLES
SIGNS = bytes(0 if TABLE[PCMU][i] < 0 else 1 for i in range(256))
BEEP_CYCLES = 20  # of 1000 Hz in 20 ms
TONES = [300 + 50 * i for i in range(40)]  # a whole number of periods in 20 ms


def _mu_law():
    """The code of each 16-bit sample, by the sample / 4."""
    codes = {v: c for c, v in enumerate(TABLE[PCMU])}
    levels = sorted(codes)
    out, at = [], 0
    for v in range(-8192, 8192):
        while at + 1 < len(levels) and abs(levels[at + 1] - 4 * v) <= abs(levels[at] - 4 * v):
            at += 1
        out.append(codes[levels[at]])
    return bytes(out)


@functools.cache
def pieces():
    """20 ms of each pair of tones."""
    code = _mu_law()
    waves = [[int(1500 * math.sin(2 * math.pi * f * i / 8000)) + 4096 for i in range(SAMPLES)]
             for f in TONES]
    return [bytes(code[x + y] for x, y in zip(waves[a], waves[b]))
            for a in range(len(TONES)) for b in range(a)]


def pattern(seed, number, seconds):
    """What call `number` says: packets that all differ, and in another order in every call."""
    dice = random.Random(f"{seed}/{number}")
    return dice.sample(pieces(), int(seconds / STEP))


class Dialog:
    """One call.  `ep` is what harness.sip.Call asks of an endpoint."""

    def __init__(self, crowd, number):
        self.crowd, self.number = crowd, number
        self.media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.media.setblocking(False)
        self.media.bind((crowd.ip, 0))
        self.box = crowd.boxes[number % len(crowd.boxes)]
        self.call = Call(crowd, called=self.box, caller=f"04012{number:05d}",
                         media_port=self.media.getsockname()[1],
                         call_id=f"{crowd.seed}-{number}-{uuid.uuid4().hex[:8]}@{crowd.ip}")
        self.words = pattern(crowd.seed, number, crowd.seconds)
        self.text, self.sent, self.pause = None, 0, 0.5
        self.state, self.status = "calling", 0
        self.beeps, self.heard, self.spoken, self.at = 0, 0.0, 0, 0.0
        self.said_at, self.late = 0.0, 0.0
        self.due, self.began = 0.0, time.monotonic()
        self.sequence, self.ssrc = number & 0xFFFF, number + 1
        self.stamp = 160 * number

    # -- SIP

    def send(self, method, **how):
        self.text = self.call.request(method, **how)
        self.crowd.send(self.text)
        self.pause = 0.5
        self.crowd.later(self.pause, self.repeat, self.text)

    def repeat(self, text):
        """UDP: again and again until it is answered (RFC 3261 17.1.1.2)."""
        if text is not self.text:
            return
        self.crowd.send(text)
        self.pause = min(4.0, self.pause * 2)
        self.crowd.later(self.pause, self.repeat, text)

    def start(self):
        self.crowd.select.register(self.media, selectors.EVENT_READ, self.hear)
        self.send("INVITE", body=self.call.offer(),
                  fields=f"Diversion: <sip:{self.box}@pbx>;reason=no-answer\r\n")
        self.crowd.later(12, self.give_up)

    def give_up(self):
        if self.state == "calling":
            self.over("unanswered")
        elif self.state == "waiting":
            self.hang_up("no-beep")

    def take(self, m):
        if m.status:
            self.response(m)
        elif m.method == "BYE":
            self.crowd.answer(m)
            if self.state in ("waiting", "speaking"):
                self.over("cut")

    def response(self, m):
        if m.method == "INVITE":
            self.text = None if self.state == "calling" else self.text
        if m.status < 200:
            return
        if m.method == "INVITE" and m.status < 300:
            self.call.confirm(m)
            self.call.cseq, cseq = 1, self.call.cseq
            self.call.ack()
            self.call.cseq = cseq
            if self.state == "calling":
                self.answered(m)
        elif m.method == "INVITE":
            self.call.branch = None
            self.call.ack_failure(m)
            if self.state == "calling":
                self.status = m.status
                self.over("refused")
        elif m.method == "BYE" and self.state == "ending":
            self.status = m.status
            self.over(self.end)

    def answered(self, m):
        self.state = "waiting"
        self.media.connect(media_address(m))
        self.due = time.monotonic()
        self.speak()

    def hang_up(self, end):
        self.state, self.end = "ending", end
        self.call.cseq = 2
        self.at = time.time()
        self.send("BYE")
        self.crowd.later(10, lambda: self.state == "ending" and self.over(end))

    def over(self, end):
        self.state, self.text = "over", None
        self.crowd.select.unregister(self.media)
        self.media.close()
        self.crowd.over(self, end)

    # -- sound

    def hear(self):
        try:
            packet = self.media.recv(2048)
        except OSError:
            return
        if len(packet) == 12 + SAMPLES and \
                packet[12:].translate(SIGNS).count(b"\0\1") >= BEEP_CYCLES - 1:
            self.beeps += 1
        self.heard = time.monotonic()

    def speak(self):
        """The next packet, at its time; the pattern when the tone is over."""
        if self.state not in ("waiting", "speaking"):
            return
        now = time.monotonic()
        if self.state == "waiting" and self.beeps >= 5 and now - self.heard > 0.06:
            self.state, self.said_at = "speaking", time.time()
        words = SILENT
        if self.state == "speaking":
            if self.spoken == len(self.words):
                self.hang_up("hung-up")
                return
            words = self.words[self.spoken]
            self.late = max(self.late, now - self.due)
        try:
            self.media.send(struct.pack("!BBHII", 0x80, 0, self.sequence, self.stamp, self.ssrc)
                            + words)
        except OSError:
            pass  # the worker is gone: its port says so
        self.spoken += self.state == "speaking"
        self.sequence, self.stamp = (self.sequence + 1) & 0xFFFF, self.stamp + SAMPLES
        self.due += STEP
        self.crowd.later(self.due - now, self.speak)


class Crowd:
    """The loop, and the one SIP socket of all."""

    transport = "UDP"

    def __init__(self, ip, door, calls, rate, boxes, seed=1, seconds=2.4):
        self.ip, self.door = ip, tuple(door)
        self.boxes, self.seed, self.seconds = boxes, seed, seconds
        self.total, self.rate, self.left = calls, rate, calls
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.setblocking(False)
        self.sock.bind((ip, 0))
        self.port = self.sock.getsockname()[1]
        self.select = selectors.DefaultSelector()
        self.select.register(self.sock, selectors.EVENT_READ, self.receive)
        self.timers, self.count, self.dialogs = [], 0, {}

    def later(self, seconds, what, *words):
        self.count += 1
        heapq.heappush(self.timers, (time.monotonic() + seconds, self.count, what, words))

    def send(self, text):
        self.sock.sendto(text.encode(), self.door)

    def answer(self, request):
        lines = [f"Via: {v}" for v in request.all("Via")]
        lines += [f"{name}: {request.get(name)}" for name in ("From", "To", "Call-ID", "CSeq")]
        self.send("SIP/2.0 200 OK\r\n" + "\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n")

    def receive(self):
        for _ in range(50):
            try:
                m = Message(self.sock.recv(65536))
            except OSError:
                return
            dialog = self.dialogs.get(m.get("Call-ID"))
            if dialog:
                dialog.take(m)

    def begin(self, number):
        dialog = Dialog(self, number)
        self.dialogs[dialog.call.call_id] = dialog
        dialog.start()

    def over(self, d, end):
        self.left -= 1
        print(json.dumps({"n": d.number, "call_id": d.call.call_id, "box": d.box, "end": end,
                          "status": d.status, "spoken": d.spoken, "said_at": d.said_at,
                          "at": d.at or time.time(), "late": round(d.late, 4)}), flush=True)

    def run(self):
        pieces()
        for n in range(self.total):
            self.later(n / self.rate, self.begin, n)
        while self.left:
            wait = self.timers[0][0] - time.monotonic()
            for key, _ in self.select.select(max(0, wait)):
                key.data()
            now = time.monotonic()
            while self.timers and self.timers[0][0] <= now:
                _, _, what, words = heapq.heappop(self.timers)
                what(*words)


class Callers:
    """The process, seen from a test.  A context manager: it never outlives its block."""

    def __init__(self, folder, **how):
        self.folder, self.how = Path(folder), how
        self.out = self.folder / "callers.jsonl"

    def __enter__(self):
        with open(self.out, "wb") as out, open(self.folder / "callers.err", "wb") as err:
            self.process = subprocess.Popen([sys.executable, __file__, json.dumps(self.how)],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def running(self):
        return self.process.poll() is None

    def over(self):
        """The calls that are over, in that order."""
        text = self.out.read_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def wait(self, seconds):
        """All calls, when the last is over."""
        assert self.process.wait(seconds) == 0, (self.folder / "callers.err").read_text()
        found = self.over()
        assert len(found) == self.how["calls"]
        return found


if __name__ == "__main__":
    Crowd(**json.loads(sys.argv[1])).run()
