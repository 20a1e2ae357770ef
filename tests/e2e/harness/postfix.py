"""A Postfix of a test's own: its configuration, queue and mailboxes in one folder, on one address of the
test's block.  Needs root, as Postfix does."""

import email
import email.policy
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .wait import until

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
virtual_mailbox_domains = example.com
virtual_mailbox_maps = texthash:{folder}/etc/boxes
virtual_mailbox_base = {folder}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
minimal_backoff_time = 1s
in_flow_delay = 0
smtpd_client_port_logging = yes
"""

# service type private unpriv chroot wakeup maxproc command
MASTER = """
{ip}:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

SASL = """pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {folder}/etc/sasldb2
mech_list: PLAIN LOGIN
"""


class Postfix:
    """`settings`: further lines of main.cf, each a parameter."""

    def __init__(self, ip, port=2525, boxes=("anna", "bob", "voicemail"), service="", **settings):
        assert os.geteuid() == 0, "Postfix can only be started by root"
        self.ip, self.port, self.running = ip, port, False
        # not pytest's folder, which only root may enter
        self.folder = Path(tempfile.mkdtemp(prefix="evt-postfix-"))
        self.folder.chmod(0o755)
        owner = pwd.getpwnam("nobody")
        for name in ("etc", "queue", "data", "mail"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", owner.pw_uid, owner.pw_gid)
        etc = self.folder / "etc"
        text = MAIN.format(folder=self.folder, ip=ip, uid=owner.pw_uid, gid=owner.pw_gid)
        (etc / "main.cf").write_text(
            text + "".join(f"{k} = {v}\n" for k, v in settings.items()).replace(
                "{folder}", str(self.folder)))
        (etc / "master.cf").write_text(MASTER.format(ip=ip, port=port) + service)
        (etc / "boxes").write_text("".join(f"{b}@example.com {b}/\n" for b in boxes))
        (etc / "sasl").mkdir()
        (etc / "sasl" / "smtpd.conf").write_text(SASL.format(folder=self.folder))

    @property
    def host(self):
        return f"{self.ip}:{self.port}"

    def _postfix(self, word):
        return subprocess.run(["postfix", "-c", self.folder / "etc", word], capture_output=True,
                              text=True, timeout=60, check=False)

    def start(self):
        done = self._postfix("start")
        assert done.returncode == 0, done.stderr + done.stdout + self.log()
        self.running = True
        return self

    def stop(self):
        if self.running:
            self._postfix("stop")
            self.running = False

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def user(self, name, password):
        """Somebody who may log in (AUTH)."""
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", self.folder / "etc" / "sasldb2",
                        "-u", "mx.example.com", name], input=password, text=True, check=True,
                       timeout=20)
        shutil.chown(self.folder / "etc" / "sasldb2", "postfix")

    def log(self):
        return (self.folder / "log").read_text()

    def mails(self, box):
        """What lies in a mailbox, oldest first, as parsed messages with `path`."""
        found = []
        for path in sorted((self.folder / "mail" / box / "new").glob("*"),
                           key=lambda p: p.stat().st_mtime_ns):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            message.path = path
            found.append(message)
        return found

    def mail(self, box, count=1, within=10):
        """The mails of a box when there are `count`, and not more a moment later."""
        until(f"{count} mails for {box}", within, lambda: len(self.mails(box)) >= count)
        time.sleep(0.05)
        found = self.mails(box)
        assert len(found) == count, [m["Message-ID"] for m in found]
        return found

    def connections(self):
        return sum(" connect from " in line for line in self.log().splitlines())
