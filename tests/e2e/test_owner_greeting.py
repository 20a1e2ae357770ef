"""The owner of a mailbox calls the pilot number, logs on with extension and PIN and records a greeting;
a caller hears exactly that.  Wrong PINs, the lock over recycles and crashes, what a hang-up or a
dead worker leaves behind, and what the logs never say."""

import os
import signal
import subprocess
import time

import pytest
from harness.evertrunk import BUILD, SLOW
from harness.rtp import PCMU, decode, read_wav, share_found, speech
from harness.voice import Caller
from harness.wait import until
from test_call_answering import Guest, furnish, noise

PIN, PIN_NAMED, PIN_FIXED = "739152", "0042", "424242"
PEOPLE = """\
extension,name,address,language,greeting,pin
2101,Anna,anna@example.com,en-GB,,{hash}
2102,Benita,benita@example.com,es-MX,named,{hash_named}
2103,Carla,carla@example.com,en-GB,{folder}/own.wav,{hash_fixed}
2104,Dmitri,dmitri@example.com,en-GB,,
"""
MENU = ("greeting_menu", "greeting_menu_hear")


def hash_of(pin, method):
    done = subprocess.run(["openssl", "passwd", f"-{method}", "-stdin"], input=pin, text=True,
                          capture_output=True, check=True)
    return done.stdout.strip()


YESCRYPT = "$y$j9T$evertrunkevertru$267wibI386vkGpV80CmIZvUwuRttpoyR5yyxG/s7GE7"  # of PIN


@pytest.fixture
def prepare(make):
    """Mailboxes with PINs, prompts of noise; not started."""
    def one(people=PEOPLE, **changes):
        um = make()
        um.hashes = {"hash": YESCRYPT, "hash_named": hash_of(PIN_NAMED, 6),
                     "hash_fixed": hash_of(PIN_FIXED, 5)}
        return furnish(um, people.format(folder=um.folder, **um.hashes), changes)
    return one


@pytest.fixture
def um(prepare):
    return prepare().start()


class Owner(Guest):
    """Calls the pilot number itself, from a telephone that is nobody's unless it is said."""

    def __init__(self, um, caller="9999", language="en"):
        Caller.__init__(self, um, um.udp(), called="3500", caller=caller)
        self._begin(language)
        self.dial()
        self._talk()

    def logs_on(self, extension="2101", pin=PIN):
        self.hears("ask_extension").press(f"{extension}#")
        self.hears("ask_pin").press(f"{pin}#")
        return self.hears(*MENU)

    def records(self, seed, seconds=1.0):
        """What was said; the question whether it is to be accepted has been heard."""
        self.press("1")
        self.hears("greeting_record").hears_the_tone()
        said = self.say(seconds, seed)
        self.press("#")
        self.hears("menu")
        return said

    def has_recorded(self, seed, seconds=1.0):
        said = self.records(seed, seconds)
        self.press("1")
        self.hears("greeting_saved", *MENU)
        return said


def is_greeted_with(um, said, mailbox="2101"):
    """A caller hears all that was said, to the last bit, but for what a key covers."""
    guest = Guest(um, mailbox)
    guest.hears_sound(said[640:-1280], what="the recorded greeting").hears_the_tone()
    guest.leaves()
    return guest


def is_greeted_by_the_language(um, mailbox="2101", *words, language="en"):
    guest = Guest(um, mailbox, language=language)
    guest.hears(*(words or ("greeting",))).hears_the_tone()
    guest.leaves()


def greetings(um):
    folder = um.folder / "state/greetings"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def is_over(um):
    until("the calls are over", 5, lambda: um.metrics()["um_calls_active"] == 0)


def logons(um):
    m = um.metrics()
    return tuple(m[f'um_logons_total{{result="{r}"}}'] for r in ("right", "wrong", "locked"))


def wait_logons(um, *want):
    until(f"logons {want}", 5 * SLOW, lambda: logons(um) == want)


