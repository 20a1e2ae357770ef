"""Every kind of telephone system, every way it may come by, through recycles: the call that was up before
takes a hold, a resume and a BYE, the next call works the same way, and a call that we hang up hears of
it.  What um-ctl then says of the trunk is the cell of the table below."""

import pytest

from choreography import At5065, At5067, Followed, Known, Looped, Rows, Silent
from harness.evertrunk import Evertrunk
from harness.tls import Pki
from rows import HABITS, SETTINGS, mailbox, profile

WAYS = {"known": Known, "followed": Followed, "silent": Silent, "looped": Looped,
        "at 5065": At5065, "at 5067": At5067}

# How each may come by, a column each: by profile, its first call says that it must be proxied (k); in mode
# auto, 302 followed (f), answered with silence (s), brought back to 5060 (l); aimed at a worker's port (5).
MATRIX = """
CS1000 6                     k  .  .  .  5
CS1000 6 behind SPS          k  .  .  .  5
CS1000 6, its Contact only   k  .  .  .  5
CS1000 6 by NRS              .  f  .  .  .
CS1000 5                     k  .  .  .  5
CS1000 in disguise           .  .  s  .  5
CS1000 in disguise, SPS      .  .  s  .  .
CUCM                         .  f  .  .  5
CUCM early offer             .  f  .  .  .
CUCM by application          .  .  .  l  .
CUCM, TLS                    .  f  .  .  5
IOS                          .  f  s  .  5
CUBE                         .  f  .  .  .
Session Manager              k  f  s  .  5
Session Manager, TLS         k  .  s  .  5
IP Office                    k  f  s  .  5
AudioCodes                   .  f  .  .  5
AudioCodes, 3xxBehavior 1    .  f  .  l  .
AudioCodes, XferPrefix       .  f  .  .  .
AudioCodes, one per call     .  f  .  .  5
AudioCodes, TLS per call     .  f  .  .  5
AudioCodes to its proxy      .  .  .  l  .
AudioCodes to its proxy, 9   .  .  .  l  .
Dialogic IMG                 .  f  s  .  5
Sonus VX                     .  f  .  .  5
Sonus VX, TLS                .  f  .  .  5
MX-ONE                       .  f  s  .  5
chan_sip                     k  .  .  l  5
chan_sip promiscredir        .  f  .  .  .
chan_sip promiscredir, TCP   .  f  .  .  .
pjsip user                   k  .  .  l  5
pjsip uri_pjsip              .  f  .  .  .
FreeSWITCH                   .  f  s  .  5
"""
UNFOLLOWED = ("proxy", "302 not followed")
SHOWN = {"known": ("proxy", "profile"), "followed": ("redirect", ""), "silent": UNFOLLOWED,
         "looped": ("proxy", "came back to the service door")}


def shown(way, row, trunk):
    """(mode, why) that um-ctl has to show.  A call that comes back as a new one, to the number and the port
    of before, is answered, but could be somebody else's: that the 302 was not followed is what decides."""
    if way == "looped" and not HABITS[row].same_call and not HABITS[row].loop_port:
        return UNFOLLOWED
    return SHOWN.get(way, (trunk["mode_now"], ""))


def table():
    """{way: [row, ...]}"""
    found = {way: [] for way in WAYS}
    for line in MATRIX.strip().splitlines():
        row, marks = line[:29].strip(), line[29:].split()
        for way, mark in zip(WAYS, [*marks, marks[-1]]):
            if mark != ".":
                found[way].append(row)
    return found


TABLE = table()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Gives the finished run of a way; each is run once, when its first row is asked for."""
    made, done = [], {}
    pki = Pki(tmp_path_factory.mktemp("pki"))
    pki.ca.issue("pbx", "DNS:pbx.example.com")

    def run(way):
        if way not in done:
            um = Evertrunk(tmp_path_factory.mktemp("um"), {"recording": {"idle_timeout": "60s"}})
            made.append(pki.setup(um))
            rows = Rows(um, {row: WAYS[way] for row in TABLE[way]}, TABLE[way], SETTINGS)
            um.start()
            done[way] = rows.run(HABITS)
        return done[way]

    yield run
    for um in made:
        um.stop()


@pytest.mark.parametrize("way,row", [(way, row) for way in WAYS for row in TABLE[way]])
def test_row(shelf, way, row):
    trunk, called = shelf(way).check(row)
    mode, why = shown(way, row, trunk)
    assert trunk["mode_now"] == mode and why in trunk["why"], trunk
    assert trunk["profile"] == profile(row), trunk
    assert trunk["failures"] == 1, trunk  # the call of the worker that crashed
    assert called == mailbox(row)
