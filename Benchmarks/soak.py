#!/usr/bin/env python3
"""Runs agent and aggregator for a long time: soak.py SECONDS LINES_PER_SECOND BIN. Fails when a count is wrong, when a
program ends by itself, or when its memory, descriptors or threads grow after the first fifth.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

RULES = """apiVersion: ke/v1
kind: LogRules
source: { file: { path: '%s' } }
rules:
  - { id: known, reason: Known, severity: warning, pattern: 'known failure kind=(?P<kind>\\d+) ', subject: '{kind}' }
"""
KINDS = 25
ROTATION_SECONDS = 300
# What a program may gain between the first fifth and the end: caches that fill.
GROWTH_KIB = {"agent": 6 * 1024, "aggregator": 24 * 1024}
GROWTH_COUNT = 4


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def sample(pid):
    fields = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
    ticks = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return {
        "KiB": int(fields["VmRSS"].split()[0]),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": int(fields["Threads"]),
        "cpu": (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"),
    }


def main():
    seconds, rate, binaries = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    work = tempfile.mkdtemp(prefix="ke-soak-")
    log = f"{work}/app.log"
    ingest, read = free_port(), free_port()
    open(log, "w").close()
    open(f"{work}/rules.yaml", "w").write(RULES % log)

    def start(name, *arguments):
        return subprocess.Popen(
            [f"{binaries}/{name}", *arguments], stdout=open(f"{work}/{name}.log", "w"), stderr=subprocess.STDOUT)

    programs = {"aggregator": start(
        "ke-aggregator", "serve", "--no-cluster", "--state-dir", f"{work}/aggregator",
        "--ingest", f"127.0.0.1:{ingest}", "--read", f"127.0.0.1:{read}")}
    time.sleep(1)
    programs["agent"] = start(
        "ke-agent", "run", "--state-dir", f"{work}/agent", "--node-name", "soak", "--no-built-in-rules",
        "--rules", f"{work}/rules.yaml", "--aggregator", f"http://127.0.0.1:{ingest}")

    def counted():
        address = f"http://127.0.0.1:{read}/v1/snapshot?since=0"
        found = json.load(urllib.request.urlopen(address, timeout=30))["findings"]
        return sum(f["count"] for f in found if f["detection"]["rule"] == "known")

    failures, samples, want, index = [], [], 0, 0
    out = open(log, "a")
    begun = rotated = shown = time.monotonic()
    print("| s | " + " | ".join(f"{p} KiB, descriptors, threads, CPU s" for p in programs) + " | known |")
    try:
        while time.monotonic() - begun < seconds:
            due = begun + index / rate
            time.sleep(max(0, due - time.monotonic()))
            lines = []
            for _ in range(rate // 20):
                index += 1
                if index % 100 == 1:
                    want += 1
                    lines.append(f"known failure kind={want % KINDS} number={index}\n")
                else:
                    lines.append(f"healthy line number {index} of many, with some words in it\n")
            out.write("".join(lines))
            out.flush()
            now = time.monotonic()
            if now - rotated > ROTATION_SECONDS:
                rotated = now
                for number in range(3, 0, -1):
                    if os.path.exists(f"{log}.{number}"):
                        os.replace(f"{log}.{number}", f"{log}.{number + 1}")
                os.replace(log, f"{log}.1")
                out = open(log, "a")
            if now - shown > seconds / 20:
                shown = now
                for name, program in programs.items():
                    if program.poll() is not None:
                        failures.append(f"{name} ended with {program.returncode}")
                if failures:
                    break
                samples.append({name: sample(program.pid) for name, program in programs.items()})
                cells = [
                    "{KiB}, {descriptors}, {threads}, {cpu:.1f}".format(**samples[-1][name]) for name in programs]
                print(f"| {now - begun:.0f} | " + " | ".join(cells) + f" | {want} |", flush=True)
        end = time.monotonic() + 60
        while not failures and counted() != want and time.monotonic() < end:
            time.sleep(0.5)
        got = counted() if not failures else -1
        print(f"{index} lines, known: want {want}, got {got}")
        if got != want:
            failures.append("the counts differ")
        if len(samples) >= 5:
            early, late = samples[len(samples) // 5], samples[-1]
            for name in programs:
                for key, most in (("KiB", GROWTH_KIB[name]), ("descriptors", GROWTH_COUNT), ("threads", GROWTH_COUNT)):
                    if late[name][key] - early[name][key] > most:
                        failures.append(f"{name}: {key} grew from {early[name][key]} to {late[name][key]}")
    finally:
        for program in programs.values():
            program.send_signal(signal.SIGTERM)
            program.wait(30)
        if failures:
            print("\n".join(failures) + f"\nlogs: {work}")
        else:
            shutil.rmtree(work)
    sys.exit(1 if failures else 0)


main()
