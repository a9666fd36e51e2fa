"""Metrics that eight clients log to `mlflow server`, 100 in each request; a figure as one line of JSON.

mlflow_metrics.py URL CLIENTS BATCHES BATCH
"""

from __future__ import annotations

import json
import sys
import threading
import time

import httpx2

API = "/api/2.0/mlflow"


def log(url, run, batches, batch):
    """One client: each batch acknowledged before the next is made."""
    with httpx2.Client(base_url=url, trust_env=False, timeout=120) as client:
        for at in range(batches):
            metrics = [
                {"key": "m0", "value": row * 0.5, "timestamp": 1_700_000_000_000, "step": at * batch + row}
                for row in range(batch)
            ]
            client.post(f"{API}/runs/log-batch", json={"run_id": run, "metrics": metrics}).raise_for_status()


def main():
    """Measure."""
    url, clients, batches, batch = sys.argv[1], *map(int, sys.argv[2:])
    with httpx2.Client(base_url=url, trust_env=False, timeout=120) as client:
        runs = [
            client.post(f"{API}/runs/create", json={"experiment_id": "0"}).raise_for_status().json()
            for _ in range(clients)
        ]
    names = [each["run"]["info"]["run_id"] for each in runs]
    threads = [threading.Thread(target=log, args=(url, name, batches, batch)) for name in names]
    began = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    print(json.dumps({"metrics": clients * batches * batch / (time.perf_counter() - began)}))


main()
