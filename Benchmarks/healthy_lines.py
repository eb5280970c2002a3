#!/usr/bin/env python3
"""Healthy kernel lines, the same ones every time: `healthy_lines.py COUNT` (text), `--export` (journal export text)."""
import random
import sys

FORMS = [
    "eth{n}: renamed from veth{h}", "docker0: port {n}(veth{h}) entered forwarding state", "cni0: port {n}(veth{h}) entered disabled state",
    "device veth{h} entered promiscuous mode", "IPv6: ADDRCONF(NETDEV_CHANGE): veth{h}: link becomes ready",
    "audit: type=1400 audit({n}.{n}:{n}): apparmor=\"STATUS\" operation=\"profile_replace\" profile=\"unconfined\" name=\"cri-containerd.apparmor.d\"",
    "EXT4-fs (sd{c}1): mounted filesystem with ordered data mode. Opts: (null). Quota mode: none.", "XFS (dm-{n}): Mounting V5 Filesystem {h}",
    "usb 1-{n}: new high-speed USB device number {n} using xhci_hcd", "sd {n}:0:0:0: [sd{c}] Attached SCSI disk",
    "systemd[1]: Started Session {n} of user root.", "IPVS: rr: TCP 10.{n}.{n}.{n}:{n} - no destination available",
    "nvme nvme{n}: {n}/0/0 default/read/poll queues",
    "clocksource: Switched to clocksource tsc", "overlayfs: upper fs does not support tmpfile.", "loop{n}: detected capacity change from 0 to {n}",
    "IN=eth0 OUT= MAC={h} SRC=10.{n}.0.{n} DST=10.{n}.0.{n} LEN=52 TOS=0x00 PREC=0x00 TTL=64 ID={n} DF PROTO=TCP SPT={n} DPT=443 WINDOW=501",
    "kauditd_printk_skb: {n} callbacks suppressed", "pci 0000:00:{n}.0: BAR {n}: assigned [mem 0x{h}-0x{h}]",
]


def lines(count):
    random.seed(20)
    for _ in range(count):
        yield random.choice(FORMS).format(n=random.randint(0, 65535), h="%012x" % random.getrandbits(48), c=random.choice("abcdef"))


def main():
    count = int(sys.argv[1])
    if len(sys.argv) > 2:
        for index, line in enumerate(lines(count)):
            print(f"__REALTIME_TIMESTAMP={1700000000000000 + index * 1000}\n__MONOTONIC_TIMESTAMP={index * 1000}\n"
                  # The fields that journald itself writes with a kernel line.
                  f"_BOOT_ID=0123456789abcdef0123456789abcdef\n_MACHINE_ID=fedcba9876543210fedcba9876543210\n_HOSTNAME=node-1\n"
                  f"_TRANSPORT=kernel\nSYSLOG_FACILITY=0\nSYSLOG_IDENTIFIER=kernel\nPRIORITY=6\n_RUNTIME_SCOPE=system\n"
                  f"_SOURCE_MONOTONIC_TIMESTAMP={index * 1000}\nMESSAGE={line}\n")
    else:
        for line in lines(count):
            print(line)


main()
