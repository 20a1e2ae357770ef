"""What both telephones (baresip, linphonec) are put through: a message with real audio both ways."""

import time

from harness.evertrunk import SLOW
from harness.rtp import PCMU, decode, read_wav, speech, write_wav
from harness.sound import Found, strength
from harness.wait import until

GREETING, TONE, SAID = 1.5, 0.2, 2.0
TONE_HERTZ = 1000
LENGTH = 0.1 * SLOW  # how far a recording's length may be from the call's

WAYS = [(trunk, transport) for trunk in ("proxied", "redirected") for transport in ("udp", "tcp")]


class Stage:
    """An Evertrunk whose greeting never repeats, and a telephone that talks after the tone."""

    def __init__(self, make, telephone, trunk, transport, pause=0.3, tail=0.2):
        um = self.um = make()
        ip = getattr(um.block, trunk)
        # neither library binds its TCP connections: they come from 127.0.0.1
        um.configure({f"trunk {trunk}": {"source": f"{ip} 127.0.0.1"},
                      "recording": {"idle_timeout": "20s"}})
        self.greeting = decode(PCMU, speech(PCMU, GREETING, 7))
        write_wav(um.folder / "greeting.wav", self.greeting)
        self.said = decode(PCMU, speech(PCMU, SAID, 1))
        self.before = GREETING + TONE + pause * SLOW
        plays = um.folder / "plays.wav"
        write_wav(plays, b"\0\0" * int(self.before * 8000) + self.said + b"\0\0" * 80000)
        um.start().wait_standby()
        self.phone = telephone(um, ip, plays, transport).start()
        port = 5061 if transport == "tls" else 5060
        transport = "" if transport == "udp" else f";transport={transport}"
        self.uri = f"sip:3500@{um.block.door}:{port}{transport}"
        self.call_seconds = self.before + SAID + tail

    def message(self, recycle_after=None):
        """A call with a message; gives its length in seconds."""
        up = self.phone.dial(self.uri)
        if recycle_after is not None:
            time.sleep(recycle_after)
            self.um.recycle()
        time.sleep(max(0, up + self.call_seconds - time.monotonic()))
        down = self.phone.hang_up()
        until("its end", 5 * SLOW, lambda: self.um.metrics()["um_calls_active"] == 0)
        return down - up

    def recorded(self, length):
        """The one recording: its length is the call's without greeting and tone, and all that was said
        stands in it in one piece."""
        recordings = self.um.wait_recordings(seconds=5)
        assert len(recordings) == 1, recordings
        rate, bits, channels, samples = read_wav(recordings[0]["wav"])
        assert (rate, bits, channels) == (8000, 16, 1)
        seconds = len(samples) / 16000
        assert abs(seconds - (length - GREETING - TONE)) <= LENGTH, (seconds, length)
        found = Found(samples, self.said)
        assert found.share == 1.0 and len(found.runs) == 1, found
        assert abs(found.stretch) < 0.001, found

    def heard(self, samples, share):
        """The greeting stands in what the telephone heard, in one piece, and the tone right behind it."""
        found = Found(samples, self.greeting)
        assert found.share >= share and abs(found.stretch) <= LENGTH, found
        at, where = found.at[-1]
        end = int((where + GREETING - at) * 8000) * 2
        tone = samples[end + 800:end + int(TONE * 16000) - 800]  # 50 ms in from both ends
        assert strength(tone, TONE_HERTZ) > 0.9, strength(tone, TONE_HERTZ)
        assert strength(samples[:end], TONE_HERTZ) < 0.1


def settled(um, calls):
    """Each call hung up by the telephone, none of them hurt by the recycle."""
    until("each call hung up by the telephone", 5 * SLOW,
          lambda: um.metrics()['um_calls_ended_total{cause="hangup"}'] == calls)
    until("the ledger", 5 * SLOW, lambda: um.history()[0]["result"] == "done")
    assert all((l["cut"], l["lost"]) == (0, 0) for l in um.history())
