"""Two SIP clients that we did not write leave a message with real audio: baresip (libre) and linphonec
(belle-sip, oRTP)."""

import os
import struct
import subprocess
import time
from pathlib import Path

import pytest

from harness.evertrunk import GREETING_SECONDS, SLOW
from harness.rtp import PCMU, decode, read_wav, share_found, speech, write_wav
from harness.wait import until

QUIET = GREETING_SECONDS + 0.2 + 1.0 * SLOW


def voice(folder, seconds=3.0):
    """A file that is silent until the tone is over and then talks; gives it and what is said."""
    said = decode(PCMU, speech(PCMU, seconds))
    path = folder / "voice.wav"
    write_wav(path, b"\0\0" * int(QUIET * 8000) + said + b"\0\0" * 4000)
    return path, said


def check(um, said, exact):
    found = um.wait_recordings(seconds=10)
    assert len(found) == 1
    rate, bits, channels, samples = read_wav(found[0]["wav"])
    assert (rate, bits, channels) == (8000, 16, 1)
    if exact:
        assert share_found(samples, said) > 0.9
    values = struct.unpack(f"<{len(samples) // 2}h", samples)
    loud = sum(1 for v in values if abs(v) > 1500) / 8000
    assert loud > 1.0, f"{loud:.1f} seconds of it are loud"
    assert um.metrics()['um_calls_ended_total{cause="hangup"}'] == 1


@pytest.mark.parametrize("trunk,transport", [("proxied", "udp"), ("proxied", "tcp"),
                                             ("redirected", "udp"),
                                             ("redirected", "tcp")])
def test_baresip(make, trunk, transport):
    # libre does not bind its TCP connections: they come from 127.0.0.1
    um = make()
    um.configure({f"trunk {trunk}": {"source": f"{getattr(um.block, trunk)} 127.0.0.1"}})
    um.start()
    ip = getattr(um.block, trunk)
    folder = um.folder / "baresip"
    folder.mkdir()
    path, said = voice(um.folder)
    modules = next(Path("/usr/lib").rglob("baresip/modules/g711.so")).parent
    (folder / "contacts").touch()
    (folder / "accounts").write_text(
        f"<sip:2101@{ip};transport={transport}>;regint=0;audio_codecs=PCMU\n")
    (folder / "config").write_text(
        f"poll_method epoll\nsip_listen {ip}:0\naudio_player aubridge,nobody\n"
        f"audio_source aufile,{path}\nausrc_srate 8000\nauplay_srate 8000\nmodule_path {modules}\n"
        "module g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule_tmp account.so\n"
        "module_app menu.so\n")
    done = subprocess.run(
        ["baresip", "-4", "-s", "-n", ip, "-f", folder, "-t", str(int(QUIET + 3 + 2)), "-e",
         f"/dial sip:3500@{um.block.door}:5060"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=60,
        check=False)
    assert "Call established" in done.stdout, done.stdout[-4000:]
    check(um, said, exact=True)


def test_linphonec(um):
    ip = um.block.proxied
    folder = um.folder / "linphone"
    # without a place for its database it never opens a port
    (folder / ".local/share/linphone").mkdir(parents=True)
    path, said = voice(um.folder)
    (folder / "linphonerc").write_text(
        f"[sip]\nbind_address={ip}\nsip_port=5072\nuse_ipv6=0\nipv6_migration_done=1\n"
        f"guess_hostname=0\ncontact=\"L\" <sip:2101@{ip}>\nmedia_encryption=none\n"
        f"[rtp]\naudio_rtp_port=7078\nbind_address={ip}\n")
    client = subprocess.Popen(["linphonec", "-c", folder / "linphonerc"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", cwd=folder,
                              env={**os.environ, "HOME": str(folder)})

    def tell(*commands):
        for command in commands:
            client.stdin.write(command + "\n")
            client.stdin.flush()
    try:
        heard = folder / "heard.wav"
        tell("soundcard use files", f"play {path}", f"record {heard}")
        time.sleep(2 * SLOW)  # it opens its port some time after its prompt
        tell(f"call sip:3500@{um.block.door}:5060")
        until("the call", 15, lambda: um.calls(), step=0.1)
        time.sleep(QUIET + 3.5)
        tell("terminate")
        until("its end", 10, lambda: um.metrics()["um_calls_active"] == 0, step=0.1)
        tell("quit")
        said_by_client, _ = client.communicate(timeout=10)
    finally:
        if client.poll() is None:
            client.kill()
            print(client.communicate()[0])
    assert "Media streams established" in said_by_client, said_by_client[-4000:]
    check(um, said, exact=False)
    assert heard.stat().st_size > 16000, "linphonec heard nothing"
