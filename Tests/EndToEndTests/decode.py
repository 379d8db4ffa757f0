"""Reads capture files with scapy: each frame must be, byte by byte, what scapy writes of what it has read of it,
and no layer may be unknown. Prints how many there were of each kind.

    decode.py FILE...
"""
import sys
from collections import Counter

from scapy.all import ICMP, TCP, UDP, ICMPv6EchoReply, ICMPv6EchoRequest, Padding, PcapReader, Raw
from scapy.contrib.geneve import GENEVE
from scapy.contrib.stamp import (
    STAMPSessionReflectorTestUnauthenticated as Answer,
    STAMPSessionSenderTestUnauthenticated as Request,
)
from scapy.layers.vxlan import VXLAN

# A tunnel's source port may be that of any other protocol, as of DNS.
UDP.payload_guess = [guess for guess in UDP.payload_guess if guess[1] in (GENEVE, VXLAN)]
STAMP, HEARTBEAT = 862, 694
ECHOES = (ICMP, ICMPv6EchoRequest, ICMPv6EchoReply)


def layers(packet):
    while packet:
        yield packet
        packet = packet.payload


def payload(udp, raw):
    """The kind of what a datagram of this program carries."""
    if HEARTBEAT in (udp.sport, udp.dport):
        return "heartbeat"
    if STAMP not in (udp.sport, udp.dport):
        return None
    kind = Request if udp.dport == STAMP else Answer
    test = kind(raw, _parent=UDP(bytes(UDP(len=8 + len(raw)))))
    test.clear_cache()
    assert bytes(test) == raw, f"scapy reads {test!r} and writes {bytes(test).hex()}"
    return "STAMP " + ("request" if kind is Request else "answer")


def kind(packet):
    names, above = [], None
    for layer in layers(packet):
        name = layer.name
        if isinstance(layer, Raw):
            if isinstance(above, UDP):
                name = payload(above, layer.load)
            elif isinstance(above, TCP):
                name = "HTTP" if b"HTTP/1" in layer.load else None
            elif isinstance(above, ECHOES):
                name = "echo"
            else:
                name = None
            assert name, f"scapy knows no {layer!r} after {above!r}"
        elif isinstance(layer, Padding):
            assert not any(layer.load), f"padding of {layer!r}"
        names.append(name)
        above = layer
    return " / ".join(names)


kinds = Counter()
for file in sys.argv[1:]:
    for packet in PcapReader(file):
        data = bytes(packet)
        try:
            kinds[kind(packet)] += 1
            packet.clear_cache()
            written = bytes(packet)
            assert written == data, f"scapy writes {written.hex()}"
        except AssertionError as error:
            sys.exit(f"{file}: {data.hex()}: {packet!r}: {error}")
for name, count in kinds.most_common():
    print(count, name)
