#!/usr/bin/env python3
"""Plays agents over TLS: each keeps one connection and sends a heartbeat every 30 s, one in twenty with ten findings.

`agents_load.py PORT CA AGENTS SECONDS`; prints the latency of batches as the agents see it.
"""
import asyncio
import json
import random
import ssl
import sys
import time

PERIOD = 30


def batch(node, number, findings):
    now = int(time.time() * 1e6)
    found = [{
        "detection": {"check": "NodeTaskHung", "rule": "task-hung", "reason": "TaskHung", "severity": "warning",
                      "object": {"kind": "Node", "namespace": "", "name": node, "uid": ""}, "subject": f"task{i}", "also": [],
                      "message": f"INFO: task worker{i}:{i} blocked for more than 120 seconds.", "remedy": ""},
        "count": 1, "first": now, "last": now, "isDemo": False,
        "evidence": [{"source": "kmsg", "origin": f"b:{i}:{i}", "time": now, "text": f"INFO: task worker{i}:{i} blocked"}],
    } for i in range(findings)]
    sources = [{"source": "kmsg", "from": None if number == 1 else f"p{number - 1}", "to": f"p{number}", "occurrences": found}]
    return json.dumps({
        "version": 1, "node": node, "agentID": node, "epoch": 1, "sequence": number, "bootID": "b", "sentAt": now,
        "sources": sources, "states": [],
        "vitals": {"agentVersion": "0.1.0", "kernel": "6.1.0", "osImage": "Debian 12", "rulesDigest": "abcd", "ruleCount": 168,
                   "residentBytes": 20000000, "cpuSeconds": 1, "linesRead": 1, "linesMatched": 0, "linesTruncated": 0,
                   "findingsDropped": 0}}).encode()


async def post(reader, writer, path, body):
    writer.write(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                 f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    status = int((await reader.readline()).split()[1])
    length = 0
    while (line := await reader.readline()) not in (b"\r\n", b""):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    await reader.readexactly(length)
    return status


async def agent(index, port, context, gate, end, latencies, failures):
    node = f"node-{index:05d}"
    try:
        async with gate:
            reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
            await post(reader, writer, f"/v1/nodes/{node}/hello", b"")
        number = 0
        await asyncio.sleep(random.uniform(0, PERIOD))
        while time.monotonic() < end():
            number += 1
            body = batch(node, number, 10 if random.random() < 0.05 else 0)
            begun = time.monotonic()
            status = await post(reader, writer, f"/v1/nodes/{node}/batches", body)
            latencies.append(time.monotonic() - begun)
            if status != 200:
                failures.append(status)
            await asyncio.sleep(PERIOD * random.uniform(0.95, 1.05))
        writer.close()
    except Exception as error:  # a lost connection is a failure to be counted, not the end of the others
        failures.append(repr(error)[:80])


async def main():
    port, authority, count, seconds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    context = ssl.create_default_context(cafile=authority)
    gate = asyncio.Semaphore(64)
    latencies, failures = [], []
    begun = time.monotonic()
    tasks = [asyncio.create_task(
        agent(i, port, context, gate, lambda: begun + seconds, latencies, failures)) for i in range(count)]
    await asyncio.gather(*tasks)
    latencies.sort()
    if not latencies:
        print(f"no batch was taken; {len(failures)} failures: {failures[:3]}")
        return
    at = lambda share: latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1000
    print(f"{count} agents over TLS, {len(latencies)} batches in {seconds:.0f} s: p50 {at(.5):.1f} ms, p99 {at(.99):.1f} ms "
          f"(aim under 250), longest {at(1):.0f} ms, {len(failures)} failures{': ' + str(failures[0]) if failures else ''}")


asyncio.run(main())
