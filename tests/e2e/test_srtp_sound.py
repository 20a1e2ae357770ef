"""SRTP's sound, with a peer whose every packet the test makes: each suite both ways, hold, a new key,
the rollover of the sequence number; what is forged, changed or sent again; no key in any log."""

import base64

import pytest

from harness.rtp import PCMU, Rtp, decode, loudness, read_wav, share_found, speech
from harness.srtp import SUITES, Crypto, Direction, SecureCaller
from harness.voice import pause, until


def recorded(um):
    """The samples of the one recording."""
    found = um.wait_recordings()
    assert len(found) == 1
    return read_wav(found[0]["wav"])[3]


def refused(um):
    return um.metrics()["um_srtp_refused_packets_total"]


def end(caller):
    caller.rtp.silence(0.3)
    caller.hang_up()
    return recorded(caller.um)


@pytest.mark.parametrize("suite", SUITES)
def test_both_ways(um, suite):
    caller = SecureCaller(um, um.udp(), Crypto(suite)).dial()
    reports = caller.reports()
    caller.listen_to_the_greeting()
    said = speech(PCMU, 2.0)
    caller.rtp.play(said)
    samples = end(caller)
    assert share_found(samples, decode(PCMU, said)) > 0.97
    assert 2.0 <= len(samples) / 16000 <= 3.5
    heard = caller.rtp.heard(PCMU)
    assert caller.wire.forged == 0
    assert all(len(p.payload) == 160 for p in heard)
    assert loudness(PCMU, b"".join(p.payload for p in heard[2:20])) > 2000, "no greeting"
    report = caller.wire.into.unprotect_report(reports.recv(2048))
    assert report[1] in (200, 201), "neither SR nor RR"
    assert refused(um) == 0


def test_reports_in_the_clear(um):
    """As Avaya's SBC and IP Office offer it: sound encrypted, reports signed only.  Their own reports are
    taken, and the answer says that ours come that way too (RFC 4568 6.3.2)."""
    caller = SecureCaller(um, um.udp())
    caller.dial(body=caller.offer().rstrip() + "|2^31 UNENCRYPTED_SRTCP\r\n")
    assert caller.theirs(caller.call.ok).open_reports
    reports = caller.reports()
    caller.listen_to_the_greeting()
    said = speech(PCMU, 2.0)
    caller.rtp.play(said)
    samples = end(caller)
    assert share_found(samples, decode(PCMU, said)) > 0.97
    report = caller.wire.into.unprotect_report(reports.recv(2048))
    assert report[1] in (200, 201) and b"\x81\xca" in report, "a report with its SDES, for all to read"
    assert caller.wire.forged == 0 and refused(um) == 0


def test_a_key_with_a_name(um):
    """Lync and the gateways set up for it name their key in each packet (MKI)."""
    class Named(Direction):
        def protect(self, packet):
            whole = super().protect(packet)
            return whole[:-10] + b"\x00\x00\x01\x02" + whole[-10:]

    caller = SecureCaller(um, um.udp())
    body = caller.offer().replace(caller.crypto.text, caller.crypto.text + "|2^31|258:4")
    caller.dial(body=body)
    assert "|" not in caller.theirs(caller.call.ok).line()
    caller.wire.out = Named(caller.crypto)
    caller.listen_to_the_greeting()
    said = speech(PCMU, 1.5)
    caller.rtp.play(said)
    assert share_found(end(caller), decode(PCMU, said)) > 0.95
    assert refused(um) == 0


def test_the_sequence_number_rolls_over(um):
    caller = SecureCaller(um, um.udp())
    caller.rtp.sequence = 65536 - 90
    caller.dial().listen_to_the_greeting()
    said = speech(PCMU, 2.5)
    caller.rtp.play(said)
    assert caller.rtp.sequence < 1000
    assert share_found(end(caller), decode(PCMU, said)) > 0.97


@pytest.mark.parametrize("form", ["sendonly", "inactive", "c=0.0.0.0"])
def test_hold_and_resume_keep_the_keys(um, form):
    caller = SecureCaller(um, um.udp()).dial().listen_to_the_greeting()
    before, after = speech(PCMU, 1.0, 1), speech(PCMU, 1.0, 2)
    caller.rtp.play(before)
    caller.rtp.silence(0.2)
    body = caller.offer(direction="sendrecv" if "=" in form else form, version=2)
    if "=" in form:
        body = body.replace(f"c=IN IP4 {caller.rtp.ip}", "c=IN IP4 0.0.0.0")
    key = caller.theirs(caller.call.ok).secret
    answer = caller.call.reinvite(body=body)
    assert answer.status == 200 and caller.theirs(answer).secret == key
    pause(0.5)
    answer = caller.call.reinvite(body=caller.offer(version=3))
    assert answer.status == 200 and caller.theirs(answer).secret == key
    caller.rtp.next = None  # the pause is not made up for
    caller.rtp.play(after)
    samples = end(caller)
    for part in before, after:
        assert share_found(samples, decode(PCMU, part)) > 0.9
    assert caller.wire.forged == 0 and refused(um) == 0


