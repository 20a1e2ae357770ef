"""The message is one that other programs read: Python's email package, reformime (maildrop) and mblaze
see the same structure, names and texts; sound and HTML are what they say they are."""

import email
import email.policy
import os
import re
import struct
import subprocess
import time
import xml.etree.ElementTree as xml

import pytest

from harness.evertrunk import BUILD

MAKER = BUILD / "tests/fakes/mail_maker"
NAMES = ["Ann Lee", "Zoë Müller-Lüdenscheidt", "山田 太郎", "חיים כהן", '"Quoted, Name"; x', "O'Brien (sales)",
         "名" * 42, "w" * 127, "=?utf-8?q?a=0D=0ABcc:_x@example.com?=", "a@example.com, b@example.com"]
CULTURES = {"en-US": ("Voice Mail from 2101 (2 seconds)", "2101 (2 seconds) Voice Mail"),
            "de-DE": ("Sprachnachricht von 2101 (2 Sekunden)", "2101 (2 Sekunden) Sprachnachricht"),
            "fr-FR": ("Message vocal de 2101 (2 secondes)", "2101 (2 secondes) Message vocal"),
            "es-ES": ("Mensaje de voz de 2101 (2 segundos)", "2101 (2 segundos) Mensaje de voz"),
            "it-IT": ("Messaggio vocale da 2101 (2 secondi)", "2101 (2 secondi) Messaggio vocale"),
            "nl-NL": ("Spraakbericht van 2101 (2 seconden)", "2101 (2 seconden) Spraakbericht"),
            "pt-PT": ("Mensagem de voz de 2101 (2 segundos)", "2101 (2 segundos) Mensagem de voz"),
            "pl-PL": ("Wiadomość głosowa od 2101 (2 sekundy)", "2101 (2 sekundy) Wiadomość głosowa")}
FORMS = {"g711": ("audio/wav", ".wav", 7), "gsm": ("audio/gsm", ".wav", 0x31), "mp3": ("audio/mp3", ".mp3", None)}


def wav(seconds):
    data = b"".join(struct.pack("<h", (i % 20) * 800 - 8000) for i in range(8000)) * seconds
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " +
            struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) + b"data" + struct.pack("<I", len(data)) + data)


class Spool:
    def __init__(self, folder):
        self.folder = folder

    def message(self, fields=None, options=(), seconds=2):
        """The bytes of the message of a letter with these fields."""
        (self.folder / "a.wav").write_bytes(wav(seconds))
        all_fields = {"MessageType": "VoiceMail", "CallerId": "2101", "RecipientName": "Tony Smith",
                      "RecipientAddress": "tony@example.com", "RecipientCulture": "en-US", "CallId": "1@192.0.2.1",
                      "AttachmentName": "/x/a.wav", "CallAnswering": "True", "Received": "2026-01-31T23:59:59Z",
                      **(fields or {})}
        (self.folder / "m.txt").write_text("".join(f"{k} : {v}\n" for k, v in all_fields.items()))
        return subprocess.run([MAKER, *options, self.folder, "m"], check=True, capture_output=True, timeout=30,
                              env={**os.environ, "TZ": "Europe/Amsterdam"}).stdout


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path)