# ---- logging on and recording

def test_a_greeting_is_recorded_and_heard(um):
    is_greeted_by_the_language(um)
    owner = Owner(um).logs_on()
    said = owner.records(seed=41)
    owner.press("2")
    owner.hears_sound(said[640:-1280], what="the recording").hears("menu")
    assert greetings(um)[0].endswith(".wav.part")  # not accepted yet
    owner.press("1")
    owner.hears("greeting_saved", *MENU)
    assert greetings(um) == ["main-2101.wav"]
    rate, bits, channels, samples = read_wav(um.folder / "state/greetings/main-2101.wav")
    assert (rate, bits, channels) == (8000, 16, 1) and share_found(samples, said) > 0.9
    owner.press("3")
    owner.hears_sound(said[640:-1280], what="the greeting").hears(*MENU)
    owner.press("*")
    owner.hears("goodbye")
    owner.is_hung_up()
    is_greeted_with(um, said)
    is_over(um)
    # two callers who left nothing; the owner's call is neither a message nor a missed call
    rows = um.wait_recordings(2)
    assert [r["MessageType"] for r in rows] == ["MissedCall"] * 2
    assert not list(um.spool.glob("*.wav*"))
    wait_logons(um, 1, 0, 0)
    assert um.wait_log("logged on to mailbox 2101 of dial plan main")
    assert um.wait_log("mailbox 2101 of dial plan main has a new greeting")


def test_the_telephone_is_known(um):
    owner = Owner(um, caller="2102", language="es")
    owner.hears("ask_pin").press(f"{PIN_NAMED}#")
    owner.hears(*MENU)
    assert noise("es/ask_extension") not in owner.sound
    owner.press("3")
    owner.hears("person", "digit_2", "digit_1", "digit_0", "digit_2", "unavailable", "greeting", *MENU)
    said = owner.has_recorded(seed=42)
    owner.leaves()
    guest = Guest(um, "2102")
    guest.hears_sound(said[640:-1280]).hears_the_tone()
    assert noise("es/person") not in guest.sound
    guest.leaves()
    assert greetings(um) == ["main-2102.wav"]


def test_not_the_mailbox_of_this_telephone(um):
    owner = Owner(um, caller="2102", language="es")
    owner.hears("ask_pin").press("00*")
    owner.language = "es"
    owner.hears("ask_extension").press("2101#")
    owner.hears("ask_pin").press(f"{PIN}#")
    owner.language = "en"
    owner.hears(*MENU)
    owner.leaves()


def test_a_telephone_without_a_pin_is_asked_for_an_extension(um):
    owner = Owner(um, caller="2104").logs_on()
    owner.leaves()


def test_a_pause_ends_the_extension(um):
    owner = Owner(um)
    owner.hears("ask_extension").press("2101")
    owner.hears("ask_pin", seconds=10).press(PIN)
    owner.hears(*MENU, seconds=10)
    owner.leaves()


def test_recorded_again_and_cancelled(um):
    owner = Owner(um).logs_on()
    owner.records(seed=43)
    owner.press("3")
    owner.hears_the_tone()
    said = owner.say(1.2, 44)
    owner.press("#")
    owner.hears("menu").press("1")
    owner.hears("greeting_saved")
    owner.hears(*MENU)
    owner.records(seed=45)
    owner.press("*")
    owner.hears(*MENU)
    owner.leaves()
    is_greeted_with(um, said)
    assert greetings(um) == ["main-2101.wav"]


def test_back_to_the_standard_greeting(um):
    owner = Owner(um, caller="2101")
    owner.hears("ask_pin").press(f"{PIN}#")
    owner.hears(*MENU)
    said = owner.has_recorded(seed=46)
    is_greeted_with(um, said)
    owner.press("2")
    owner.hears("greeting_removed", *MENU)
    assert greetings(um) == []
    owner.press("2")  # there is none: the same
    owner.hears("greeting_removed", *MENU)
    owner.leaves()
    is_greeted_by_the_language(um)


