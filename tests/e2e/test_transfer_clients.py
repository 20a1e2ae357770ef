"""Two SIP clients that we did not write are transferred: baresip (libre) and linphonec (belle-sip) follow
our REFER and call the operator, whom a socket of the test plays."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from harness.evertrunk import SLOW
from harness.sip import Udp, sdp
from harness.wait import until


@pytest.fixture
def operated(make):
    """An Evertrunk whose operator is an endpoint of this test."""
    um = make({"call": {"operator": "700"}})
    operator = Udp(um.block.ip(30), (um.block.door, 5060), 5070)
    um.closing.append(operator)
    um.configure({"trunk proxied": {"address": f"{um.block.ip(30)}:5070"}})
    return um.start(), operator


def answered_by(operator, referrer):
    """The call that the REFER led to, answered; gives its INVITE."""
    invite = operator.recv(15, lambda m: m.method == "INVITE" and not m.status, "the operator's call")
    assert invite.uri.startswith("sip:700@"), invite.uri
    assert referrer in invite.get("Referred-By") or not invite.get("Referred-By")
    via = invite.get("Via").split()[1].split(";")[0]
    host, _, port = via.partition(":")
    operator.to = (host, int(port or 5060))
    body = sdp(operator.ip, 40002, payloads="0")
    operator.answer(invite, extra=f"Contact: <sip:700@{operator.ip}:5070>\r\n"
                                  f"Content-Type: application/sdp\r\n", body=body)
    return invite


def check(um):
    until("transferred", 15, lambda: um.metrics()['um_calls_ended_total{cause="transferred"}'] == 1)
    assert not um.calls()


def test_baresip(operated):
    um, operator = operated
    ip = um.block.proxied
    folder = um.folder / "baresip"
    folder.mkdir()
    modules = next(Path("/usr/lib").rglob("baresip/modules/g711.so")).parent
    (folder / "contacts").touch()
    (folder / "accounts").write_text(f"<sip:2101@{ip};transport=udp>;regint=0;audio_codecs=PCMU\n")
    (folder / "config").write_text(
        f"poll_method epoll\nsip_listen {ip}:0\naudio_player aubridge,nobody\n"
        f"audio_source aubridge,nobody\nausrc_srate 8000\nauplay_srate 8000\nmodule_path {modules}\n"
        f"module g711.so\nmodule aubridge.so\nmodule_tmp account.so\nctrl_tcp_listen {ip}:4444\n"
        "module_app menu.so\nmodule_app ctrl_tcp.so\n")
    client = subprocess.Popen(
        ["baresip", "-4", "-n", ip, "-f", folder, "-t", "40", "-e",
         f"/dial sip:3500@{um.block.door}:5060"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace")
    try:
        until("the call", 10, lambda: um.calls(), step=0.1)
        with socket.create_connection((ip, 4444), 5) as control:
            time.sleep(0.5 * SLOW)  # its sound flows
            text = json.dumps({"command": "sndcode", "params": "0"})
            control.sendall(f"{len(text)}:{text},".encode())
            answered_by(operator, "sip:3500@")
            check(um)
    finally:
        client.kill()
        print(client.communicate()[0][-4000:])


def test_linphonec(operated):
    um, operator = operated
    ip = um.block.proxied
    folder = um.folder / "linphone"
    (folder / ".local/share/linphone").mkdir(parents=True)
    (folder / "linphonerc").write_text(
        f"[sip]\nbind_address={ip}\nsip_port=5072\nuse_ipv6=0\nipv6_migration_done=1\n"
        f"guess_hostname=0\ncontact=\"L\" <sip:2101@{ip}>\nmedia_encryption=none\n"
        f"[rtp]\naudio_rtp_port=7078\nbind_address={ip}\n")
    client = subprocess.Popen(["linphonec", "-c", folder / "linphonerc"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", cwd=folder, env={**os.environ, "HOME": str(folder)})

    def tell(*commands):
        for command in commands:
            client.stdin.write(command + "\n")
            client.stdin.flush()
    try:
        tell("soundcard use files")
        time.sleep(2 * SLOW)  # it opens its port some time after its prompt
        tell(f"call sip:3500@{um.block.door}:5060")
        until("the call", 15, lambda: um.calls(), step=0.1)
        time.sleep(1 * SLOW)
        tell("0")
        answered_by(operator, "sip:3500@")
        check(um)
        tell("terminate all", "quit")
    finally:
        client.kill()
        print(client.communicate()[0][-4000:])
