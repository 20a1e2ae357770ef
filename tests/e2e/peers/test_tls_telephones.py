"""baresip (OpenSSL) and linphonec (mbedTLS) leave messages over TLS and check our certificate; proxied, and
following the 302 to the TLS port of a slot, with a recycle under way."""

from functools import partial

import pytest

from harness.baresip import Baresip
from harness.linphone import Linphone
from harness.rtp import read_wav
from harness.tls import Authority, Pki
from telephone import GREETING, Stage, settled


@pytest.fixture
def pki(tmp_path):
    return Pki(tmp_path)


def stage(make, pki, telephone, trunk):
    """`pki`'s certificate, and a telephone that trusts its root.  (linphonec, asked for a certificate, asks
    its user for a password.)"""
    asks = telephone is not Linphone
    return Stage(lambda: pki.setup(make(), ca=asks), partial(telephone, ca=pki.ca.pem), trunk, "tls")


@pytest.mark.parametrize("trunk", ["proxied", "redirected"])
@pytest.mark.parametrize("telephone, share", [(Baresip, 1.0), (Linphone, 0.9)])
def test_message(make, pki, telephone, share, trunk):
    s = stage(make, pki, telephone, trunk)
    length = s.message(recycle_after=GREETING / 2)
    s.recorded(length)
    settled(s.um, 1)
    metrics = s.um.metrics()
    assert metrics["um_redirects_total"] == (1 if trunk == "redirected" else 0)
    assert metrics['um_tls_handshakes_total{result="full"}'] == (2 if trunk == "redirected" else 1)
    if telephone is Linphone:
        s.phone.close()  # it writes the file's head at its end
        s.heard(read_wav(s.phone.heard)[3], share)
    else:
        s.heard(read_wav(s.phone.heard()[0])[3], share)


def test_a_telephone_that_does_not_know_our_root(make, pki, tmp_path):
    """linphonec says so, and the log has its words."""
    s = Stage(lambda: pki.setup(make()),
              partial(Linphone, ca=Authority(tmp_path / "x", "x").pem), "proxied", "tls")
    s.phone.tell(f"call {s.uri}")
    line = s.um.wait_log("TLS (handshake|connection) with .*: the other side says", 15)
    assert "ca" in line or "certificate" in line, line
