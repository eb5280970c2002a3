#!/usr/bin/env python3
"""Healthy lines, the same ones every time: `healthy_lines.py COUNT` (text), `--export` (a kernel's log as journal export
text), `--containers` (the same of a node whose container runtime logs to the journal: 93 % output of containers, 5 % of
the kubelet, 2 % of the kernel)."""
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


def containers(count):
    """The fields that journald and dockerd's journald driver write."""
    kinds = random.Random(7)
    ids = ["%064x" % kinds.getrandbits(256) for _ in range(40)]

    def program(name, path, unit, index):
        return (f"_PID={index}\n_UID=0\n_GID=0\n_COMM={name}\n_EXE={path}\n_CMDLINE={path} --config x\n_CAP_EFFECTIVE=1ffffffffff\n"
                f"_SYSTEMD_CGROUP=/system.slice/{unit}\n_SYSTEMD_UNIT={unit}\n_SYSTEMD_SLICE=system.slice\n"
                f"_SYSTEMD_INVOCATION_ID=00112233445566778899aabbccddee{index % 256:02x}\n")

    for index, line in enumerate(lines(count)):
        share = kinds.random()
        if share < 0.02:
            yield kernel_fields(index) + f"MESSAGE={line}\n"
        elif share < 0.07:
            yield (f"_TRANSPORT=stdout\nPRIORITY=6\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=kubelet\n_STREAM_ID=aa\n"
                   + program("kubelet", "/usr/bin/kubelet", "kubelet.service", 700)
                   + f"MESSAGE=I1127 12:00:00.000000     700 kuberuntime_manager.go:{index % 1000}] {line}\n")
        else:
            place = kinds.randrange(40)
            text = line.replace('"', "")
            yield (f"_TRANSPORT=journal\nPRIORITY=6\nCONTAINER_ID={ids[place][:12]}\nCONTAINER_ID_FULL={ids[place]}\n"
                   f"CONTAINER_NAME=k8s_app_web-{place}\nCONTAINER_TAG={ids[place][:12]}\nIMAGE_NAME=shop/web:{place % 5}\n"
                   f"CONTAINER_LOG_EPOCH={ids[place]}\nCONTAINER_LOG_ORDINAL={index}\nSYSLOG_IDENTIFIER={ids[place][:12]}\n"
                   f"SYSLOG_TIMESTAMP=2026-11-27T12:00:00.{index:09d}Z\n"
                   + program("dockerd", "/usr/bin/dockerd", "docker.service", 650)
                   + f"_SOURCE_REALTIME_TIMESTAMP={1700000000000000 + index * 1000}\n"
                   + f'MESSAGE={{"level":"info","n":{index},"msg":"{text}"}}\n')


def kernel_fields(index):
    return (f"_TRANSPORT=kernel\nSYSLOG_FACILITY=0\nSYSLOG_IDENTIFIER=kernel\nPRIORITY=6\n"
            f"_SOURCE_MONOTONIC_TIMESTAMP={index * 1000}\n")


def main():
    count = int(sys.argv[1])
    if "--containers" in sys.argv:
        for index, fields in enumerate(containers(count)):
            print(f"__REALTIME_TIMESTAMP={1700000000000000 + index * 1000}\n__MONOTONIC_TIMESTAMP={index * 1000}\n"
                  f"_BOOT_ID=0123456789abcdef0123456789abcdef\n_MACHINE_ID=fedcba9876543210fedcba9876543210\n_HOSTNAME=node-1\n"
                  + fields)
    elif len(sys.argv) > 2:
        for index, line in enumerate(lines(count)):
            print(f"__REALTIME_TIMESTAMP={1700000000000000 + index * 1000}\n__MONOTONIC_TIMESTAMP={index * 1000}\n"
                  # The fields that journald itself writes with a kernel line.
                  f"_BOOT_ID=0123456789abcdef0123456789abcdef\n_MACHINE_ID=fedcba9876543210fedcba9876543210\n_HOSTNAME=node-1\n"
                  f"{kernel_fields(index)}_RUNTIME_SCOPE=system\nMESSAGE={line}\n")
    else:
        for line in lines(count):
            print(line)


main()
