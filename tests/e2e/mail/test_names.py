"""Names and addresses of mailboxes with every kind of character that Unicode has: from the mailbox file through
a call, the header file, the Maildir's folder and the e-mail, and back out of that by another reader."""

import csv
import io
import random
import subprocess
import sys
import unicodedata

from harness.evertrunk import BUILD, SLOW
from harness.maildir import Message
from harness.sip import Call
from harness.wait import until

NAME_MAX, SHOWN = 255, 127
# what a header of e-mail must not say in a name (nor "=?"), and what becomes a blank
TAKEN_AWAY = set("@<>")
# the project's own list of what is not to be seen (ipc/base/clean.c), written down a second time
UNSEEN = [(0x7f, 0x9f), (0xad, 0xad), (0x61c, 0x61c), (0x200b, 0x200b), (0x200e, 0x200f), (0x2028, 0x202e),
          (0x2060, 0x206f), (0xfdd0, 0xfdef), (0xfeff, 0xfeff), (0xfff0, 0xfffb), (0xfffe, 0xffff),
          (0xe0000, 0xe0fff)]
BY_HAND = [
    '"', '\\', '\\"', "'", '"quoted, all of it"', "..", ".", "../../etc/passwd", "/etc/passwd", "\u2400 \\0 %00 \\x00",
    "=?utf-8?B?QUJD?=", "Anna =?utf-8?q?=0D=0ABcc:_x?= Doe", "a@b.example <x@y.example>", "Bcc: evil@example.com",
    'Smith, "Bob"; jr. | ()<>[]:;@\\,.', "\u202eevil\u202c \u2066isolate\u2069 \u200fRTL\u200e",
    "\u05d0\u05d1\u05d2 \u0639\u0631\u0628\u064a 123", "e\u0301\u0302\u0303\u0323" * 20,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\u2028line\u2029separators\u0085", "a" * NAME_MAX, "\u20ac" * 85, "\U0001f4de" * 63 + "abc", "CON",
    "%n %d %s %p %n",
    "a" * 76 + " " + "b" * 76, "\ufffd\ufeff\u00ad\u00a0\u3000", "<script>alert(1)</script>&amp;&#0;", "${x} $(x) `x`",
    "~root", "-rf", "Name : Value", "\ud55c\uad6d\uc5b4 \u4e2d\u6587 \u65e5\u672c\u8a9e",
]
LOCAL = ["!#$%&'*+-/=?^_`{|}~", "%n", "%2e%2e", "~root", "-rf", "new", "cur", "tmp", "a" * 64, "UPPER",
         "a/b", "/abs", "a/.b"]


def of_every_class():
    """Names made of characters of each general category: the first, the last and some between."""
    kinds, dice = {}, random.Random(8)
    for c in range(0x20, sys.maxunicode + 1):
        kind = unicodedata.category(chr(c))
        if kind != "Cs" and c != 0x7f:
            kinds.setdefault(kind, []).append(chr(c))
    name = ""
    for kind in sorted(kinds):
        every = kinds[kind]
        for c in [every[0], every[-1], *dice.sample(every, min(8, len(every)))]:
            if len((name + c).encode()) > NAME_MAX - 1:
                yield "n" + name
                name = ""
            name += c
    yield "n" + name


def squeezed(text):
    """What of a name must come through, in its order: blanks may come and go where lines are folded."""
    return "".join(c for c in text.replace("=?", "=") if c not in TAKEN_AWAY and not c.isspace()
                   and not any(a <= ord(c) <= b for a, b in UNSEEN) and ord(c) & 0xfffe != 0xfffe)


def is_shown(text, name):
    """The whole name; of a long one as many characters as 127 bytes hold."""
    text, name = squeezed(text), squeezed(name)
    return text == name or (name.startswith(text) and len(name.encode()) > SHOWN and len(text.encode()) > SHOWN / 2)


def people():
    """{extension: (name, address)}."""
    names = BY_HAND + list(of_every_class())
    assert all(len(n.encode()) <= NAME_MAX for n in names)
    locals_ = LOCAL + [f"p{i}" for i in range(len(names))]
    return {f"{2100 + i}": (n, f"{locals_[i]}@example.com") for i, n in enumerate(names)}


def table(rows):
    out = io.StringIO()
    w = csv.writer(out, lineterminator="\n")
    w.writerow(["extension", "name", "address", "language"])
    for extension, (name, address) in rows.items():
        w.writerow([extension, name, address, "en-US"])
    return out.getvalue()


def headers(um):
    """{extension: header file}, read by lines that only a line feed ends."""
    found = {}
    for path in um.spool.glob("*.txt"):
        text = path.read_bytes().decode()
        fields = dict(line.split(" : ", 1) if " : " in line else (line, "") for line in text.split("\n") if line)
        assert len(fields) == len([line for line in text.split("\n") if line]), "a line was added"
        found[fields["RecipientExtension"]] = fields
    return found


