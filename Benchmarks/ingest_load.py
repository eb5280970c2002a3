#!/usr/bin/env python3
"""Sends batches of 100 findings from many nodes to an aggregator on loopback and prints findings per second.

`ingest_load.py PORT CONNECTIONS BATCHES_PER_CONNECTION`; every batch is acknowledged after it is durable.
"""
import http.client
import json
import multiprocessing
import sys
import time


def batch(node, number):
    now = 1795000000000000 + number * 1000000
    findings = [{
        "detection": {"check": "NodeTaskHung", "rule": "task-hung", "reason": "TaskHung", "severity": "warning",
                      "object": {"kind": "Node", "namespace": "", "name": node, "uid": ""}, "subject": f"task{i}", "also": [],
                      "message": f"INFO: task worker{i}:{i} blocked for more than 120 seconds.", "remedy": "Read /proc/<pid>/stack."},
        "count": 1, "first": now, "last": now, "isDemo": False,
        "evidence": [{"source": "kmsg", "origin": f"b:{i}:{i}", "time": now, "text": f"INFO: task worker{i}:{i} blocked for more than 120 seconds."}],
    } for i in range(100)]
    return json.dumps({
        "version": 1, "node": node, "agentID": node, "epoch": 1, "sequence": number, "bootID": "b", "sentAt": now,
        "sources": [{"source": "kmsg", "from": None if number == 1 else f"p{number - 1}", "to": f"p{number}", "occurrences": findings}], "states": [],
        "vitals": {"agentVersion": "", "kernel": "", "osImage": "", "rulesDigest": "", "ruleCount": 0, "residentBytes": 0, "cpuSeconds": 0,
                   "linesRead": 0, "linesMatched": 0, "linesTruncated": 0, "findingsDropped": 0}})


def worker(port, node, bodies, start, done):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    start.wait()
    for body in bodies:
        connection.request("POST", f"/v1/nodes/{node}/batches", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            print(answer.status, text[:200])
            break
        done.put(1)


def main():
    port, connections, batches = (int(a) for a in sys.argv[1:4])
    start, done = multiprocessing.Event(), multiprocessing.Queue()
    workers = []
    for index in range(connections):
        bodies = [batch(f"node{index}", number) for number in range(1, batches + 1)]
        workers.append(multiprocessing.Process(target=worker, args=(port, f"node{index}", bodies, start, done)))
    for one in workers:
        one.start()
    time.sleep(1)
    begun = time.monotonic()
    start.set()
    for one in workers:
        one.join()
    taken = time.monotonic() - begun
    acknowledged = sum(1 for _ in iter(lambda: done.get() if not done.empty() else None, None))
    print(f"{acknowledged * 100 / taken:.0f} findings/s durable ({acknowledged} batches of 100 in {taken:.2f} s, {connections} connections)")


main()
