"""The rows of the matrix: what each kind of telephone system does.  Where documents say nothing, the RFC's
way is taken; where a setting of the peer changes its way, each setting is a row."""

from harness.pbx import Habits

SPS = "cs1000-invite-sps.sip"

HABITS = {
    # BYE and re-INVITE without Route, to the trunk's address, whatever the Contact said
    "CS1000 6": Habits("cs1000-invite.sip", "tcp", to_service=True, hold="c=0.0.0.0"),
    # two Vias, Record-Route, a body without its closing boundary
    "CS1000 6 behind SPS": Habits(SPS, "tcp", hold="inactive"),
    # a connection for each request: our BYE finds it by the maddr of its Contact alone
    "CS1000 6, its Contact only": Habits("cs1000-invite.sip", "tcp", "request", hold="c=0.0.0.0"),
    "CS1000 5": Habits("cs1000-invite-udp-r5.sip", hold="inactive"),
    # follows what an NRS answers: the domain as host, our address in maddr
    "CS1000 6 by NRS": Habits("cs1000-invite.sip", "tcp"),
    # nothing in its first INVITE tells what it is
    "CS1000 in disguise": Habits("cs1000-invite-plain.sip", "tcp", to_service=True,
                                 hold="c=0.0.0.0"),
    "CS1000 in disguise, SPS": Habits("cs1000-invite-sps-plain.sip", "tcp", hold="inactive"),
    "CUCM": Habits("cucm-invite.sip", "tcp", hold="inactive", resume_offer=False),
    "CUCM early offer": Habits("cucm-invite-early-offer.sip", "tcp", hold="c=0.0.0.0"),
    # "redirect by application": the number of the Contact is dialled like any other
    "CUCM by application": Habits("cucm-invite.sip", "tcp", same_call=False, resume_offer=False,
                                  hold="inactive", loses=("Diversion",)),
    "CUCM, TLS": Habits("cucm-invite.sip", "tls", hold="inactive", resume_offer=False),
    "IOS": Habits("ios-invite.sip", hold="c=0.0.0.0"),
    "CUBE": Habits("ios-invite.sip", hold="inactive", same_call=False),
    "Session Manager": Habits("avaya-sm-invite.sip", "tcp", hold="sendonly"),
    "Session Manager, TLS": Habits("avaya-sm-invite.sip", "tls", hold="sendonly"),
    "IP Office": Habits("ip-office-invite.sip", "tcp", hold="sendonly"),
    "AudioCodes": Habits("audiocodes-invite.sip", "tcp", same_call=False),
    "AudioCodes, 3xxBehavior 1": Habits("audiocodes-invite.sip", "tcp"),
    "AudioCodes, XferPrefix": Habits("audiocodes-invite.sip", "tcp", same_call=False, prefix="9"),
    "AudioCodes, one per call": Habits("audiocodes-invite.sip", "tcp", "call", same_call=False),
    "AudioCodes, TLS per call": Habits("audiocodes-invite.sip", "tls", "call", same_call=False),
    "AudioCodes to its proxy": Habits("audiocodes-invite.sip", "tcp", same_call=False,
                                      loop_port=True),
    "AudioCodes to its proxy, 9": Habits("audiocodes-invite.sip", "tcp", same_call=False,
                                         loop_port=True, prefix="9"),
    "Dialogic IMG": Habits("dialogic-img-invite.sip", "tcp", "request"),
    "Sonus VX": Habits("sonus-vx-invite.sip", "tcp"),
    "Sonus VX, TLS": Habits("sonus-vx-invite.sip", "tls"),
    "MX-ONE": Habits("mx-one-invite.sip"),
    # dials the user part in its own dial plan: the same static peer again, Diversion lost
    "chan_sip": Habits("asterisk-invite.sip", same_call=False, loses=("Diversion",), hold="c=0.0.0.0"),
    "chan_sip promiscredir": Habits("asterisk-invite.sip", same_call=False, whole_uri=False,
                                    maddr=False, loses=("Diversion",)),
    "chan_sip promiscredir, TCP": Habits("asterisk-invite-tcp.sip", "tcp", same_call=False,
                                         whole_uri=False, maddr=False, loses=("Diversion",)),
    "pjsip user": Habits("asterisk-pjsip-invite.sip", "tcp", same_call=False, loses=("Diversion",)),
    "pjsip uri_pjsip": Habits("asterisk-pjsip-invite.sip", "tcp"),
    "FreeSWITCH": Habits("freeswitch-invite.sip"),
}

# As what um-ctl shows a row, by how its name begins; the first that fits.
PROFILES = {"CS1000 in disguise": "generic", "CS1000": "cs1000", "CUCM": "cucm", "IOS": "cisco-ios",
            "CUBE": "cisco-ios", "Session Manager": "avaya", "IP Office": "ip-office",
            "AudioCodes": "audiocodes", "Dialogic": "dialogic", "Sonus": "sonus", "MX-ONE": "mx-one",
            "chan_sip": "asterisk", "pjsip": "asterisk", "FreeSWITCH": "freeswitch"}


# Whose mailbox the INVITE of a message is for: who diverted the call, else the number that was called.
MAILBOXES = {"cs1000-invite.sip": "2102", SPS: "3500", "cs1000-invite-udp-r5.sip": "2104",
             "cs1000-invite-plain.sip": "3500", "cs1000-invite-sps-plain.sip": "3500",
             "cucm-invite.sip": "1005", "cucm-invite-early-offer.sip": "1005",
             "ios-invite.sip": "3502", "avaya-sm-invite.sip": "3502",
             "asterisk-invite.sip": "1002", "asterisk-invite-tcp.sip": "1002",
             "asterisk-pjsip-invite.sip": "1002"}


def mailbox(row):
    return MAILBOXES.get(HABITS[row].message, "2102")


def profile(row):
    return next(p for name, p in PROFILES.items() if row.startswith(name))


# Settings of the trunk that a row needs; everything else is found out.
SETTINGS = {
    "CS1000 6 by NRS": {"mode": "redirect", "contact_style": "nrs", "domain": "um.example.com"},
}