def test_the_administrators_greeting_stays(um):
    owner = Owner(um, caller="2103")
    owner.hears("ask_pin").press(f"{PIN_FIXED}#")
    owner.hears("greeting_menu_hear")
    assert noise("en/greeting_menu") not in owner.sound
    for key in "12":
        owner.press(key)
        owner.hears("greeting_fixed", "greeting_menu_hear")
    owner.press("3")
    owner.hears_sound(noise("own", 0.5))
    owner.leaves()
    assert greetings(um) == []


def test_nothing_said_and_wrong_keys(prepare):
    """Three failures of a call end it; what was in force stays so."""
    um = prepare().start()
    owner = Owner(um).logs_on()
    owner.press("7")
    owner.hears("not_understood", *MENU)
    owner.press("1")
    owner.hears("greeting_record").hears_the_tone()
    owner.press("#")
    owner.hears("too_short").hears_the_tone()
    owner.press("#")
    owner.hears("goodbye")
    owner.is_hung_up()
    is_over(um)
    assert greetings(um) == [] and um.recordings() == []


def test_the_longest_greeting(prepare):
    um = prepare(call={"greeting_max": "4s"}).start()
    owner = Owner(um).logs_on()
    owner.press("1")
    owner.hears("greeting_record").hears_the_tone()
    said = owner.say(5.0, 47)
    owner.where = 0
    owner.hears("menu").press("1")
    owner.hears("greeting_saved")
    owner.leaves()
    samples = read_wav(um.folder / "state/greetings/main-2101.wav")[3]
    assert 3.9 <= len(samples) / 16000 <= 4.2
    assert share_found(samples, said[:24000]) > 0.9


def test_a_greeting_that_cannot_be_read(um):
    folder = um.folder / "state/greetings"
    folder.mkdir()
    (folder / "main-2101.wav").write_text("no sound")
    is_greeted_by_the_language(um)
    um.wait_log("greeting of a mailbox is not played: .*main-2101.wav")


def test_without_any_pin_the_pilot_number_is_nobodys(prepare):
    um = prepare("extension,name\n2101,Anna\n").start()
    guest = Guest(um, "3500", direct=True)
    guest.hears("no_service")
    guest.is_hung_up()


def test_a_pin_comes_and_goes_with_a_reload(prepare):
    um = prepare("extension,name\n2101,Anna\n").start()
    boxes = um.folder / "boxes.csv"
    boxes.write_text(f"extension,pin\n2101,{YESCRYPT}\n")
    assert um.ctl("reload").status == 0
    owner = Owner(um).logs_on()
    said = owner.has_recorded(seed=48)
    boxes.write_text("extension,pin\n2101,\n2102," + um.hashes["hash_named"] + "\n")
    assert um.ctl("reload").status == 0
    owner.leaves()
    is_greeted_by_the_language(um)  # no PIN: no greeting of his own
    wrong = Owner(um)
    wrong.hears("ask_extension").press("2101#")
    wrong.hears("ask_pin").press(f"{PIN}#")
    wrong.hears("logon_failed", "ask_extension").leaves()
    boxes.write_text(f"extension,pin\n2101,{YESCRYPT}\n")
    assert um.ctl("reload").status == 0
    is_greeted_with(um, said)


# ---- recycles, crashes, hang-ups

def test_a_hang_up_in_the_middle_keeps_the_old_greeting(um):
    owner = Owner(um).logs_on()
    said = owner.has_recorded(seed=51)
    owner.press("1")
    owner.hears("greeting_record").hears_the_tone()
    owner.say(1.5, 52)
    owner.leaves()
    is_over(um)
    owner = Owner(um).logs_on()
    owner.records(seed=53)
    owner.leaves()  # in the review: not accepted
    is_over(um)
    assert greetings(um) == ["main-2101.wav"] and um.recordings() == []
    is_greeted_with(um, said)


