"""The real Dovecot, with a configuration of its own, serving a folder of Maildirs by IMAP."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import procs
from .wait import until

CONF = """
base_dir = {run}
state_dir = {run}
log_path = {folder}/dovecot.log
protocols = imap
listen = {address}
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
mail_location = maildir:{root}/%n
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 1143
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%n
}}
"""


# One login that opens everybody's mailbox, as "anna*evertrunk".
MASTER = """
auth_master_user_separator = *
passdb {{
  driver = passwd-file
  master = yes
  args = {folder}/masters
}}
"""
TLS = """
ssl = required
ssl_cert = <{cert}
ssl_key = <{key}
"""


class Dovecot:
    """`owner`: whose the Maildirs are, if not ours; `master`: the password of master user evertrunk;
    `tls`: files of a certificate and its key."""

    def __init__(self, folder, address, root, owner=None, master=None, tls=None):
        self.folder, self.address = Path(folder), address
        self.folder.mkdir(parents=True)
        self.run = Path(tempfile.mkdtemp(prefix="evt-dovecot-"))  # its sockets have short names
        user, uid, gid, command = getpass.getuser(), os.getuid(), os.getgid(), []
        if owner is not None:
            user, uid, gid = owner, *pwd.getpwnam(owner)[2:4]
            command = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
            for path in (self.folder, self.run):
                os.chown(path, uid, gid)
        elif uid == 0:
            # It refuses to read mail as root: what is root's is the user's dovecot in a namespace.
            user, (uid, gid) = "dovecot", pwd.getpwnam("dovecot")[2:4]
            command = ["unshare", "--user", f"--map-user={uid}", f"--map-group={gid}"]
        conf = self.folder / "dovecot.conf"
        more = ""
        if master:
            (self.folder / "masters").write_text(f"evertrunk:{{PLAIN}}{master}\n")
            more = MASTER.format(folder=self.folder)
        text = CONF if tls is None else CONF.replace("ssl = no\n", "")
        if tls:
            names = [self.folder / "tls.pem", self.folder / "tls.key"]
            for name, source in zip(names, tls):
                shutil.copy(source, name)
                os.chown(name, uid, gid)
            more += TLS.format(cert=names[0], key=names[1])
        conf.write_text(more + text.format(run=self.run, folder=self.folder, address=address, root=root,
                                    user=user, group=grp.getgrgid(gid).gr_name, uid=uid, gid=gid))
        program = shutil.which("dovecot", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen([*command, program, "-F", "-c", conf],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)

    def login(self, user):
        """An IMAP connection of this user."""
        def attempt():
            assert self.process.poll() is None, (self.process.stderr.read(), self.log)
            try:
                imap = imaplib.IMAP4(self.address, 1143, timeout=5)
                imap.login(user, "secret")
                return imap
            except OSError:
                return None
        return until(f"Dovecot lets {user} in", 10, attempt)

    @property
    def log(self):
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self):
        procs.end(self.process, 10)
        self.process.stderr.close()
        shutil.rmtree(self.run, ignore_errors=True)