def elsewhere(um):
    """All files but messages and mails."""
    return {p for p in um.folder.rglob("*") if p.is_file() and p.suffix not in (".txt", ".wav")
            and um.folder / "mail" not in p.parents}


def test_names(make):
    um, rows = make(), people()
    (um.folder / "mailboxes.csv").write_text(table(rows))
    um.configure({"mailboxes": {"file": um.folder / "mailboxes.csv"},
                  "dialplan main": {"extension_length": 4, "pilot": 3500},
                  "mail": {"delivery": "off", "sender": "voicemail@example.com", "maildir": um.folder / "mail"}})
    um.start()
    numbers = list(rows)
    for called, caller in zip(numbers, numbers[1:] + numbers[:1]):  # each is called, and calls
        call = Call(um.udp(), caller=caller, called="3500")
        call.open(fields=f"Diversion: <sip:{called}@pbx>;reason=no-answer\r\n")
        assert call.bye().status == 200
    said = until("a header file each", 10 * SLOW, lambda: len(headers(um)) == len(rows) and headers(um))
    for called, caller in zip(numbers, numbers[1:] + numbers[:1]):
        one = said[called]
        assert one["RecipientAddress"] == rows[called][1]
        assert squeezed(one["RecipientName"]) == squeezed(rows[called][0]), called
        assert squeezed(one["CallerName"]) == squeezed(rows[caller][0]), caller

    before = elsewhere(um)
    um.configure({"mail": {"delivery": "maildir"}})
    assert um.ctl("reload").status == 0
    until("all are delivered", 30 * SLOW, lambda: not list(um.spool.glob("*.txt")))
    assert not list((um.spool / "bad").glob("*.reason")), "a name is never a reason to lose a message"
    mails = {}
    for path in (um.folder / "mail").rglob("*"):
        if path.is_file():
            assert path.parent.name == "new" and path.parent.parent.parent == um.folder / "mail", path
            m = Message(path).mail
            mails[m["To"].addresses[0].addr_spec] = m
    assert set(mails) == {a for _, a in rows.values()}
    assert elsewhere(um) <= before | {um.spool / ".queue", um.spool / ".lamps"}, elsewhere(um) - before
    for called, caller in zip(numbers, numbers[1:] + numbers[:1]):
        m = mails[rows[called][1]]
        assert len(m["To"].addresses) == len(m["From"].addresses) == 1
        assert m["From"].addresses[0].addr_spec == "voicemail@example.com"
        assert m["Reply-To"].addresses[0].addr_spec == rows[caller][1]
        assert is_shown(m["To"].addresses[0].display_name, rows[called][0]), called
        assert is_shown(m["From"].addresses[0].display_name, rows[caller][0]), caller
        assert squeezed(rows[caller][0])[:30] in squeezed(m.get_body(("plain",)).get_content()), caller
        assert not m["Bcc"] and not m["Cc"] and len(m.get_all("Subject")) == 1
        assert not m.defects, m.defects


def test_what_the_mailbox_file_refuses(make):
    """Control characters, too long a name, bytes that are no UTF-8, addresses that mean more than they are."""
    um = make()
    um.configure({"mailboxes": {"file": um.folder / "mailboxes.csv"},
                  "dialplan main": {"extension_length": 4, "pilot": 3500}})
    bad = [*(b"A" + bytes([c]) + b"B" for c in [*range(0, 32), 127] if c not in (10, 13)), b'"A\nB"',
           b'"A\rB"', b"A\xffB", b"\xed\xa0\x80", b"\xc0\xaf", b"a" * 256, "\u20ac".encode() * 86]
    for name in bad:
        (um.folder / "mailboxes.csv").write_bytes(b"extension,name,address\n2101," + name + b",a@example.com\n")
        done = subprocess.run([BUILD / "um-supervisor", "-n", "-c", um.conf], capture_output=True, check=False)
        assert done.returncode == 1 and b"mailboxes.csv:" in done.stderr, name
        assert b"\x1b" not in done.stderr and b"\0" not in done.stderr, "the terminal is spared"
    for address in (b"a b@x.example", b"a@x.example>", b"<a@x.example", b"a@b@c", b"@x.example", b"a@",
                    b"a\xc3\xa9@x.example",
                    b"..@x.example", b".@x.example", b"a..b@x.example", b"../../x@x.example", b"a.@x.example",
                    b"a" * 65 + b"@x.example", b"a@x_y.example", b"a@-x.example", b"a@x..example", b"a@x.example\\",
                    b'""a"@x.example"', b"a@x/../y"):
        (um.folder / "mailboxes.csv").write_bytes(b"extension,name,address\n2101,A," + address + b"\n")
        done = subprocess.run([BUILD / "um-supervisor", "-n", "-c", um.conf], capture_output=True, check=False)
        assert done.returncode == 1 and b"mailboxes.csv:2" in done.stderr, address
