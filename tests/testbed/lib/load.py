#!/usr/bin/python3
"""load.py --port PORT --pki DIR --nodes N --pods N

Fills a standalone control plane through its API: Ready nodes that nothing
runs on, and Running pods bound to them in the namespace `load`.
"""
import argparse
import datetime
import http.client
import json
import multiprocessing
import ssl
import threading
import time

THREADS = 8
PROCESSES = 2
MERGE = "application/merge-patch+json"
CONFLICT = 409
NOW = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
ROOM = {"cpu": "64", "memory": "256Gi", "pods": "250", "ephemeral-storage": "100Gi"}


class Api:
    """One connection as the cluster's administrator."""

    def __init__(self, port: int, pki: str) -> None:
        context = ssl.create_default_context(cafile=f"{pki}/ca.crt")
        context.load_cert_chain(f"{pki}/admin.crt", f"{pki}/admin.key")
        self.connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)

    def send(self, method: str, path: str, body: dict, kind: str = "application/json") -> None:
        """An object that exists already is fine: a load can be repeated."""
        self.connection.request(method, path, json.dumps(body), {"Content-Type": kind})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300 and answer.status != CONFLICT:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")


def condition(kind: str) -> dict:
    return {"type": kind, "status": "True", "lastTransitionTime": NOW}


def make_node(api: Api, index: int, version: str) -> None:
    name = f"load-{index:05d}"
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": f"z{index % 3}"}
    info = dict.fromkeys(("machineID", "systemUUID", "bootID"), "") | {
        "kubeletVersion": version, "kubeProxyVersion": version, "containerRuntimeVersion": "containerd://1.6.20",
        "osImage": "Debian GNU/Linux 12 (bookworm)", "kernelVersion": "6.1.0", "architecture": "amd64", "operatingSystem": "linux",
    }
    ready = condition("Ready") | {"reason": "KubeletReady", "message": "ready", "lastHeartbeatTime": NOW}
    api.send("POST", "/api/v1/nodes", {
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
        "status": {"capacity": ROOM, "allocatable": ROOM, "nodeInfo": info, "conditions": [ready],
                   "addresses": [{"type": "InternalIP", "address": f"10.1.{index // 250}.{index % 250 + 1}"}]},
    })
    # Admission taints every new node as not ready.
    api.send("PATCH", f"/api/v1/nodes/{name}", {"spec": {"taints": None}}, MERGE)


def make_pod(api: Api, index: int, nodes: int) -> None:
    name, image = f"load-{index:06d}", "k8s.gcr.io/pause:3.2"
    api.send("POST", "/api/v1/namespaces/load/pods", {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": f"app-{index % 100}"}},
        "spec": {"nodeName": f"load-{index % nodes:05d}", "terminationGracePeriodSeconds": 0,
                 "automountServiceAccountToken": False, "containers": [{"name": "main", "image": image}]},
    })
    container = {"name": "main", "ready": True, "started": True, "restartCount": 0, "image": image, "imageID": "none",
                 "containerID": f"containerd://{index:064d}", "state": {"running": {"startedAt": NOW}}}
    api.send("PATCH", f"/api/v1/namespaces/load/pods/{name}/status", {"status": {
        "phase": "Running", "podIP": f"10.2.{index // 250 % 250}.{index % 250 + 1}", "startTime": NOW,
        "conditions": [condition(kind) for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")],
        "containerStatuses": [container],
    }}, MERGE)


def work(args: argparse.Namespace, make, extra, indexes: list[int], failed) -> None:
    def thread(part: list[int]) -> None:
        try:
            api = Api(args.port, args.pki)
            for index in part:
                make(api, index, extra)
        except Exception:
            failed.set()
            raise

    threads = [threading.Thread(target=thread, args=(indexes[i::THREADS],)) for i in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def spread(args: argparse.Namespace, what: str, count: int, make, extra) -> None:
    """Makes the objects from several processes, each with several threads."""
    start, failed = time.monotonic(), multiprocessing.Event()
    indexes = list(range(count))
    processes = [
        multiprocessing.Process(target=work, args=(args, make, extra, indexes[i::PROCESSES], failed)) for i in range(PROCESSES)
    ]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    if failed.is_set():
        raise SystemExit(f"not all {what} could be made")
    print(f"{count} {what} in {time.monotonic() - start:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pki", required=True)
    parser.add_argument("--nodes", type=int, default=10)
    parser.add_argument("--pods", type=int, default=0)
    parser.add_argument("--version", default="v1.19.16", help="of the nodes' kubelets")
    args = parser.parse_args()
    if args.nodes < 1:
        parser.error("pods need at least one node")
    Api(args.port, args.pki).send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "load"}})
    spread(args, "nodes", args.nodes, make_node, args.version)
    if args.pods:
        spread(args, "pods", args.pods, make_pod, args.nodes)


main()
