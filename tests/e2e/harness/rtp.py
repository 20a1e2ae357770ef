"""RTP as a PBX sends and hears it: G.711 at an absolute 20 ms pace, digits after RFC 4733, and what
came back, packet by packet."""

import math
import random
import socket
import struct
import threading
import time
import wave
from collections import namedtuple

PCMU, PCMA, DTMF = 0, 8, 101
SAMPLES = 160  # of 20 ms
SILENCE = {PCMU: b"\xff", PCMA: b"\xd5"}

Packet = namedtuple("Packet", "time payload_type marker sequence timestamp ssrc payload")


def _ulaw(u):
    u = ~u & 0xFF
    t = (((u & 0x0F) << 3) + 0x84) << ((u & 0x70) >> 4)
    return 0x84 - t if u & 0x80 else t - 0x84


def _alaw(a):
    a ^= 0x55
    t, segment = (a & 0x0F) << 4, (a & 0x70) >> 4
    t = t + 8 if segment == 0 else (t + 0x108) << (segment - 1)
    return t if a & 0x80 else -t


TABLE = {PCMU: [_ulaw(i) for i in range(256)], PCMA: [_alaw(i) for i in range(256)]}


def decode(codec, octets):
    """G.711 to 16-bit samples (ITU-T G.191), as little-endian bytes."""
    table = TABLE[codec]
    return struct.pack(f"<{len(octets)}h", *(table[o] for o in octets))


def speech(codec, seconds, seed=1):
    """Loud noise that never repeats: every 20 ms of it is found in a recording at one place only."""
    dice = random.Random(seed)
    # both laws keep the loudest segments in the codes 0x00-0x3f and 0x80-0xbf of their own coding
    flip = 0 if codec == PCMU else 0x55
    loud = [c for c in range(256) if 2000 < abs(TABLE[codec][c]) < 12000] or [flip]
    return bytes(dice.choice(loud) for _ in range(int(seconds * 8000)))


class Rtp:
    """One RTP port of the PBX.  Hears from the start; sends when told to."""

    def __init__(self, ip, port=0):
        self.sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET,
                                  socket.SOCK_DGRAM)
        self.sock.bind((ip, port))
        self.ip, self.port = self.sock.getsockname()[:2]
        self.remote = None
        self.packets = []
        self.senders = set()  # addresses that packets came from
        self.sequence, self.timestamp = random.randrange(60000), random.randrange(1 << 31)
        self.ssrc = random.randrange(1 << 32)
        self.next = None
        self.sock.settimeout(0.2)
        self.running = True
        self.thread = threading.Thread(target=self._hear, daemon=True)
        self.thread.start()

    def _hear(self):
        while self.running:
            try:
                data, sender = self.sock.recvfrom(2048)
            except (TimeoutError, socket.timeout, ConnectionRefusedError):
                continue
            except OSError:
                return
            if len(data) >= 12 and data[0] >> 6 == 2:
                self.senders.add(sender[0])
                first, second, seq, ts, ssrc = struct.unpack("!BBHII", data[:12])
                self.packets.append(Packet(time.monotonic(), second & 0x7F, bool(second & 0x80), seq,
                                           ts, ssrc, data[12 + 4 * (first & 15):]))

    def to(self, address):
        self.remote = address
        return self

    def packet(self, payload, payload_type, marker=False, sequence=None, timestamp=None):
        header = struct.pack("!BBHII", 0x80, payload_type | (0x80 if marker else 0),
                             self.sequence if sequence is None else sequence,
                             self.timestamp if timestamp is None else timestamp, self.ssrc)
        self.sock.sendto(header + payload, self.remote)
        if sequence is None:
            self.sequence = (self.sequence + 1) & 0xFFFF

    def _pace(self, seconds=0.02):
        """Waits for this packet's turn; a pause of the sender starts a new pace."""
        now = time.monotonic()
        if self.next is None or now - self.next > 0.5:
            self.next = now
        if self.next > now:
            time.sleep(self.next - now)
        self.next += seconds

    def play(self, octets, codec=PCMU, samples=SAMPLES):
        """Sends G.711 in packets of 20 ms (or of so many samples), in real time."""
        for i in range(0, len(octets), samples):
            chunk = octets[i:i + samples]
            self._pace(samples / 8000)
            self.packet(chunk, codec)
            self.timestamp = (self.timestamp + len(chunk)) & 0xFFFFFFFF

    def silence(self, seconds, codec=PCMU):
        self.play(SILENCE[codec] * int(seconds * 8000), codec)

    def digit(self, key, milliseconds=100, payload_type=DTMF):
        """A key after RFC 4733 2.5: growing durations, the end said three times."""
        event = "0123456789*#ABCD".index(key)
        total = milliseconds // 20
        for i in range(1, total + 1):
            self._pace()
            self.packet(struct.pack("!BBH", event, 10, i * SAMPLES), payload_type, marker=i == 1)
        for _ in range(3):
            self.packet(struct.pack("!BBH", event, 0x80 | 10, total * SAMPLES), payload_type)
        self.timestamp = (self.timestamp + total * SAMPLES) & 0xFFFFFFFF

    def heard(self, payload_type=None):
        return [p for p in list(self.packets)
                if payload_type is None or p.payload_type == payload_type]

    def close(self):
        self.running = False
        try:
            self.sock.sendto(b"", self.sock.getsockname()[:2])  # wakes its ear
        except OSError:
            pass
        self.thread.join(1)
        self.sock.close()


def loudness(codec, octets):
    """Mean of the absolute samples."""
    table = TABLE[codec]
    return sum(abs(table[o]) for o in octets) / max(1, len(octets))


def tone(hertz, seconds, amplitude=8000):
    """16-bit samples of a sine."""
    return struct.pack(f"<{int(seconds * 8000)}h",
                       *(int(amplitude * math.sin(2 * math.pi * hertz * i / 8000))
                         for i in range(int(seconds * 8000))))


def write_wav(path, samples):
    """8 kHz, 16 bit, mono."""
    with wave.open(str(path), "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(8000)
        w.writeframes(samples)


def read_wav(path):
    """(rate, bits, channels, bytes of samples) of a WAV file."""
    with wave.open(str(path)) as w:
        return w.getframerate(), 8 * w.getsampwidth(), w.getnchannels(), w.readframes(w.getnframes())


def share_found(recorded, played, step=2 * SAMPLES):
    """How much of `played` (decoded) stands in `recorded`, in its place relative to the rest: the
    best alignment's share of 20 ms pieces that are equal to the last bit."""
    votes = {}
    pieces = range(0, len(played) - step + 1, step)
    for at in pieces:
        found = recorded.find(played[at:at + step])
        if found >= 0:
            votes[found - at] = votes.get(found - at, 0) + 1
    return max(votes.values(), default=0) / max(1, len(pieces))