def test_accepted_in_a_worker_that_drains(um):
    """The next caller, in the new worker, hears it."""
    um.wait_standby()
    owner = Owner(um).logs_on()
    said = owner.records(seed=54)
    before = um.active()["generation"]
    um.recycle()
    assert um.active()["generation"] != before
    owner.press("1")
    owner.hears("greeting_saved", *MENU)
    is_greeted_with(um, said)
    owner.leaves()


def test_a_dead_worker_leaves_no_message(um):
    um.wait_standby()
    owner = Owner(um).logs_on()
    owner.press("1")
    owner.hears("greeting_record").hears_the_tone()
    owner.say(2.0, 55)
    assert [n.endswith(".wav.part") for n in greetings(um)] == [True]
    os.kill(um.active()["pid"], signal.SIGKILL)
    owner.is_hung_up()
    um.wait_standby()
    um.recycle()
    until("nothing is left", 10 * SLOW, lambda: greetings(um) == [])
    assert um.recordings() == [] and not list(um.spool.glob("*.wav*"))
    is_greeted_by_the_language(um)


def test_a_greeting_that_cannot_be_kept(um):
    owner = Owner(um).logs_on()
    owner.records(seed=56)
    (um.folder / "state/greetings/main-2101.wav").mkdir()  # a folder has the name
    owner.press("1")
    owner.hears("greeting_failed", *MENU)
    um.wait_log("the greeting of mailbox 2101 of dial plan main is not kept in .*state/greetings")
    assert greetings(um) == ["main-2101.wav"]  # no .part
    owner.leaves()


# ---- wrong PINs

def test_three_wrong_ones_end_the_call(um):
    owner = Owner(um)
    owner.hears("ask_extension").press("2101#")
    owner.hears("ask_pin").press("111111#")
    owner.hears("logon_failed", "ask_extension").press("2999#")  # nobody's: it sounds the same
    owner.hears("ask_pin").press(f"{PIN}#")
    owner.hears("logon_failed", "ask_extension").press("2104#")  # a mailbox without a PIN
    owner.hears("ask_pin").press("1#")
    owner.hears("logon_failed", "goodbye")
    owner.is_hung_up()
    until("it was refused", 5, lambda: um.metrics()['um_calls_ended_total{cause="refused"}'] == 1)
    wait_logons(um, 0, 3, 0)
    um.wait_log("from 9999 over trunk proxied: logon failed: wrong PIN for mailbox 2101 of dial "
                "plan main, 1 in a row")
    um.wait_log("from 9999 over trunk proxied: logon failed: no mailbox with a PIN has that")
    um.wait_log("hung up after 3 failed logons")
    assert "2999" not in um.log


def test_a_known_telephone_is_asked_for_the_pin_again(um):
    owner = Owner(um, caller="2101")
    owner.hears("ask_pin").press("1#")
    owner.hears("logon_failed", "ask_pin").press(f"{PIN}#")
    owner.hears(*MENU)
    owner.leaves()
    wait_logons(um, 1, 1, 0)


def wrong(um, count, words="ask_pin"):
    """So many wrong PINs from Anna's telephone, in one call."""
    owner = Owner(um, caller="2101")
    owner.hears("ask_pin")
    for _ in range(count):
        owner.press("111#")
        owner.hears("logon_failed", words)
    owner.leaves()
    is_over(um)


