"""Kamailio reads our message waiting NOTIFY and takes it on to the telephone: the Route that stands in front of a
domain names it, and must be gone behind it."""

import pytest

from harness.kamailio import Kamailio
from harness.sip import Udp, between

ROUTES = """
alias="pbx.example"
request_route {{
    if (is_method("OPTIONS")) {{
        sl_send_reply("200", "OK");
        exit;
    }}
    if (!is_method("NOTIFY") || $hdr(Event) != "message-summary" || !has_body("application/simple-message-summary")) {{
        sl_send_reply("489", "Bad Event");
        exit;
    }}
    if (is_present_hf("Route") && !loose_route_preloaded()) {{
        sl_send_reply("403", "No Relaying");
        exit;
    }}
    if (uri != myself) {{
        sl_send_reply("404", "Not Here");
        exit;
    }}
    if (!search_body("^Messages-Waiting: (yes|no)")) {{
        sl_send_reply("400", "Bad Body");
        exit;
    }}
    $du = "sip:{telephone}:5072";
    t_relay();
}}
"""


@pytest.fixture
def registrar(make):
    """An Evertrunk whose trunk is Kamailio, and a telephone behind that."""
    def one(transport, **trunk):
        um = make()
        ip = um.block.proxied
        um.configure({"trunk proxied": {"address": f"{ip}:5060", "transport": transport, **trunk}})
        kamailio = Kamailio(um, ip)
        cfg = kamailio.folder / "kamailio.cfg"
        head = cfg.read_text().split("request_route")[0]
        cfg.write_text(head + ROUTES.format(telephone=um.block.ip(40)))
        kamailio.start()
        telephone = Udp(um.block.ip(40), (ip, 5060), 5072)
        um.closing.append(telephone)
        return um.start(), telephone
    return one


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("domain", ["pbx.example", ""])
@pytest.mark.parametrize("form", ["simple", "full"])
def test_to_the_telephone(registrar, transport, domain, form):
    um, telephone = registrar(transport, domain=domain, mwi=form)
    asking = um.ctl_start("mwi", "2101", "3", "5")
    notify = telephone.recv(5, lambda m: m.method == "NOTIFY" and not m.status, "the NOTIFY")
    assert not notify.all("Route")
    host = domain or um.block.proxied
    assert notify.uri.startswith(f"sip:2101@{host}")
    assert between(notify.get("To")) == f"sip:2101@{host}"
    account = f"Message-Account: sip:2101@{host}\r\n" if form == "full" else ""
    assert notify.body.decode() == ("Messages-Waiting: yes\r\n" + account + "Voice-Message: 3/5"
                                    + (" (0/0)" if form == "full" else "") + "\r\n")
    telephone.answer(notify)
    out, _ = asking.communicate(timeout=10)
    assert asking.returncode == 0 and out.startswith("200 OK by trunk proxied"), out
