"""The dialogue with a caller: greetings in the mailbox's language, the keys, the menu after #, what
the header file says of it, and the missed call of one who left no word.

The prompt sets are made for the test, each prompt a noise of its own that is heard to the last bit;
one test has the shipped sets and Debian's recordings."""

import os
import signal
import struct
import threading
import time

import pytest
from harness.evertrunk import ROOT, SLOW
from harness.rtp import PCMU, decode, read_wav, share_found, speech, write_wav
from harness.voice import Caller
from harness.wait import until

NAMES = [line.split("=")[0].strip() for line in
         (ROOT / "conf/prompts/en.conf").read_text().splitlines()
         if "=" in line and not line.startswith(("#", "folder"))]
LANGUAGES = ("en", "es", "fr")
PEOPLE = """\
extension,name,address,language,greeting
2101,Anna,anna@example.com,en-GB,
2102,Benita,benita@example.com,es-MX,named
2103,Carla,carla@example.com,fr-FR,{folder}/own.wav
2104,Dmitri,dmitri@example.com,ru-RU,default
2105,Ewa,ewa@example.com,fr,{folder}/none.wav
"""


def noise(name, seconds=0.3):
    return decode(PCMU, speech(PCMU, seconds, seed=name))


def make_set(folder, language):
    """A manifest and its WAV files; `saved` has two of them."""
    sounds = folder / language
    sounds.mkdir(parents=True)
    lines = [f"folder = {sounds}"]
    for name in NAMES:
        files = [name, f"{name}-2"] if name == "saved" else [name]
        for file in files:
            write_wav(sounds / f"{file}.wav", noise(f"{language}/{file}"))
        lines.append(f"{name} = {' '.join(files)}")
    (folder / f"{language}.conf").write_text("\n".join(lines) + "\n")


def furnish(um, people, changes):
    """Gives `um` these mailboxes, and prompts of noise in all languages."""
    for language in LANGUAGES:
        make_set(um.folder / "prompts", language)
    (um.folder / "boxes.csv").write_text(people)
    write_wav(um.folder / "own.wav", noise("own", 0.5))
    um.configure({
        "mailboxes": {"file": um.folder / "boxes.csv"},
        "dialplan main": {"extension_length": 4, "pilot": 3500},
        "prompt": {"greeting": "", "directory": um.folder / "prompts",
                   "languages": " ".join(LANGUAGES)},
        "call": {"review": "yes"}})
    um.configure(changes)
    return um


@pytest.fixture
def prepare(make):
    """Mailboxes in several languages, the menu, the languages' own greetings; not started."""
    def one(**changes):
        um = make()
        return furnish(um, PEOPLE.format(folder=um.folder), changes)
    return one


@pytest.fixture
def answering(prepare):
    return prepare().start()