def test_the_lock_outlives_a_recycle_and_a_crash(prepare):
    um = prepare(call={"logon_attempts": 5, "logon_lock": "15s", "logon_failures": 20}).start()
    um.wait_standby()
    wrong(um, 2)
    um.recycle()
    wrong(um, 2)
    um.wait_standby()
    os.kill(um.active()["pid"], signal.SIGKILL)
    until("another serves", 10 * SLOW, lambda: um.http("/readyz")[0] == 200)
    assert "is locked" not in um.log
    wrong(um, 1)
    locked = time.monotonic()
    um.wait_log("mailbox 2101 of dial plan main is locked for 15s: 5 wrong PINs in a row")
    owner = Owner(um, caller="2101")
    owner.hears("ask_pin").press(f"{PIN}#")
    owner.hears("logon_failed", "ask_pin")  # the right one, and it sounds like a wrong one
    um.wait_log("logon refused: mailbox 2101 of dial plan main is locked")
    other = Owner(um, caller="2102", language="es")
    other.hears("ask_pin").press(f"{PIN_NAMED}#")
    other.hears(*MENU)
    other.leaves()
    time.sleep(max(0.0, locked + 15.5 - time.monotonic()))
    owner.press(f"{PIN}#")
    owner.hears(*MENU)
    owner.leaves()
    assert (um.folder / "state/logons/main-2101").read_text() == ""


def test_a_right_pin_ends_the_row(prepare):
    um = prepare(call={"logon_attempts": 3, "logon_failures": 20}).start()
    for _ in range(2):
        wrong(um, 2)
        owner = Owner(um, caller="2101")
        owner.hears("ask_pin").press(f"{PIN}#")
        owner.hears(*MENU)
        owner.leaves()
    wait_logons(um, 2, 4, 0)


def test_many_at_once(um):
    """They wait for one another, and each gets in but who hangs up while he waits."""
    owners = [Owner(um, caller="2101") for _ in range(6)]
    for owner in owners:
        owner.hears("ask_pin").press(PIN)
    for owner in owners:
        owner.press("#")
    owners.pop().leaves()
    for owner in owners:
        owner.hears(*MENU)
    for owner in owners:
        owner.leaves()
    is_over(um)
    until("all have logged on", 5 * SLOW, lambda: logons(um)[0] >= 5)
    assert logons(um)[1:] == (0, 0)


def test_tries_that_cannot_be_counted_are_refused(um):
    folder = um.folder / "state/logons"
    folder.write_text("no folder")
    owner = Owner(um, caller="2101")
    owner.hears("ask_pin").press(f"{PIN}#")
    owner.hears("logon_failed", "ask_pin")
    owner.leaves()
    um.wait_log("tries for mailbox 2101 of dial plan main cannot be counted in .*: Not a directory")


def test_no_secret_is_logged(prepare):
    um = prepare(log={"level": "debug"}).start()
    owner = Owner(um)
    owner.hears("ask_extension").press("2101#")
    owner.hears("ask_pin").press("860413#")
    owner.hears("logon_failed", "ask_extension").press("2101#")
    owner.hears("ask_pin").press(f"{PIN}#")
    owner.hears(*MENU)
    owner.leaves()
    is_over(um)
    said = um.log + um.ctl("status", "--json").text + um.ctl("config").text
    assert "logged on" in said
    for secret in (PIN, "860413", *um.hashes.values(), "$y$", "$6$", "$5$"):
        assert secret not in said


# ---- the file

def test_bad_pins_in_the_file(prepare):
    um = prepare(f"extension,pin\n2101,{PIN}\n2102,\n2103,$1$abcdefgh$abcdefghijklmnopqrstuv\n"
                 "2104,$2b$17$abcdefghijklmnopqrstuuldX1rvNP6tDIkUu39BV0TwUM6FSnA02\n")
    done = subprocess.run([BUILD / "um-supervisor", "-n", "-c", um.conf], capture_output=True,
                          text=True)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "boxes.csv:2: pin: a PIN in the clear; its hash, as mkpasswd makes it" in said
    assert "boxes.csv:4: pin: not a hash of ours" in said
    assert "boxes.csv:5: pin: a hash that takes too long to check" in said
    assert "boxes.csv:3" not in said
    assert PIN not in said and "abcdefgh" not in said