def test_a_new_key_leaves_no_gap(um):
    """Their key changes in the middle of a word; ours stays."""
    caller = SecureCaller(um, um.udp()).dial().listen_to_the_greeting()
    said = speech(PCMU, 3.0)
    caller.rtp.play(said[:8000])
    ours = caller.wire.into.crypto.secret
    fresh = Crypto()
    caller.call.cseq += 1
    caller.call.ep.send(caller.call.request("INVITE", body=caller.offer(fresh, version=2)))
    caller.rtp.play(said[8000:9600])  # still with the old key, before the answer and after it
    answer = caller.call.final("INVITE")
    assert answer.status == 200
    caller.call.ack()
    caller.agree(answer, fresh)
    assert caller.wire.into.crypto.secret == ours
    caller.rtp.play(said[9600:])
    assert share_found(end(caller), decode(PCMU, said)) > 0.97
    assert refused(um) == 0


def test_another_suite_takes_new_keys_both_ways(um):
    caller = SecureCaller(um, um.udp()).dial().listen_to_the_greeting()
    parts = [speech(PCMU, 1.0, seed) for seed in (1, 2)]
    caller.rtp.play(parts[0])
    ours = caller.wire.into.crypto.secret
    fresh = Crypto("AES_CM_128_HMAC_SHA1_32", tag=4)
    answer = caller.call.reinvite(body=caller.offer(fresh, version=2))
    assert answer.status == 200
    caller.agree(answer, fresh)
    assert caller.wire.into.crypto.secret != ours
    caller.rtp.play(parts[1])
    samples = end(caller)
    for part in parts:
        assert share_found(samples, decode(PCMU, part)) > 0.9
    assert caller.wire.forged == 0


# ---- enemies


def test_what_is_forged_changed_or_sent_again_is_not_heard(um):
    """From the caller's own address: only the key tells its packets from the others."""
    caller = SecureCaller(um, um.udp()).dial().listen_to_the_greeting()
    rtp, wire = caller.rtp, caller.wire
    said, noise = speech(PCMU, 2.0), speech(PCMU, 2.0, seed=9)
    liar = Direction(Crypto())
    for n, i in enumerate(range(0, len(said), 160)):
        ahead = (rtp.sequence + 1).to_bytes(2, "big")
        head = b"\x80\x00" + ahead + (rtp.timestamp + 160).to_bytes(4, "big") + \
            rtp.ssrc.to_bytes(4, "big")
        wire.plain.sendto(liar.protect(head + noise[i:i + 160]), rtp.remote)
        wire.plain.sendto(head + noise[i:i + 160], rtp.remote)  # plain
        rtp.play(said[i:i + 160])
        good = wire.sent[-1]
        for at in (1, 7, 30, len(good) - 1):
            wire.plain.sendto(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:], rtp.remote)
        wire.plain.sendto(good, rtp.remote)  # twice
        if n > 50:
            wire.plain.sendto(wire.sent[-50], rtp.remote)  # an old one
    samples = end(caller)
    assert share_found(samples, decode(PCMU, said)) > 0.95
    assert share_found(samples, decode(PCMU, noise)) == 0
    assert 2.0 <= len(samples) / 16000 <= 3.5
    # two, four, one a packet, and the old ones
    until("they are counted", 5, lambda: refused(um) == 100 * 7 + 49)
    um.wait_log(r"SRTP AES_CM_128_HMAC_SHA1_80: 749 packets refused")


def test_forged_packets_are_no_sign_of_life(make):
    """They hold up rtp.timeout no more than silence does, and draw no sound to another port."""
    um = make({"rtp": {"timeout": "5s"}}).start()
    caller = SecureCaller(um, um.udp()).dial()
    liar = Rtp(caller.rtp.ip)
    um.closing.append(liar)
    liar.to(caller.rtp.remote)
    for _ in range(80):
        liar.silence(0.1)
        if um.metrics()["um_calls_active"] == 0:
            break
    caller.call.hung_up(2)
    assert not liar.packets, "sound went to a stranger"
    assert caller.rtp.heard(PCMU), "no sound went to the caller"
    until("the cause", 3, lambda: um.metrics()['um_calls_ended_total{cause="timeout"}'] == 1)


# ---- secrets


def test_no_key_is_ever_logged(make):
    um = make({"log": {"level": "debug"}}).start()
    caller = SecureCaller(um, um.udp()).dial()
    fresh = Crypto()
    answer = caller.call.reinvite(body=caller.offer(fresh, version=2))
    keys = [caller.crypto, caller.wire.into.crypto, fresh]
    caller.agree(answer, fresh)
    broken = caller.call.reinvite(body=caller.offer(version=3).replace("AES_CM", "F8"))
    assert broken.status == 488
    caller.call.ack_failure(broken)
    delayed = SecureCaller(um, um.udp())
    delayed.call.invite(body="")
    delayed.call.ack(body=delayed.offer(Crypto(secret=keys[0].secret)))
    delayed.call.hung_up(5)
    caller.hang_up()
    until("the end", 5, lambda: um.metrics()["um_calls_active"] == 0)
    log = um.log
    assert len(log) > 5000, "is it the debug log at all?"
    for key in keys:
        for form in (key.text, key.secret.hex(), base64.b16encode(key.secret).decode(),
                     key.text[:16]):
            assert form not in log


def test_srtp_calls_outlive_a_recycle(um):
    caller = SecureCaller(um, um.udp()).dial().listen_to_the_greeting()
    parts = [speech(PCMU, 1.0, seed) for seed in (1, 2)]
    caller.rtp.play(parts[0])
    um.recycle()
    answer = caller.call.reinvite(body=caller.offer(version=2))
    assert answer.status == 200
    assert caller.theirs(answer).secret == caller.wire.into.crypto.secret
    caller.rtp.play(parts[1])
    samples = end(caller)
    for part in parts:
        assert share_found(samples, decode(PCMU, part)) > 0.9
