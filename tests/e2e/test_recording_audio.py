"""What the caller says is what lies in the spool, sample by sample, in both laws; what comes before
the tone is not recorded; the caller hears greeting and tone at a steady 20 ms."""

import random

import pytest

from harness.evertrunk import GREETING_SECONDS, SLOW
from harness.rtp import PCMA, PCMU, Rtp, decode, loudness, read_wav, share_found, speech
from harness.voice import Caller, answered_codec
from harness.wait import until

LAWS = {"PCMU": (PCMU, "0 8 101"), "PCMA": (PCMA, "8 0 101"), "PCMA only": (PCMA, "8")}


@pytest.mark.parametrize("law", LAWS)
def test_recording_equals_what_was_played(um, law):
    codec, payloads = LAWS[law]
    caller = Caller(um, um.udp(), codec=codec, payloads=payloads)
    said = caller.leave_message(seconds=3.0)
    assert answered_codec(caller.call.ok) == codec
    found = um.wait_recordings()
    assert len(found) == 1
    rate, bits, channels, samples = read_wav(found[0]["wav"])
    assert (rate, bits, channels) == (8000, 16, 1)
    share = share_found(samples, decode(codec, said))
    assert share > (0.97 if SLOW == 1 else 0.9), f"{share:.0%} of what was said"
    seconds = len(samples) / 16000
    assert 3.0 <= seconds <= 3.0 + 1.5 * SLOW
    assert abs(float(found[0]["Duration"]) - seconds) <= 1


def test_what_is_said_into_the_greeting_is_not_recorded(um):
    caller = Caller(um, um.udp()).dial()
    into = speech(PCMU, GREETING_SECONDS - 0.2, seed=7)
    caller.rtp.play(into)
    caller.listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 1.5))
    caller.hang_up()
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    assert share_found(samples, decode(PCMU, into)) == 0


def first_talkspurt(packets):
    """The packets up to the first gap in their timestamps, and the rest."""
    for i, (a, b) in enumerate(zip(packets, packets[1:]), 1):
        if b.timestamp - a.timestamp != 160:
            return packets[:i], packets[i:]
    return packets, []


def test_the_caller_hears_greeting_and_tone_at_a_steady_pace(um):
    caller = Caller(um, um.udp()).dial().listen_to_the_greeting()
    caller.rtp.silence(1.0)
    caller.hang_up()
    heard = caller.rtp.heard(PCMU)
    heard, after = first_talkspurt(heard)
    assert len(heard) >= 50 * (GREETING_SECONDS + 0.2), "a gap in greeting or tone"
    assert len(after) <= 2, "while it only listens, a packet a second is enough"
    assert all(p.marker for p in after), "each begins a talkspurt of its own"
    assert all(len(p.payload) == 160 for p in heard)
    assert len({p.ssrc for p in heard}) == 1
    steps = {(b.sequence - a.sequence) & 0xFFFF for a, b in zip(heard, heard[1:])}
    assert steps == {1}, f"sequence numbers step by {steps}"
    whole = heard[-1].time - heard[0].time
    assert abs(whole - 0.02 * (len(heard) - 1)) < 0.1 * SLOW, "the pace drifts"
    greeting = b"".join(p.payload for p in heard[2:20])
    assert loudness(PCMU, greeting) > 2000, "no greeting"


def test_too_short_is_no_message(um):
    caller = Caller(um, um.udp()).dial()
    caller.rtp.silence(GREETING_SECONDS + 0.2)
    caller.rtp.play(speech(PCMU, 0.3))
    caller.hang_up()
    until("the call's end", 5, lambda: um.metrics()["um_calls_active"] == 0)
    assert um.recordings() == []
    assert not list(um.spool.glob("*")), "something is left of it"


def test_what_strangers_send_to_our_port_is_not_heard(um):
    """Once the PBX has spoken, packets from elsewhere are not mixed in, and garbage harms nobody."""
    caller = Caller(um, um.udp()).dial().listen_to_the_greeting()
    stranger = Rtp(um.block.ip(41)).to(caller.rtp.remote)
    um.closing.append(stranger)
    said, noise, dice = speech(PCMU, 2.0), speech(PCMU, 2.0, seed=5), random.Random(1)
    for i in range(0, len(said), 160):
        stranger.packet(noise[i:i + 160], PCMU)
        stranger.timestamp += 160
        for size in (0, 1, 11, 12, 13, 200, 1500):
            stranger.sock.sendto(dice.randbytes(size), caller.rtp.remote)
            caller.rtp.sock.sendto(dice.randbytes(size % 12), caller.rtp.remote)
        caller.rtp.play(said[i:i + 160])
    caller.rtp.silence(0.3)
    caller.hang_up()
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    assert share_found(samples, decode(PCMU, said)) > 0.9
    assert share_found(samples, decode(PCMU, noise)) == 0


def test_lost_packets_leave_no_hole_in_time(um):
    """Every tenth packet is missing: the rest stays in its place, loss is concealed."""
    caller = Caller(um, um.udp()).dial().listen_to_the_greeting()
    said = speech(PCMU, 3.0)
    rtp = caller.rtp
    for n, i in enumerate(range(0, len(said), 160)):
        rtp._pace()
        if n % 10 == 5:
            rtp.sequence = (rtp.sequence + 1) & 0xFFFF
        else:
            rtp.packet(said[i:i + 160], PCMU)
        rtp.timestamp = (rtp.timestamp + 160) & 0xFFFFFFFF
    rtp.silence(0.3)
    caller.hang_up()
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    share = share_found(samples, decode(PCMU, said), step=320)
    assert share > 0.75, f"{share:.0%} in place"
    assert um.metrics()["um_rtp_lost_packets_total"] >= 10


def test_packets_out_of_order_and_twice(um):
    caller = Caller(um, um.udp()).dial().listen_to_the_greeting()
    said = speech(PCMU, 2.0)
    rtp = caller.rtp
    pieces = [said[i:i + 160] for i in range(0, len(said), 160)]
    for n in range(0, len(pieces) - 1, 2):
        rtp._pace()
        rtp._pace()
        seq, ts = rtp.sequence, rtp.timestamp
        rtp.packet(pieces[n + 1], PCMU, sequence=(seq + 1) & 0xFFFF, timestamp=ts + 160)
        rtp.packet(pieces[n], PCMU, sequence=seq, timestamp=ts)
        rtp.packet(pieces[n], PCMU, sequence=seq, timestamp=ts)
        rtp.sequence, rtp.timestamp = (seq + 2) & 0xFFFF, (ts + 320) & 0xFFFFFFFF
    rtp.silence(0.3)
    caller.hang_up()
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    share = share_found(samples, decode(PCMU, said))
    assert share > 0.9, f"{share:.0%} in place"