class Guest(Caller):
    """A caller who sends silence all the time, as a real one does, unless the test makes him speak.
    `where` is the place in all that he has heard from which on the next word is looked for."""

    def __init__(self, um, mailbox="2101", direct=False, language="en"):
        super().__init__(um, um.udp(), called=mailbox if direct else "3500")
        self._begin(language)
        self.dial(**({} if direct else {
            "fields": f"Diversion: <sip:{mailbox}@pbx>;reason=no-answer\r\n"}))
        self._talk()

    def _begin(self, language):
        self.language, self.where = language, 0
        self.turn, self.breathing = threading.Lock(), True

    def _talk(self):
        self.thread = threading.Thread(target=self._breathe, daemon=True)
        self.thread.start()

    def _breathe(self):
        while self.breathing and self.rtp.running:
            with self.turn:
                try:
                    self.rtp.silence(0.02)
                except OSError:
                    return
            time.sleep(0.002)

    def say(self, seconds=1.0, seed=1):
        said = speech(PCMU, seconds, seed)
        with self.turn:
            self.rtp.play(said)
        return decode(PCMU, said)

    def press(self, keys):
        for key in keys:
            self.where = len(self.sound)
            with self.turn:
                self.rtp.digit(key)

    @property
    def sound(self):
        """All that was heard, as samples."""
        return decode(PCMU, b"".join(p.payload for p in self.rtp.heard(PCMU)))

    def hears(self, *names, seconds=8, language=None):
        """Until these prompts have been heard whole, one right behind the other; and moves on."""
        wanted = b"".join(noise(f"{language or self.language}/{name}") for name in names)
        return self.hears_sound(wanted, seconds, " ".join(names))

    def hears_sound(self, samples, seconds=8, what="it"):
        def find():
            at = self.sound.find(samples, self.where)
            return at >= 0 and at + len(samples)
        self.where = until(f"to hear {what}", seconds * SLOW, find)
        return self

    def hears_the_tone(self, seconds=8):
        """Until 1000 Hz is heard: 8 samples, over and over; and for as long as it lasts."""
        def find():
            sound = self.sound
            for at in range(self.where // 2, len(sound) // 2 - 1600, 80):
                v = struct.unpack_from("<32h", sound, 2 * at)
                if max(v) > 3000 and all(v[i] == v[i + 8] for i in range(24)):
                    return 2 * at + 3200
            return None
        self.where = until("to hear the tone", seconds * SLOW, find)
        time.sleep(0.1)
        return self

    def rests(self):
        self.breathing = False
        self.thread.join(2)

    def leaves(self):
        self.rests()
        self.hang_up()

    def is_hung_up(self, seconds=8):
        self.call.hung_up(seconds * SLOW)
        self.rests()


MENU = ("menu", "menu_important", "menu_private", "menu_cancel")


def left(guest, seconds=1.0, seed=1):
    """Leaves a word and presses #: the menu is heard."""
    guest.hears("greeting").hears_the_tone()
    said = guest.say(seconds, seed)
    guest.press("#")
    guest.hears(*MENU)
    return said


def the_message(um, said=None, count=1):
    """The one message in the spool, after the call."""
    until("the call is over", 5, lambda: um.metrics()["um_calls_active"] == 0)
    rows = um.wait_recordings(count)
    assert len(rows) == count, rows
    assert not list(um.spool.glob("*.part"))
    row = rows[0]
    if said is not None:
        assert row["MessageType"] == "VoiceMail"
        assert share_found(read_wav(row["wav"])[3], said) >= 0.9
        assert len(list(um.spool.glob("*.wav"))) == 1
    return row


def counted(um, want):
    """These figures, long before the next heartbeat (10 s)."""
    until(f"the figures {want}", 1.5 * SLOW, lambda: um.metrics().items() >= want.items())


# ---- greetings

@pytest.mark.parametrize("mailbox, language, words", [
    ("2101", "en", ("greeting",)),
    ("2102", "es", ("person", "digit_2", "digit_1", "digit_0", "digit_2", "unavailable", "greeting")),
    ("2104", "en", ("greeting",)),  # nobody speaks Russian here: the first language
    ("2105", "fr", ("greeting",)),  # her greeting is not there
])
def test_greeting(answering, mailbox, language, words):
    guest = Guest(answering, mailbox, language=language)
    guest.hears(*words).hears_the_tone()
    said = guest.say()
    guest.leaves()
    assert the_message(answering, said)["RecipientExtension"] == mailbox
    if mailbox == "2105":
        answering.wait_log("greeting of a mailbox is not played: .*none.wav: No such file")


def test_a_greeting_of_ones_own(answering):
    guest = Guest(answering, "2103", language="fr")
    guest.hears_sound(noise("own", 0.5)).hears_the_tone()
    assert noise("fr/greeting") not in guest.sound
    said = guest.say()
    guest.leaves()
    the_message(answering, said)


def test_the_callers_of_nobody_are_told_in_the_language_of_the_plan(prepare):
    um = prepare(**{"dialplan main": {"language": "es-ES"}}).start()
    guest = Guest(um, "2199", language="es")
    guest.hears("no_service")
    guest.is_hung_up()
    until("it is over", 5, lambda: um.metrics()['um_calls_ended_total{cause="refused"}'] == 1)
    assert um.recordings() == []


def test_pound_skips_to_the_tone(answering):
    guest = Guest(answering)
    time.sleep(0.1)
    guest.press("#")
    guest.hears_the_tone()
    assert noise("en/greeting") not in guest.sound
    said = guest.say()
    guest.leaves()
    the_message(answering, said)


# ---- the menu

@pytest.mark.parametrize("key", "1#")
def test_accepted(answering, key):
    guest = Guest(answering, "2101")
    said = left(guest)
    guest.press(key)
    guest.hears("saved", "saved-2")
    guest.is_hung_up()
    row = the_message(answering, said)
    assert row["Important"] == "False" and "Private" not in row
    assert answering.metrics()['um_calls_ended_total{cause="key"}'] == 1


def test_hung_up_in_the_menu(answering):
    guest = Guest(answering)
    said = left(guest)
    guest.leaves()
    the_message(answering, said)


def test_listened_to(answering):
    """What is played back is what was said, to the last bit; then the menu comes again."""
    guest = Guest(answering)
    said = left(guest, 2.0)
    for _ in range(2):
        guest.press("2")
        guest.hears_sound(said[3200:-6400]).hears("menu")
    guest.press("2")
    guest.hears_sound(said[3200:9600])
    guest.press("1")  # in the middle
    guest.hears("saved")
    assert said[-6400:-3200] not in guest.sound[guest.where:]
    guest.is_hung_up()
    the_message(answering, said)


def test_recorded_again(answering):
    guest = Guest(answering)
    left(guest, seed=5)
    guest.press("3")
    guest.hears_the_tone()
    said = guest.say(1.4, seed=6)
    guest.press("#")
    guest.hears("menu")
    guest.press("2")
    guest.hears_sound(said[3200:-6400])
    guest.leaves()
    row = the_message(answering, said)
    assert share_found(read_wav(row["wav"])[3], decode(PCMU, speech(PCMU, 1.0, 5))) == 0


def test_important_and_private(answering):
    guest = Guest(answering)
    said = left(guest)
    guest.press("4")
    guest.hears("important", "menu", "menu_normal", "menu_private", "menu_cancel")
    guest.press("5")
    guest.hears("private", "menu", "menu_normal", "menu_public", "menu_cancel")
    guest.press("1")
    guest.is_hung_up()
    row = the_message(answering, said)
    assert row["Important"] == "True" and row["Private"] == "True"
    counted(answering, {'um_messages_marked_total{as="important"}': 1,
                        'um_messages_marked_total{as="private"}': 1, "um_missed_calls_total": 0})


def test_marks_are_taken_back_and_outlive_a_new_recording(answering):
    guest = Guest(answering)
    left(guest)
    guest.press("45")
    guest.hears("private", "menu")
    guest.press("5")
    guest.hears("public", "menu", "menu_normal", "menu_private")
    guest.press("3")
    guest.hears_the_tone()
    said = guest.say(1.2, 9)
    guest.leaves()
    row = the_message(answering, said)
    assert row["Important"] == "True" and "Private" not in row
    counted(answering, {'um_messages_marked_total{as="important"}': 1,
                        'um_messages_marked_total{as="private"}': 0})


def test_marks_outlive_the_worker(answering):
    """Killed in the menu: the next worker finishes the message, with the marks as they were last."""
    guest = Guest(answering)
    said = left(guest, 2.0)
    guest.press("4")
    guest.hears("important", "menu")
    guest.press("5")
    guest.hears("private", "menu")
    guest.press("4")
    guest.hears("normal", "menu")
    os.kill(answering.active()["pid"], signal.SIGKILL)
    guest.call.hung_up(2.0)
    guest.breathing = False
    row = the_message(answering, said)
    assert row["Interrupted"] == "True"
    assert row["Important"] == "False" and row["Private"] == "True"


def test_cancelled(answering):
    guest = Guest(answering)
    left(guest)
    guest.press("*")
    guest.hears("cancelled")
    guest.is_hung_up()
    assert the_message(answering)["MessageType"] == "MissedCall"
    assert not list(answering.spool.glob("*.wav"))


def test_wrong_keys(prepare):
    """The second of two failures ends it: the message is sent as it is."""
    um = prepare(call={"input_failures": 2}).start()
    guest = Guest(um)
    said = left(guest)
    guest.press("7")
    guest.hears("not_understood", *MENU)
    guest.press("9")
    guest.hears("saved", "saved-2")
    guest.is_hung_up()
    the_message(um, said)


def test_no_key_at_all(prepare):
    um = prepare(call={"input_failures": 2}).start()
    guest = Guest(um)
    said = left(guest)
    began = time.monotonic()
    guest.hears(*MENU, seconds=12)
    assert 4.5 < time.monotonic() - began < 9 * SLOW
    guest.hears("saved", seconds=12)
    guest.is_hung_up()
    the_message(um, said)


def test_nothing_said_before_pound(prepare):
    um = prepare(call={"input_failures": 2}).start()
    guest = Guest(um)
    guest.hears("greeting").hears_the_tone()
    guest.press("#")
    guest.hears("too_short").hears_the_tone()
    guest.press("#")
    guest.is_hung_up()
    assert the_message(um)["MessageType"] == "MissedCall"


def test_the_limit_leads_to_the_menu(prepare):
    um = prepare(recording={"max_duration": "4s", "idle_timeout": "3s"}).start()
    guest = Guest(um)
    guest.hears("greeting").hears_the_tone()
    said = guest.say(5.0)
    guest.where = 0
    guest.hears(*MENU)
    guest.press("1")
    guest.is_hung_up()
    row = the_message(um)
    samples = read_wav(row["wav"])[3]
    assert 3.9 <= len(samples) / 16000 <= 4.2
    assert share_found(samples, said[:48000]) > 0.9


def test_silence_ends_it_without_a_menu(prepare):
    um = prepare(recording={"idle_timeout": "3s"}).start()
    guest = Guest(um)
    guest.hears("greeting").hears_the_tone()
    said = guest.say()
    guest.is_hung_up()
    assert noise("en/menu") not in guest.sound
    the_message(um, said)


# ---- nobody left a message

def test_missed_in_the_greeting(answering):
    guest = Guest(answering, "2102", language="es")
    guest.hears("person")
    guest.leaves()
    row = the_message(answering)
    assert row["MessageType"] == "MissedCall"
    assert row["RecipientExtension"] == "2102" and row["RecipientName"] == "Benita"
    assert row["CallId"] == guest.call.call_id and row["CallAnswering"] == "True"
    assert "AttachmentName" not in row and "Duration" not in row
    assert [p.suffix for p in answering.spool.iterdir() if p.is_file()] == [".txt"]
    counted(answering, {"um_missed_calls_total": 1, "um_recordings_total": 0})
    assert answering.ctl("recycle", "--wait").status == 0
    answering.wait_standby()
    counted(answering, {"um_missed_calls_total": 1})


def test_missed_without_a_word(answering):
    guest = Guest(answering)
    guest.hears("greeting").hears_the_tone()
    time.sleep(0.5)
    guest.leaves()
    assert the_message(answering)["MessageType"] == "MissedCall"


def test_asked_for_the_operator_by_star(prepare):
    """Whose PBX takes no REFER he stays; that he asked is counted, once."""
    um = prepare(call={"operator": "700"}).start()
    guest = Guest(um, "2102", language="es")
    guest.hears("person")
    guest.press("**")
    guest.hears("greeting", seconds=12)
    guest.leaves()
    counted(um, {'um_escapes_total{key="*"}': 1, 'um_escapes_total{key="0"}': 0,
                 "um_missed_calls_total": 1})


def test_who_dialled_the_mailbox_itself_has_missed_nobody(answering):
    guest = Guest(answering, "2101", direct=True)
    guest.hears("greeting")
    guest.leaves()
    until("it is over", 5, lambda: answering.metrics()['um_calls_ended_total{cause="hangup"}'] == 1)
    assert answering.recordings() == []


# ---- the sets

def test_the_shipped_sets(make):
    """Debian's recordings are said: what is heard is close to what is in the file, at every moment."""
    um = make({"prompt": {"greeting": "", "languages": "es fr en"},
               "dialplan main": {"extension_length": 4, "language": "fr-CA"}}).start()
    guest = Guest(um, "2101")
    want = struct.unpack("<16000h", read_wav(
        "/usr/share/asterisk/sounds/fr_CA_f_June/vm-intro.wav")[3][:32000])
    until("two seconds", 5 * SLOW, lambda: len(guest.sound) >= 32000)
    heard = struct.unpack("<16000h", guest.sound[:32000])
    assert max(map(abs, heard)) > 3000
    assert all(abs(h - w) <= 20 + abs(w) / 16 for h, w in zip(heard, want))
    guest.leaves()


@pytest.mark.parametrize("spoil, said", [
    (lambda p: (p / "es/menu.wav").unlink(), r"es\.conf: menu: .*es/menu\.wav: No such file"),
    (lambda p: (p / "es/menu.wav").write_bytes(b"RIFF"), r"es\.conf: menu: .*es/menu\.wav: "),
    (lambda p: (p / "es.conf").unlink(), r"prompt\.languages: .*es\.conf: No such file"),
    (lambda p: (p / "es.conf").write_text("folder = /x\nmeny = vm\n"),
     r"es\.conf: line 2: meny: no prompt of ours"),
])
def test_a_fault_is_found_at_the_start(prepare, spoil, said):
    um = prepare()
    spoil(um.folder / "prompts")
    um.start(ready=False)
    um.wait_log(said, 15)
    assert um.http("/readyz")[0] != 200
