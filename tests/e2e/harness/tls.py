"""TLS for the tests: certificates made with the openssl tool, and a PBX's TLS connection."""

import shutil
import socket
import ssl
import subprocess

from .sip import Endpoint, Tcp

EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*words, folder=None, ok=True):
    done = subprocess.run(["openssl", *map(str, words)], cwd=folder, capture_output=True, text=True,
                          timeout=60, check=False)
    assert not ok or done.returncode == 0, done.stderr
    return done


class Authority:
    """A certificate authority in a folder; NAME.pem and NAME.key of whatever it issues lie there."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name, self.serial = folder, name, 1
        folder.mkdir(parents=True, exist_ok=True)
        openssl("req", "-x509", *EC, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", 3650,
                "-subj", f"/CN=Root {name}", folder=folder)

    @property
    def pem(self):
        return self.folder / f"{self.name}.pem"

    def issue_until(self, name, san, end):
        """The same, with its last second: "20301231235959Z"."""
        self.issue(name, san)
        (self.folder / "until.db").write_text("")
        (self.folder / "until.cnf").write_text(
            f"[ca]\ndefault_ca=x\n[x]\ndatabase=until.db\nnew_certs_dir=.\ndefault_md=sha256\n"
            f"rand_serial=yes\npolicy=any\ncertificate={self.pem}\nprivate_key={self.key(self.name)}\n"
            "[any]\ncommonName=supplied\n")
        openssl("ca", "-batch", "-notext", "-config", "until.cnf", "-in", f"{name}.csr", "-extfile",
                f"{name}.ext", "-enddate", end, "-out", f"{name}.pem", folder=self.folder)

    def issue(self, name, san="", subject=None, days=365, extensions="", issuer=None):
        """NAME.pem and NAME.key; `san` as openssl writes it ("DNS:a,IP:192.0.2.1")."""
        issuer = issuer or self.name
        self.serial += 1
        text = extensions + (f"\nsubjectAltName={san}\n" if san else "\n")
        (self.folder / f"{name}.ext").write_text(text)
        openssl("req", *EC, "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", subject or f"/CN={name}", folder=self.folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey",
                f"{issuer}.key", "-set_serial", self.serial, "-days", days, "-extfile",
                f"{name}.ext", "-out", f"{name}.pem", folder=self.folder)
        return self.folder / f"{name}.pem"

    def crl(self, path, *revoked, end=None):
        """A revocation list with these certificates at `path`, renamed into its place; `end`: when it
        ends ("20200101000000Z"), else in ten days."""
        (self.folder / "ca.db").write_text("")
        (self.folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=x\n[x]\ndatabase={self.folder}/ca.db\ndefault_md=sha256\n"
            f"certificate={self.pem}\nprivate_key={self.key(self.name)}\ndefault_crl_days=10\n")
        for name in revoked:
            openssl("ca", "-config", "ca.cnf", "-revoke", f"{name}.pem", folder=self.folder)
        times = ["-crl_lastupdate", "20190101000000Z", "-crl_nextupdate", end] if end else []
        openssl("ca", "-config", "ca.cnf", "-gencrl", *times, "-out", "new.crl", folder=self.folder)
        new = path.with_suffix(".new")
        new.write_bytes((self.folder / "new.crl").read_bytes())
        new.rename(path)

    def key(self, name):
        return self.folder / f"{name}.key"

    def install(self, name, folder, chain=()):
        """Puts a certificate (and its chain) and its key where um.pem and um.key are looked for, each
        renamed into its place."""
        whole = "".join((self.folder / f"{n}.pem").read_text() for n in (name, *chain))
        (folder / "um.key.new").write_text(self.key(name).read_text())
        (folder / "um.key.new").chmod(0o600)
        (folder / "um.key.new").rename(folder / "um.key")
        (folder / "um.pem.new").write_text(whole)
        (folder / "um.pem.new").rename(folder / "um.pem")


class Pki:
    """What most tests need: a root, our certificate, and changes for the configuration."""

    def __init__(self, folder):
        self.folder = folder / "pki"
        self.ca = Authority(self.folder)

    def setup(self, um, transports="udp tcp tls", ca=True, san=None, **tls):
        """Certificate and [tls] of one Evertrunk that is not started yet."""
        self.ca.issue("um", san or f"DNS:um.example.com,IP:{um.block.door}")
        self.ca.install("um", um.folder)
        section = {"certificate": um.folder / "um.pem", "key": um.folder / "um.key", **tls}
        if ca:
            shutil.copy(self.ca.pem, um.folder / "ca.pem")
            section["ca"] = um.folder / "ca.pem"
        um.configure({"listen": {"transports": transports}, "tls": section})
        um.pki = self
        return um

    def client(self, certificate=None, verify=True, version=None):
        """A context for connecting to us, with a client certificate of the root's or of a path."""
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.check_hostname = False
        c.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
        c.load_verify_locations(self.ca.pem)
        if certificate:
            c.load_cert_chain(self.folder / f"{certificate}.pem", self.folder / f"{certificate}.key")
        if version:
            c.minimum_version = c.maximum_version = version
        return c

    def server(self, certificate, ask=True):
        """A context for a PBX that we connect to."""
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(self.folder / f"{certificate}.pem", self.folder / f"{certificate}.key")
        if ask:
            c.load_verify_locations(self.ca.pem)
            c.verify_mode = ssl.CERT_REQUIRED
        return c


class Tls(Tcp):
    """A TLS connection of a PBX."""

    transport = "TLS"

    def __init__(self, ip, to, context, port=0, name=None, session=None):
        Endpoint.__init__(self)
        raw = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.bind((ip, port))
        raw.settimeout(10)
        raw.connect(to)
        self.ip, self.port = raw.getsockname()[:2]
        self.buffer, self.closed = b"", False
        try:
            self.sock = context.wrap_socket(raw, server_hostname=name, session=session)
        except OSError:
            raw.close()
            raise

    @classmethod
    def accepted(cls, sock, context=None):
        sock.settimeout(10)
        self = super().accepted(context.wrap_socket(sock, server_side=True) if context else sock)
        return self

    def _fill(self, seconds):
        try:
            return super()._fill(seconds)
        except (ssl.SSLError, ConnectionError, BrokenPipeError):
            self.closed = True
            return False


def tls(um, context=None, ip=None, to=5061, **how):
    """A TLS connection to a door of `um`, closed with the test."""
    ep = Tls(ip or um.block.proxied, (um.block.door, to), context or um.pki.client(), **how)
    um.closing.append(ep)
    return ep


class Ear:
    """Where a PBX listens for TLS; `accept()` gives the next connection, its handshake done."""

    def __init__(self, um, context, ip=None, port=5061):
        self.um, self.context = um, context
        self.sock = socket.socket(socket.AF_INET6 if ip and ":" in ip else socket.AF_INET)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((ip or um.block.proxied, port))
        self.sock.listen()
        um.closing.append(self)

    def accept(self, seconds=8.0):
        self.sock.settimeout(seconds)
        sock, _ = self.sock.accept()
        ep = Tls.accepted(sock, self.context)
        self.um.closing.append(ep)
        return ep

    def close(self):
        self.sock.close()


def s_client(um, *words, to=5061, say="", seconds=15, bind=None):
    """openssl s_client against a door: what it printed."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"{um.block.door}:{to}", "-bind",
                           f"{bind or um.block.proxied}:0", *map(str, words)], input=say,
                          capture_output=True, text=True, timeout=seconds, check=False)
    return done.stdout + done.stderr