def parse(raw):
    """As Python reads it, which notes every defect."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        assert part.defects == []
        for name, value in part.items():
            assert value.defects == () or list(value.defects) == [], f"{name}: {value!r}"
    return message


def texts(message):
    return (message.get_body(("plain",)).get_content().replace("\r\n", "\n"),
            message.get_body(("html",)).get_content())


def tool(raw, *command):
    done = subprocess.run(command, input=raw, capture_output=True, timeout=20,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize("culture", CULTURES)
def test_every_language(spool, culture):
    message = parse(spool.message({"RecipientCulture": culture}))
    subject, file = CULTURES[culture]
    plain, html = texts(message)
    assert message["Subject"] == subject
    sound = [p for p in message.iter_attachments()][0]
    assert sound.get_filename() == file + ".wav"
    assert sound.get_param("name") in (file + ".wav", ("utf-8", "", file + ".wav"))
    assert message["X-AttachmentOrder"] == file + ".wav"
    root = xml.fromstring(html.encode())
    assert root.attrib["lang"] == culture[:2] and root.find("head/title").text == subject
    shown = ["".join(td.itertext()) for td in root.iter("td")]
    assert shown == [line.split(": ", 1)[1] for line in plain.splitlines() if ": " in line]
    assert all(len(line) < 78 for line in plain.splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_every_name(spool, name):
    """The name arrives; the address is the sender's, whatever the name says."""
    raw = spool.message({"CallerName": name, "CallerAddress": "ann@example.com", "Important": "True"})
    message = parse(raw)
    sender = message["From"].addresses
    assert [a.addr_spec for a in sender] == ["voicemail@example.com"]
    assert message["Reply-To"].addresses[0].addr_spec == "ann@example.com"
    assert [a.addr_spec for a in message["To"].addresses] == ["tony@example.com"]
    assert message["Bcc"] is None and message["Importance"] == "high"
    harmless = name.replace("=?", "= ")
    assert message["X-VoiceMessageSenderName"] == harmless
    assert message["Subject"] == f"Voice Mail from {harmless} (2 seconds)"
    if "@" not in name:  # Python puts a blank between two encoded words of a name, against RFC 2047 6.2
        assert sender[0].display_name.replace(" ", "") == harmless.replace(" ", "")
    assert all(len(word) <= 75 for word in re.findall(rb"=\?\S+\?=", raw.split(b"\r\n\r\n")[0]))
    plain, html = texts(message)
    assert harmless in [td.text for td in xml.fromstring(html.encode()).iter("bdi")]
    assert harmless.replace(" ", "") in plain.replace("\n", "").replace(" ", "")
    assert max(len(line) for line in raw.split(b"\r\n")) < 998 and raw.isascii()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_sound(spool, form):
    message = parse(spool.message(options=("-a", form), seconds=65))
    kind, suffix, tag = FORMS[form]
    sound = [p for p in message.iter_attachments()][0]
    assert sound.get_content_type() == kind and sound.get_filename().endswith(suffix)
    assert message["X-VoiceMessageDuration"] == sound["Content-Duration"] == "65"
    data = sound.get_content()
    if tag is not None:
        assert data[:4] == b"RIFF" and struct.unpack("<H", data[20:22])[0] == tag
        assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    else:
        assert data[0] == 0xff and data[1] & 0xe0 == 0xe0


def test_structure_by_reformime(spool):
    raw = spool.message({"RecipientCulture": "de-DE", "CallerId": "söder"})
    said = tool(raw, "reformime", "-i")
    sections = {}
    for block in said.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "section" in lines:
            sections[lines["section"]] = lines
    kinds = {name: lines["content-type"] for name, lines in sections.items()}
    assert kinds == {"1": "multipart/mixed", "1.1": "multipart/alternative", "1.1.1": "text/plain",
                     "1.1.2": "text/html", "1.2": "audio/wav"}
    assert sections["1.1.1"]["charset"] == sections["1.1.2"]["charset"] == "utf-8"
    assert sections["1.2"]["content-disposition"] == "attachment"
    assert "Sie haben eine Sprachnachricht von söder." in tool(raw, "reformime", "-s", "1.1.1", "-e")


def test_names_by_mblaze(spool):
    raw = spool.message({"RecipientCulture": "pl-PL", "CallerName": "Łukasz Żółw"})
    path = spool.folder / "mail"
    path.write_bytes(raw)
    assert tool(b"", "mhdr", "-d", "-h", "subject", str(path)).strip() == \
        "Wiadomość głosowa od Łukasz Żółw (2 sekundy)"
    tree = tool(b"", "mshow", "-t", str(path))
    assert "2101 (2 sekundy) Wiadomość głosowa.wav" in tree and "multipart/alternative" in tree
    assert "Masz wiadomość głosową od Łukasz Żółw." in tool(b"", "mshow", str(path))


def test_missed_call(spool):
    message = parse(spool.message({"MessageType": "MissedCall", "CallerName": "Ann"}))
    assert message["Content-Class"] == "missedcall" and message["Message-Context"] is None
    assert [p.get_content_type() for p in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_date_is_when_it_was_left(spool):
    date = parse(spool.message())["Date"].datetime
    assert date.isoformat() == "2026-02-01T00:59:59+01:00"


def test_twenty_minutes_are_quick(spool):
    start = time.monotonic()
    raw = spool.message(seconds=1200)
    assert time.monotonic() - start < 5 and len(raw) > 12_800_000
