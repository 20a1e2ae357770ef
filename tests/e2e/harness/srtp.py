"""SRTP and SRTCP (RFC 3711) as a PBX speaks them, made of AES from OpenSSL and Python's HMAC: nothing
of it is the library that Evertrunk uses.  Keys come by a=crypto lines (RFC 4568)."""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import os
import socket
import struct

from .rtp import Rtp
from .sip import media_address, sdp
from .voice import Caller

# suite: (bytes of the key, bytes of the RTP tag)
SUITES = {"AES_CM_128_HMAC_SHA1_80": (16, 10), "AES_CM_128_HMAC_SHA1_32": (16, 4),
          "AES_256_CM_HMAC_SHA1_80": (32, 10), "AES_256_CM_HMAC_SHA1_32": (32, 4)}
USUAL = "AES_CM_128_HMAC_SHA1_80"
SALT, RTCP_TAG = 14, 10

_ssl = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
for _name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_ctr", "EVP_aes_256_ctr"):
    getattr(_ssl, _name).restype = ctypes.c_void_p


def aes_ctr(key, counter, data):
    """AES in counter mode; `counter` is the first block."""
    cipher = _ssl.EVP_aes_128_ctr() if len(key) == 16 else _ssl.EVP_aes_256_ctr()
    context = ctypes.c_void_p(_ssl.EVP_CIPHER_CTX_new())
    out, n = ctypes.create_string_buffer(len(data) + 16), ctypes.c_int()
    good = _ssl.EVP_EncryptInit_ex(context, ctypes.c_void_p(cipher), None, key, counter) == 1
    good = good and _ssl.EVP_EncryptUpdate(context, out, ctypes.byref(n), data, len(data)) == 1
    _ssl.EVP_CIPHER_CTX_free(context)
    assert good and n.value == len(data)
    return out.raw[:n.value]


class Crypto:
    """One a=crypto line: the key that its author sends with."""

    def __init__(self, suite=USUAL, tag=1, secret=None):
        self.suite, self.tag = suite, tag
        self.key_len, self.tag_len = SUITES[suite]
        self.open_reports = False  # UNENCRYPTED_SRTCP
        self.secret = secret or os.urandom(self.key_len + SALT)
        assert len(self.secret) == self.key_len + SALT

    @property
    def text(self):
        """Key and salt as the line says them."""
        return base64.b64encode(self.secret).decode()

    def line(self, more=""):
        return f"a=crypto:{self.tag} {self.suite} inline:{self.text}{more}\r\n"

    @classmethod
    def all_of(cls, text):
        found = []
        for line in text.splitlines():
            if line.startswith("a=crypto:"):
                tag, suite, key, *more = line[len("a=crypto:"):].split()
                assert key.startswith("inline:")
                found.append(cls(suite, int(tag), base64.b64decode(key[7:].split("|")[0])))
                found[-1].open_reports = more == ["UNENCRYPTED_SRTCP"]
                assert found[-1].open_reports or not more, line
        return found


class Forged(Exception):
    """A packet that the key did not make."""


class Direction:
    """One key at work: protects what is sent, or unprotects what comes, one source."""

    def __init__(self, crypto):
        self.crypto = crypto
        self.rtp = [self._derive(label) for label in (0, 1, 2)]
        self.rtcp = [self._derive(label) for label in (3, 4, 5)]
        self.highest = None  # packet index
        self.report_index = 0

    def _derive(self, label):
        """RFC 3711 4.3.1: no renewal."""
        size = {0: self.crypto.key_len, 1: 20, 2: SALT}[label % 3]
        key, salt = self.crypto.secret[:self.crypto.key_len], self.crypto.secret[self.crypto.key_len:]
        x = int.from_bytes(salt, "big") ^ label << 48
        return aes_ctr(key, (x << 16).to_bytes(16, "big"), bytes(size))

    def _cipher(self, keys, ssrc, index, data):
        iv = int.from_bytes(keys[2], "big") << 16 ^ ssrc << 64 ^ index << 16
        return aes_ctr(keys[0], iv.to_bytes(16, "big"), data)

    def _index(self, sequence):
        """RFC 3711 3.3.1: the packet index that is nearest to the highest so far."""
        if self.highest is None:
            return sequence
        around = self.highest & ~0xFFFF
        options = [around + step + sequence for step in (-0x10000, 0, 0x10000)]
        return min((o for o in options if o >= 0), key=lambda o: abs(o - self.highest))

    def _tag(self, packet, index):
        whole = packet + struct.pack("!I", index >> 16)
        return hmac.new(self.rtp[1], whole, hashlib.sha1).digest()[:self.crypto.tag_len]

    @staticmethod
    def _split(packet):
        """(header, payload, sequence, source); our packets have no extension."""
        n = 12 + 4 * (packet[0] & 15)
        return packet[:n], packet[n:], *struct.unpack("!2xH4xI", packet[:12])

    def protect(self, packet):
        head, payload, sequence, ssrc = self._split(packet)
        index = self._index(sequence)
        self.highest = max(index, self.highest or 0)
        packet = head + self._cipher(self.rtp, ssrc, index, payload)
        return packet + self._tag(packet, index)

    def unprotect(self, packet):
        n = self.crypto.tag_len
        packet, tag = packet[:-n], packet[-n:]
        if len(packet) < 12:
            raise Forged
        head, payload, sequence, ssrc = self._split(packet)
        index = self._index(sequence)
        if not hmac.compare_digest(tag, self._tag(packet, index)):
            raise Forged
        self.highest = max(index, self.highest or 0)
        return head + self._cipher(self.rtp, ssrc, index, payload)

    def unprotect_report(self, packet):
        """SRTCP (3.4): an index and 80 bits of tag with any suite."""
        packet, tag = packet[:-RTCP_TAG], packet[-RTCP_TAG:]
        if not hmac.compare_digest(tag,
                                   hmac.new(self.rtcp[1], packet, hashlib.sha1).digest()[:RTCP_TAG]):
            raise Forged
        packet, word = packet[:-4], struct.unpack("!I", packet[-4:])[0]
        assert word >> 31 != self.crypto.open_reports, "encrypted or not, and should be otherwise"
        if self.crypto.open_reports:
            return packet
        ssrc = struct.unpack("!I", packet[4:8])[0]
        return packet[:8] + self._cipher(self.rtcp, ssrc, word & 0x7FFFFFFF, packet[8:])


