#!/usr/bin/env python3
"""A synthetic cluster, the same bytes in every run: serves its pages, or loads them into a real API server.

  cluster.py serve PORT [--nodes 5000] [--pods 150000] [--workloads 10000] [--events 50000] [--changes 0]
  cluster.py load URL TOKEN CAFILE ETCD [--nodes …] puts the objects into a real cluster
  cluster.py urls [...]                             the paths of all pages, in order, for curl

Pages hold 500 objects and name the next by `continue`, as the API server does. They are built once, before serving.
"""
import argparse, base64, datetime, http.client, json, re, socket, ssl, sys, threading, time

PAGE = 500
NOW = "2026-01-01T12:00:00Z"
OLD = "2025-06-01T00:00:00Z"
LIVE = False


def ago(seconds):
    """Before the cluster's own noon; of one that is loaded, before now."""
    then = (datetime.datetime.now(datetime.timezone.utc) if LIVE else datetime.datetime(2026, 1, 1, 12)) - datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def mix(n):
    """SplitMix64: scattered, and the same everywhere."""
    n = (n + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    n = ((n ^ (n >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    n = ((n ^ (n >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return n ^ (n >> 31)


def uid(kind, n):
    h = f"{mix(n * 7 + kind):016x}{mix(n * 11 + kind):016x}"
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:32]}"


def managed(manager):
    fields = {"f:metadata": {"f:labels": {".": {}, "f:app": {}, "f:pod-template-hash": {}}, "f:ownerReferences": {".": {}}},
              "f:spec": {"f:containers": {'k:{"name":"app"}': {".": {}, "f:image": {}, "f:name": {}, "f:resources": {}, "f:ports": {}}},
                         "f:dnsPolicy": {}, "f:restartPolicy": {}, "f:schedulerName": {}, "f:terminationGracePeriodSeconds": {}}}
    return [{"manager": manager, "operation": "Update", "apiVersion": "v1", "time": OLD, "fieldsType": "FieldsV1", "fieldsV1": fields},
            {"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": NOW, "fieldsType": "FieldsV1",
             "fieldsV1": {"f:status": {"f:conditions": {'k:{"type":"Ready"}': {".": {}, "f:status": {}}}, "f:containerStatuses": {}, "f:podIP": {}}}}]


def node(n):
    sick = n % 250 == 0
    conditions = [{"type": t, "status": "False", "lastHeartbeatTime": NOW, "lastTransitionTime": OLD, "reason": r, "message": m}
                  for t, r, m in [("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                                  ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                                  ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available")]]
    conditions.append({"type": "Ready", "status": "False" if sick else "True", "lastHeartbeatTime": NOW,
                       "lastTransitionTime": "2026-01-01T11:40:00Z" if sick else OLD, "reason": "KubeletNotReady" if sick else "KubeletReady",
                       "message": "container runtime is down" if sick else "kubelet is posting ready status"})
    return {"metadata": {"name": f"node-{n:05d}", "uid": uid(1, n), "resourceVersion": str(n), "creationTimestamp": OLD,
                         "labels": {"kubernetes.io/hostname": f"node-{n:05d}", "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                                    "topology.kubernetes.io/zone": f"zone-{n % 3}", "node.kubernetes.io/instance-type": "m5.4xlarge",
                                    "pool": "spot-a" if sick else f"pool-{n % 7}"}, "managedFields": managed("kubelet")},
            "spec": {"podCIDR": f"10.{n // 256}.{n % 256}.0/24", "providerID": f"aws:///zone/i-{mix(n):016x}"},
            "status": {"capacity": {"cpu": "16", "memory": "64Gi", "pods": "110"}, "allocatable": {"cpu": "15800m", "memory": "60Gi", "pods": "110"},
                       "conditions": conditions, "addresses": [{"type": "InternalIP", "address": f"10.200.{n // 256}.{n % 256}"}],
                       "nodeInfo": {"machineID": uid(2, n), "systemUUID": uid(3, n), "bootID": uid(4, n), "kernelVersion": "6.1.0-25-amd64",
                                    "osImage": "Debian GNU/Linux 12 (bookworm)", "containerRuntimeVersion": "containerd://1.7.22",
                                    "kubeletVersion": "v1.20.2" if LIVE else "v1.31.4", "kubeProxyVersion": "v1.31.4", "operatingSystem": "linux", "architecture": "amd64"},
                       "images": [{"names": [f"registry.local/image-{i}@sha256:{mix(i):016x}{mix(i + 1):016x}"], "sizeBytes": 120000000 + i} for i in range(20)]}}


def names(n, workloads):
    w = n % workloads
    return f"ns-{w % 200:03d}", f"workload-{w:05d}", f"{mix(w) & 0xFFFFFFFF:08x}"


def pod_name(n, workloads):
    _, name, template = names(n, workloads)
    return f"{name}-{template}-{mix(n) & 0xFFFFF:05x}{n % 97:02d}"


def pod(n, nodes, workloads):
    ns, name, template = names(n, workloads)
    bad = n % 1000 == 7
    state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}} if bad else {"running": {"startedAt": OLD}}
    cid = f"containerd://{mix(n):016x}{mix(n + 1):016x}{mix(n + 2):016x}{mix(n + 3):016x}"
    return {"metadata": {"name": pod_name(n, workloads), "generateName": f"{name}-{template}-", "namespace": ns, "uid": uid(5, n),
                         "resourceVersion": str(n), "creationTimestamp": OLD, "labels": {"app": name, "pod-template-hash": template},
                         "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
                         "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-{template}", "uid": uid(6, n % workloads), "controller": True, "blockOwnerDeletion": True}],
                         "managedFields": managed("kube-controller-manager")},
            "spec": {"nodeName": f"node-{n % nodes:05d}", "serviceAccountName": "default", "schedulerName": "default-scheduler", "restartPolicy": "Always",
                     "dnsPolicy": "ClusterFirst", "terminationGracePeriodSeconds": 30, "priority": 0, "enableServiceLinks": True,
                     "volumes": [{"name": "kube-api-access", "projected": {"sources": [{"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}, {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}]}}],
                     "containers": [{"name": "app", "image": f"registry.local/{name}:v1.2.{n % 9}", "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                                     "env": [{"name": f"SETTING_{i}", "value": f"value-{i}-{mix(i):x}"} for i in range(8)],
                                     "resources": {"limits": {"cpu": "500m", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
                                     "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 1},
                                     "volumeMounts": [{"name": "kube-api-access", "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]}],
                     "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}]},
            "status": {"phase": "Running", "conditions": [{"type": t, "status": "False" if bad and t in ("Ready", "ContainersReady") else "True", "lastProbeTime": None, "lastTransitionTime": OLD}
                                                          for t in ("Initialized", "Ready", "ContainersReady", "PodScheduled")],
                       "hostIP": "10.200.0.1", "podIP": "10.1.2.3", "startTime": OLD, "qosClass": "Burstable",
                       "containerStatuses": [{"name": "app", "image": "x", "imageID": f"registry.local/{name}@sha256:{mix(n):016x}", "containerID": cid, "ready": not bad,
                                              "started": True, "restartCount": 12 if bad else 0, "state": state, "lastState": {}}]}}


def event(n, nodes, workloads):
    ns, name, template = names(n, workloads)
    return {"metadata": {"name": f"{name}-{n:06d}.{mix(n):016x}", "namespace": ns, "uid": uid(7, n), "resourceVersion": str(n), "creationTimestamp": NOW},
            "involvedObject": {"kind": "Pod", "namespace": ns, "name": pod_name(n, workloads), "uid": uid(5, n), "apiVersion": "v1", "fieldPath": "spec.containers{app}"},
            "reason": ("Unhealthy", "BackOff", "FailedScheduling")[n % 3], "type": "Warning", "count": n % 9 + 1,
            "message": ("Readiness probe failed: HTTP probe failed with statuscode: 503", "Back-off restarting failed container", "0/5000 nodes are available: 5000 Insufficient cpu.")[n % 3],
            "firstTimestamp": ago(1800), "lastTimestamp": ago(300), "source": {"component": "kubelet", "host": f"node-{n % nodes:05d}"}}


def deployment(n, workloads):
    ns, name, template = names(n, workloads)
    return {"metadata": {"name": name, "namespace": ns, "uid": uid(8, n), "generation": 1, "creationTimestamp": OLD, "labels": {"app": name}, "managedFields": managed("helm")},
            "spec": {"replicas": 15, "selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app", "image": f"registry.local/{name}:v1"}]}}},
            "status": {"observedGeneration": 1, "replicas": 15, "updatedReplicas": 15, "readyReplicas": 15, "availableReplicas": 15,
                       "conditions": [{"type": "Available", "status": "True", "lastTransitionTime": OLD}, {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]}}


def practice(n, workloads):
    """A Deployment as charts write them: two containers and an init container, some good, some bad."""
    made = deployment(n, workloads)
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3, "successThreshold": 1}
    limits = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "256Mi"}}
    safe = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}
    good = {"name": "app", "image": f"registry.local/app-{n}:v1.2.{n % 9}", "imagePullPolicy": "IfNotPresent", "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            "env": [{"name": f"SETTING_{i}", "value": f"value-{i}"} for i in range(8)], "resources": limits, "livenessProbe": probe, "readinessProbe": probe,
            "securityContext": safe, "volumeMounts": [{"name": "data", "mountPath": "/data"}], "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
    plain = {"name": "metrics", "image": "registry.local/exporter:latest" if n % 3 == 0 else "registry.local/exporter:v2", "imagePullPolicy": "Always", "resources": {} if n % 2 else limits,
             "env": [{"name": "DB_PASSWORD", "value": "x"}] if n % 50 == 0 else [], "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
    init = {"name": "migrate", "image": f"registry.local/app-{n}:v1.2.{n % 9}", "imagePullPolicy": "IfNotPresent", "resources": limits, "securityContext": safe}
    labels = {"app": made["metadata"]["name"], "app.kubernetes.io/instance": made["metadata"]["name"]}
    made["metadata"]["labels"] = labels
    made["spec"]["template"] = {"metadata": {"labels": labels}, "spec": {
        "containers": [good, plain], "initContainers": [init], "volumes": [{"name": "data", "emptyDir": {}}], "serviceAccountName": f"account-{n}", "serviceAccount": f"account-{n}",
        "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30, "securityContext": {"fsGroup": 1000}}}
    return made


def beside(kind, n, workloads):
    """What the checks of a workload look at beside it."""
    ns, name, _ = names(n, workloads)
    meta = {"namespace": ns, "uid": uid(9, n), "creationTimestamp": OLD}
    if kind == "account":
        return {"metadata": meta | {"name": f"account-{n}"}, "automountServiceAccountToken": n % 2 == 0}
    selector = {"matchLabels": {"app": name}}
    if kind == "budget":
        return {"metadata": meta | {"name": name}, "spec": {"maxUnavailable": 1, "selector": selector}}
    return {"metadata": meta | {"name": name}, "spec": {"podSelector": selector, "ingress": [{}], "egress": [{}], "policyTypes": ["Ingress", "Egress"]}}


def lease(n):
    return {"metadata": {"name": f"node-{n:05d}", "namespace": "kube-node-lease", "creationTimestamp": OLD},
            "spec": {"holderIdentity": f"node-{n:05d}", "leaseDurationSeconds": 40, "renewTime": "2026-01-01T11:59:55.000000Z"}}


def kinds(a):
    if a.practice:
        w = a.workloads
        return [("/apis/apps/v1/deployments", "DeploymentList", w, lambda n: practice(n, w)),
                ("/api/v1/serviceaccounts", "ServiceAccountList", w, lambda n: beside("account", n, w)),
                ("/apis/policy/v1/poddisruptionbudgets", "PodDisruptionBudgetList", w, lambda n: beside("budget", n, w)),
                ("/apis/networking.k8s.io/v1/networkpolicies", "NetworkPolicyList", w // 2, lambda n: beside("policy", 2 * n, w))]
    return [("/api/v1/nodes", "NodeList", a.nodes, node), ("/api/v1/pods", "PodList", a.pods, lambda n: pod(n, a.nodes, a.workloads)),
            ("/api/v1/events", "EventList", a.events, lambda n: event(n, a.nodes, a.workloads)),
            ("/apis/apps/v1/deployments", "DeploymentList", a.workloads, lambda n: deployment(n, a.workloads)),
            ("/apis/coordination.k8s.io/v1/leases", "LeaseList", a.nodes, lease)]


def pages(a):
    made = {}
    for path, kind, count, make in kinds(a):
        for start in range(0, max(count, 1), PAGE):
            last = start + PAGE >= count
            meta = {"resourceVersion": "1000000"} | ({} if last else {"continue": f"t{start + PAGE}"})
            body = json.dumps({"kind": kind, "apiVersion": "v1", "metadata": meta, "items": [make(n) for n in range(start, min(start + PAGE, count))]}, separators=(",", ":")).encode()
            made[(path, f"t{start}" if start else "")] = body
    return made


GROUPS = {"kind": "APIGroupList", "groups": [{"name": g, "versions": [{"groupVersion": f"{g}/v1", "version": "v1"}]} for g in
          ("apps", "batch", "coordination.k8s.io", "discovery.k8s.io", "networking.k8s.io", "policy", "storage.k8s.io", "admissionregistration.k8s.io", "apiregistration.k8s.io", "rbac.authorization.k8s.io")]}


def serve(a):
    made = pages(a)
    empty = json.dumps({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []}).encode()
    small = {"/version": json.dumps({"major": "1", "minor": "31", "gitVersion": "v1.31.4"}).encode(), "/apis": json.dumps(GROUPS).encode(),
             "/readyz": b"[+]ping ok\n[+]etcd ok\n", "/metrics": b"# none\n"}
    total = sum(len(b) for b in made.values())
    counts = {path: (count, make) for path, _, count, make in kinds(a)}

    def watch(connection, path):
        """Streams changes of pods and events, half of `--changes` a second each; other kinds stay as they are."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 2026 12:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n")
        changing = a.changes if path in ("/api/v1/pods", "/api/v1/events") else 0
        number = 0
        while True:
            time.sleep(2 / changing if changing else 3600)
            if not changing:
                continue
            number += 1
            count, make = counts[path]
            item = make(mix(number) % count)
            item["metadata"]["resourceVersion"] = str(2000000 + number)
            if path.endswith("pods"):
                ready = "False" if number % 4 == 0 else "True"
                item["status"]["conditions"] = [{"type": "Ready", "status": ready, "lastTransitionTime": ago(number % 600)}]
            else:
                item["count"] += number
                item["lastTimestamp"] = ago(0)
            line = json.dumps({"type": "MODIFIED", "object": item}, separators=(",", ":")).encode() + b"\n"
            connection.sendall(f"{len(line):x}\r\n".encode() + line + b"\r\n")

    def one(connection):
        reader = connection.makefile("rb")
        while True:
            line = reader.readline()
            if not line:
                return
            while reader.readline() not in (b"\r\n", b""):
                pass
            target = line.split()[1].decode()
            path, _, query = target.partition("?")
            if "watch=1" in query:
                try:
                    return watch(connection, path)
                except OSError:
                    return
            token = next((p[9:] for p in query.split("&") if p.startswith("continue=")), "")
            body = made.get((path, token)) or small.get(path) or empty
            if "/ke-system/" in path:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")
                continue
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 2026 12:00:00 GMT\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode())
            connection.sendall(body)

    listener = socket.create_server(("127.0.0.1", a.port), backlog=64)
    print(f"serving {len(made)} pages, {total >> 20} MiB on port {a.port}", flush=True)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=one, args=(connection,), daemon=True).start()


def varying(plural, item, n):
    """Which objects are alike but for texts of the same length, and these texts."""
    meta = item["metadata"]
    texts = [meta["name"], meta.get("namespace", "")]
    if plural == "nodes":
        return n % 250 == 0, texts + [meta["labels"]["pool"], meta["labels"]["topology.kubernetes.io/zone"]]
    if plural == "pods":
        owner = meta["ownerReferences"][0]
        return n % 1000 == 7, texts + [meta["labels"]["app"], meta["labels"]["pod-template-hash"], owner["name"], owner["uid"], item["spec"]["nodeName"]]
    if plural == "events":
        about = item["involvedObject"]
        return n % 3, texts + [about["name"], about["uid"], item["source"]["host"]]
    return 0, texts


def load(a):
    """One object of each kind and shape is made through the API. The others are its copies in etcd under other names,
    because an API server takes a few hundred objects a second, and the whole would take it an hour."""
    global LIVE
    LIVE = True
    connection = http.client.HTTPSConnection(a.url.removeprefix("https://"), context=ssl.create_default_context(cafile=a.ca))
    etcd = http.client.HTTPConnection(a.etcd.removeprefix("http://"))

    def send(method, path, body):
        kind = "application/json" if method == "POST" else "application/strategic-merge-patch+json"
        connection.request(method, path, json.dumps(body), {"Authorization": f"Bearer {a.token}", "Content-Type": kind})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path}: {answer.status} {text[:300]}")
        return json.loads(text)

    def ask(path, body):
        etcd.request("POST", path, json.dumps(body))
        answer = etcd.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"etcd {path}: {answer.status} {text[:300]}")
        return json.loads(text)

    def coded(data):
        return base64.b64encode(data).decode()

    def make_one(path, plural, item):
        """Its key and value in etcd, and its UID, which the server chose."""
        item = {k: (dict(v) if k == "metadata" else v) for k, v in item.items()}
        for gone in ("resourceVersion", "uid", "generation", "managedFields"):
            item["metadata"].pop(gone, None)
        ns, name = item["metadata"].get("namespace"), item["metadata"]["name"]
        prefix = path.rsplit("/", 1)[0]
        place = f"{prefix}/namespaces/{ns}/{plural}" if ns else path
        made = send("POST", place, item)
        # A server takes no status with the object; it is written after it, as kubelets and controllers do.
        if "status" in item:
            send("PATCH", f"{place}/{name}/status", {"status": item["status"]})
        folder = {"nodes": "minions"}.get(plural, plural)
        key = f"/registry/{folder}/{ns}/{name}" if ns else f"/registry/{folder}/{name}"
        found = ask("/v3/kv/range", {"key": coded(key.encode())})["kvs"][0]
        return key.encode(), base64.b64decode(found["value"]), made["metadata"]["uid"]

    for n in range(200):
        send("POST", "/api/v1/namespaces", {"metadata": {"name": f"ns-{n:03d}"}})
    try:
        send("POST", "/api/v1/namespaces", {"metadata": {"name": "kube-node-lease"}})
    except SystemExit:
        pass  # the server makes it by itself, sooner or later
    for path, _, count, make in kinds(a):
        plural = path.rsplit("/", 1)[1]
        shapes, puts = {}, []
        for n in range(count):
            item = make(n)
            shape, texts = varying(plural, item, n)
            own = [t.encode() for t in texts + [item["metadata"].get("uid", "")]]
            if shape not in shapes:
                key, value, made = make_one(path, plural, item)
                old = [t.encode() for t in texts + [made if "uid" in item["metadata"] else ""]]
                pattern = re.compile(b"|".join(re.escape(t) for t in sorted(set(old) - {b""}, key=len, reverse=True)))
                shapes[shape] = (key, value, old, pattern)
                continue
            key, value, old, pattern = shapes[shape]
            if [len(t) for t in old] != [len(t) for t in own]:
                raise SystemExit(f"{plural} {n}: its texts have other lengths than those of its shape")
            renamed = dict(zip(old, own))
            key, value = (pattern.sub(lambda m: renamed[m.group()], data) for data in (key, value))
            puts.append({"requestPut": {"key": coded(key), "value": coded(value)}})
            if len(puts) == 100 or n == count - 1:
                ask("/v3/kv/txn", {"success": puts})
                puts = []
        if puts:
            ask("/v3/kv/txn", {"success": puts})
        print(f"loaded {count} {plural}", flush=True)


def urls(a):
    for (path, token) in pages(a):
        print(f"{path}?limit={PAGE}" + (f"&continue={token}" if token else ""))


parser = argparse.ArgumentParser()
commands = parser.add_subparsers(required=True)
for name, function in (("serve", serve), ("load", load), ("urls", urls)):
    sub = commands.add_parser(name)
    sub.set_defaults(run=function)
    if name == "serve":
        sub.add_argument("port", type=int)
        sub.add_argument("--changes", type=float, default=0, help="a second, of pods and events, to who watches")
    if name == "load":
        sub.add_argument("url")
        sub.add_argument("token")
        sub.add_argument("ca")
        sub.add_argument("etcd")
    for what, count in (("nodes", 5000), ("pods", 150000), ("workloads", 10000), ("events", 50000)):
        sub.add_argument(f"--{what}", type=int, default=count)
    sub.add_argument("--practice", action="store_true", help="workloads alone, with what their checks look at")
arguments = parser.parse_args()
arguments.run(arguments)
