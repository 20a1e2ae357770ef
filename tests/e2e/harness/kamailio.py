"""Kamailio as the proxy server in front of us: record-routing, with transactions, between a PBX side and a
trunk side of transports of their own.  Configuration and processes are one test's own."""

import os
import signal
import subprocess
from pathlib import Path

from .sip import Call, Udp
from .wait import until

CONFIGURATION = """
debug=1
log_stderror=yes
children=2
tcp_children=2
tcp_connection_lifetime=3600
tcp_source_ipv4={ip}
listen=udp:{ip}:5060
listen=tcp:{ip}:5060
mpath="{modules}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "acc.so"
loadmodule "uac_redirect.so"
modparam("rr", "enable_full_lr", 0)
modparam("rr", "add_username", {username})
modparam("tm", "fr_timer", 10000)
{tls}
request_route {{
    if (!mf_process_maxfwd_header("70")) {{
        sl_send_reply("483", "Too Many Hops");
        exit;
    }}
    if (is_method("OPTIONS") && uri == myself) {{
        sl_send_reply("200", "OK");
        exit;
    }}
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    if (has_totag()) {{
        loose_route();
        if ($du == $null && $(ru{{uri.param,maddr}}) != "")
            $du = "sip:" + $(ru{{uri.param,maddr}}) + ":" + $rp + ";transport=" + $rP;
        if (!t_relay()) sl_reply_error();
        exit;
    }}
    if (!t_newtran()) {{
        exit;
    }}
    if (is_method("INVITE")) record_route();
    $du = "sip:{door}:{port};transport={transport}";
    {follow}
    t_relay();
}}

failure_route[REDIRECTED] {{
    if (t_check_status("3[0-9][0-9]") && get_redirects("*")) {{
        t_on_branch("CONTACT");
        t_relay();
    }}
}}

branch_route[CONTACT] {{
    if ($(ru{{uri.param,maddr}}) != "")
        $du = "sip:" + $(ru{{uri.param,maddr}}) + ":" + $rp + ";transport=" + $rP;
}}
"""

# Both ends show a certificate, and look at the other's.
TLS = """
enable_tls=yes
listen=tls:{ip}:5061
loadmodule "tls.so"
modparam("tls", "config", "{folder}/tls.cfg")
"""
TLS_CFG = """
[server:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = {key}
certificate = {certificate}
ca_list = {ca}
[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = {key}
certificate = {certificate}
ca_list = {ca}
"""


class Kamailio:
    """At `ip`:5060, in front of the door at `port`, which it reaches by `transport`.  `certificate`: the
    name of one of um.pki, for TLS at 5061, too."""

    def __init__(self, um, ip, transport="tcp", port=5060, follow=False, username=False, certificate=None):
        self.um, self.ip = um, ip
        self.folder = um.folder / f"kamailio-{ip}"
        self.folder.mkdir(exist_ok=True)
        if certificate:
            (self.folder / "tls.cfg").write_text(TLS_CFG.format(
                key=um.pki.ca.key(certificate), certificate=um.pki.folder / f"{certificate}.pem",
                ca=um.pki.ca.pem))
        modules = next(Path("/usr/lib").glob("*/kamailio/modules/tm.so")).parent
        (self.folder / "kamailio.cfg").write_text(CONFIGURATION.format(
            ip=ip, modules=modules, door=um.block.door, port=port, transport=transport,
            follow='t_on_failure("REDIRECTED");' if follow else "", username=int(username),
            tls=TLS.format(ip=ip, folder=self.folder) if certificate else ""))
        self.process = None
        um.closing.append(self)

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            ["kamailio", "-DD", "-E", "-f", self.folder / "kamailio.cfg", "-Y", self.folder, "-m", "32",
             "-M", "4", "-L", modules_of(self.folder)], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, start_new_session=True,
            env={**os.environ, "KAMAILIO_RUNDIR": str(self.folder)})
        until(f"Kamailio answers: {self.folder / 'log'}", 10, self.answers, step=0.05)
        return self

    def answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
        ping = Udp(self.um.block.ip(251), (self.ip, 5060))
        try:
            call = Call(ping, host=self.ip)
            ping.send(call.request("OPTIONS"))
            return call.final("OPTIONS", 0.2).status == 200
        except AssertionError:
            return False
        finally:
            ping.close()

    def close(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.log.close()

    def restart(self):
        """Gone with all its connections and transactions, and there again."""
        self.close()
        return self.start()


def modules_of(folder):
    for line in (folder / "kamailio.cfg").read_text().splitlines():
        if line.startswith("mpath="):
            return line.split('"')[1]
    raise AssertionError("no mpath")
