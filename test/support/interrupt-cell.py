"""Runs three cells, interrupting the second as soon as it prints something, and prints their outputs as JSON."""

import json
import sys
import time

from jupyter_client import KernelManager


def outputs(client, code, on_print=lambda: None):
    message_id, texts = client.execute(code), []
    while True:
        message = client.get_iopub_msg(timeout=20)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        if message["msg_type"] == "stream":
            if not texts:
                on_print()
            texts.append(message["content"]["text"])
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return "".join(texts)


name, before, interrupted, after = sys.argv[1:]
manager = KernelManager(kernel_name=name)
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
try:
    printed = [outputs(client, before), outputs(client, interrupted, on_print=manager.interrupt_kernel)]
    time.sleep(0.5)
    print(json.dumps([*printed, outputs(client, after)]))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