class SecureSocket:
    """A socket that protects what it sends and hands on only what is genuine."""

    def __init__(self, plain):
        self.plain = plain
        self.out = self.into = None  # a Direction each; None: plain RTP
        self.forged = 0
        self.sent = []  # as it went out

    def sendto(self, data, address):
        data = self.out.protect(data) if self.out and data else data
        self.sent.append(data)
        return self.plain.sendto(data, address)

    def recvfrom(self, size):
        data, sender = self.plain.recvfrom(size)
        try:
            return (self.into.unprotect(data) if self.into and data else data), sender
        except Forged:
            self.forged += 1
            raise socket.timeout("forged") from None

    def __getattr__(self, name):
        return getattr(self.plain, name)


class SecureRtp(Rtp):
    """An RTP port whose socket is a SecureSocket from its first packet on."""

    sock = property(lambda self: self.wire,
                    lambda self, plain: setattr(self, "wire", SecureSocket(plain)))


def secure(body, *cryptos, more=""):
    """A usual offer or answer, as RTP/SAVP with these keys."""
    return body.replace("RTP/AVP", "RTP/SAVP") + "".join(c.line(more) for c in cryptos)


class SecureCaller(Caller):
    """A caller whose sound is encrypted; `crypto` is the key it sends with."""

    def __init__(self, um, endpoint, crypto=None, **how):
        super().__init__(um, endpoint, rtp=SecureRtp, **how)
        self.crypto = crypto or Crypto()
        self.wire = self.rtp.wire

    def offer(self, *cryptos, **how):
        """An offer with our key, or those given."""
        how.setdefault("payloads", self.payloads)
        return secure(sdp(self.rtp.ip, self.rtp.port, **how), *(cryptos or (self.crypto,)))

    def agree(self, answer, crypto=None):
        """Takes both keys into use: ours, and the one that the answer (or offer) says."""
        if crypto:
            self.crypto = crypto
        if not self.wire.out or self.wire.out.crypto is not self.crypto:
            self.wire.out = Direction(self.crypto)
        theirs = self.theirs(answer)
        if not self.wire.into or self.wire.into.crypto.secret != theirs.secret:
            self.wire.into = Direction(theirs)

    def theirs(self, answer):
        """The one key that a session description of Evertrunk says."""
        text = answer.body.decode()
        assert " RTP/SAVP " in text, text
        found = [c for c in Crypto.all_of(text) if c.tag == self.crypto.tag]
        assert len(found) == 1 and found[0].suite == self.crypto.suite, text
        assert found[0].secret != self.crypto.secret
        return found[0]

    def dial(self, body=None, **how):
        answer = self.call.invite(body=body or self.offer(), **how)
        assert answer.status == 200, answer
        assert len(Crypto.all_of(answer.body.decode())) == 1, answer
        self.agree(answer)
        self.call.ack()
        self.rtp.to(media_address(answer))
        return self

    def reports(self):
        """A socket for the reports that come to the port beside ours."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((self.rtp.ip, self.rtp.port + 1))
        sock.settimeout(5)
        self.um.closing.append(sock)
        return sock


__all__ = ["Crypto", "Direction", "Forged", "Rtp", "SecureCaller", "secure", "SUITES", "USUAL"]
