"""What callers said against what lies in the mailboxes: nothing lost, nothing twice, nothing cut."""

import email
import email.policy

from .callers import STEP, pattern
from .rtp import PCMU, SAMPLES, TABLE

INTERRUPTED = "The recording was interrupted"
# half seconds are written; and who speaks on while the tone says that the disk is full has another
INTERRUPTED_MS = 2500
SPOKE = int(2 / STEP)  # packets: who spoke for 2 s after the tone has left a message
# the two zeros of G.711 are one
ZERO = bytes(0xFF if TABLE[PCMU][i] == 0 else i for i in range(256))


class Delivered:
    """One mail of a mailbox, as an independent reader sees it."""

    def __init__(self, path):
        m = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        self.path = path
        self.message_id, self.call_id = m["Message-ID"], m["X-CallID"]
        self.interrupted = INTERRUPTED in m.get_body(("plain",)).get_content()
        self.missed = m["Content-Class"] == "missedcall"
        self.sound = b""
        if self.missed:
            return
        sounds = list(m.iter_attachments())
        assert len(sounds) == 1, path
        wav = sounds[0].get_content()
        assert wav[:4] == b"RIFF" and wav[20] == 7, f"{path}: no G.711 WAV"
        at = wav.index(b"data")
        size = int.from_bytes(wav[at + 4:at + 8], "little")
        self.sound = wav[at + 8:at + 8 + size].translate(ZERO)
        assert len(self.sound) == size, f"{path}: shorter than it says"


class Heard:
    """What of a pattern stands in a sound, in its order, in milliseconds."""

    def __init__(self, sound, words):
        at, behind = [], 0
        for i, word in enumerate(words):
            where = sound.find(word.translate(ZERO), behind)
            if where >= 0:
                at.append(i)
                behind = where
        self.found = len(at)
        self.head = 20 * (at[0] if at else len(words))
        self.tail = 20 * (len(words) - 1 - at[-1]) if at else 0
        self.gaps = 20 * (len(words) - len(at)) - self.head - self.tail

    def __repr__(self):
        return f"found {self.found}, missing ms: {self.head} + {self.gaps} + {self.tail}"


def read(folder):
    """Every mail below a folder of Maildirs."""
    return [Delivered(p) for sub in ("new", "cur") for p in sorted(folder.glob(f"*/{sub}/*"))]


class Verdict:
    """`faults` is empty when the promise was kept."""

    def __init__(self, calls, mails, seed, seconds):
        self.faults, self.figures = [], {}
        self.worst = {"head": 0, "gaps": 0, "tail": 0, "interrupted": 0}
        self.by_call = {}
        self.notices = sum(m.missed for m in mails)
        mails = [m for m in mails if not m.missed]
        for mail in mails:
            self.by_call.setdefault(mail.call_id, []).append(mail)
        known = {c["call_id"] for c in calls}
        for mail in mails:
            if mail.call_id not in known:
                self.fault(f"{mail.path}: of a call that nobody made")
        due = [c for c in calls if c["spoken"] >= SPOKE]
        self.seed, self.seconds = seed, seconds
        self.repeats, self.lost, self.marked = 0, 0, 0
        for call in calls:
            self.judge(call, call["spoken"] >= SPOKE)
        ends = {}
        for call in calls:
            key = f"{call['end']} {call['status']}" if call["status"] else call["end"]
            ends[key] = ends.get(key, 0) + 1
        self.figures = {
            "calls": len(calls), "due": len(due), "lost": self.lost, "mails": len(mails),
            "missed-call notices": self.notices,
            "repeated": self.repeats, "interrupted": self.marked, "ends": ends,
            "missing ms": self.worst,
            "caller late ms": round(1000 * max(c["late"] for c in calls)),
            "faults": len(self.faults)}

    def fault(self, text):
        self.faults.append(text)

    def judge(self, call, due):
        mails = self.by_call.get(call["call_id"], [])
        if not mails:
            if due:
                self.lost += 1
                self.fault(f"lost: {call}")
            return
        if len({m.message_id for m in mails}) != 1:
            self.fault(f"twice, with different Message-IDs: {call}")
        self.repeats += len(mails) - 1
        if any(m.path.parent.parent.name != call["box"] for m in mails):
            self.fault(f"in the wrong mailbox: {call}: {mails[0].path}")
        self.listen(call, mails[0])

    def listen(self, call, mail):
        heard = Heard(mail.sound, pattern(self.seed, call["n"], self.seconds)[:call["spoken"]])
        self.marked += mail.interrupted
        cut = heard.head + heard.tail
        # before the first word there is up to 0.3 s of silence
        if heard.found < 0.8 * min(call["spoken"], len(mail.sound) / SAMPLES - 15):
            self.fault(f"the wrong sound: {call}: {heard}, {len(mail.sound) / 8:.0f} ms")
        elif mail.interrupted:
            self.worst["interrupted"] = max(self.worst["interrupted"], heard.tail)
            if heard.tail > INTERRUPTED_MS:
                self.fault(f"too much was lost: {call}: {heard}")
        else:
            for part in ("head", "gaps", "tail"):
                self.worst[part] = max(self.worst[part], getattr(heard, part))
            # what our own sender was late with may have had to be left out
            if cut > 100 or heard.gaps > 100 + 1000 * call["late"]:
                self.fault(f"cut and not marked: {call}: {heard}, {len(mail.sound) / 8:.0f} ms")

