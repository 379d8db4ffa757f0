"""Another implementation of STAMP (scapy's contrib/stamp) against this program's.

    stamp.py send ADDRESS       sends test packets to a reflector and holds its answers to RFC 8762 and 8972
    stamp.py reflect ADDRESS    answers test packets, each of which is to be what scapy makes of it

With the file of a key behind ADDRESS, in authenticated mode, which scapy (2.5) does not have: its fields are
moved to where RFC 8762 has them there, and signed by Python's hmac.
"""
import hmac
import socket
import sys
import time

from scapy.contrib.stamp import (
    ErrorEstimate,
    STAMPSessionReflectorTestUnauthenticated as Answer,
    STAMPSessionSenderTestUnauthenticated as Request,
    STAMPTestTLV as TLV,
)
from scapy.layers.inet import UDP

PORT = 862
EPOCH = 2208988800  # of NTP, before that of Unix


# Where authenticated packets have more zeros, and how many (RFC 8762, section 4.2.2 and 4.3.2).
GAPS = {Request: [(4, 12), (44, 40)], Answer: [(4, 12), (16, 4), (24, 8), (28, 12), (40, 4), (44, 12)]}
KEY = bytes.fromhex(open(sys.argv[3]).read()) if len(sys.argv) > 3 else None


def digest(*texts):
    return hmac.digest(KEY, b"".join(texts), "sha256")[:16]


def signed(kind, plain):
    """The packet in authenticated mode, where there is a key; its TLVs are signed, too."""
    if KEY is None:
        return plain
    base, tlvs = plain[:44], plain[44:]
    for place, count in reversed(GAPS[kind]):
        base = base[:place] + bytes(count) + base[place:]
    seal = b"\x80\x08\x00\x10" + digest(base[:4], tlvs) if tlvs else b""
    return base + digest(base) + tlvs + seal


def opened(kind, data):
    """The reverse; everything must be signed."""
    if KEY is None:
        return data
    base, tlvs = data[:96], data[112:]
    assert data[96:112] == digest(base), "the HMAC"
    if tlvs:
        tlvs, seal = tlvs[:-20], tlvs[-20:]
        assert seal[1:4] == b"\x08\x00\x10" and seal[4:] == digest(base[:4], tlvs), "the HMAC TLV"
        assert seal[0] == (0x80 if kind is Request else 0)
    for place, count in GAPS[kind]:
        assert not any(base[place:place + count])
        base = base[:place] + base[place + count:]
    return base + tlvs


def dissected(kind, data):
    """The packet as scapy reads it, which must be what it writes, byte by byte. Where a packet's TLVs end
    it asks the UDP header above, which it finds (2.5) only where it is told of it."""
    packet = kind(data, _parent=UDP(bytes(UDP(len=8 + len(data)))))
    assert bytes(packet) == data, f"scapy reads {packet!r} and writes {bytes(packet).hex()}"
    return packet


def send(address):
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
    own.settimeout(2)
    own.connect((address, PORT))
    tlvs = [[], [TLV(flags=0x80, type=1, len=8, value=bytes(8))],
            [TLV(flags=0x80, type=200, len=3, value=b"abc"), TLV(flags=0x80, type=1, len=1, value=b"x")]]
    for number, list_ in enumerate(tlvs):
        plain = bytes(Request(seq=1000 + number, ts=1.5 + number, ssid=7,
                                err_estimate=ErrorEstimate(S=1, scale=3, multiplier=9), tlv_objects=list_))
        request = signed(Request, plain)
        before = time.time()
        own.send(request)
        data = own.recv(65535)
        assert len(data) == len(request)
        data = opened(Answer, data)
        answer = dissected(Answer, data)
        assert answer.seq == answer.seq_sender == 1000 + number
        assert bytes(answer)[28:36] == plain[4:12], "the sender's timestamp"
        assert bytes(answer.err_estimate_sender) == plain[12:14]
        assert answer.ssid == 7 and answer.ttl_sender == 255 and answer.mbz1 == answer.mbz2 == 0
        received, sent = (int.from_bytes(data[i:i + 8], "big") / 2**32 - EPOCH for i in (16, 4))
        assert before - 0.1 <= received <= sent <= time.time() + 0.1, (before, received, sent)
        expected = [0x80 if tlv.type == 200 else 0 for tlv in list_]
        assert [int(tlv.flags) for tlv in answer.tlv_objects] == expected
        assert [tlv.value for tlv in answer.tlv_objects] == [tlv.value for tlv in list_]
    for junk in (b"", b"x" * (43 if KEY is None else 200)):
        own.send(junk)
    own.settimeout(0.3)
    try:
        own.recv(65535)
        sys.exit("what is no STAMP packet was answered")
    except socket.timeout:
        print(len(tlvs), "answered")


def reflect(address):
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind((address, PORT))
    own.settimeout(10)
    last = None
    print("ready", flush=True)
    while True:
        data, peer = own.recvfrom(65535)
        now = time.time()
        data = opened(Request, data)
        request = dissected(Request, data)
        assert last is None or request.seq == last + 1, (last, request.seq)
        last = request.seq
        assert request.mbz == 0 and len(request.tlv_objects) == 1
        assert abs(int.from_bytes(data[4:12], "big") / 2**32 - EPOCH - now) < 1
        answer = bytearray(bytes(Answer(seq=request.seq, ssid=request.ssid, seq_sender=request.seq,
                                        err_estimate_sender=request.err_estimate)))
        stamp = int((now + EPOCH) * 2**32).to_bytes(8, "big")
        answer[4:12] = answer[16:24] = stamp
        answer[28:36] = data[4:12]
        own.sendto(signed(Answer, bytes(answer)), peer)


{"send": send, "reflect": reflect}[sys.argv[1]](sys.argv[2])
