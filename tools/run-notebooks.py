"""Executes notebooks on their kernel, as "Run All Cells" would, and fails where any cell failed.

    python tools/run-notebooks.py --out DIR NOTEBOOK...

Writes each executed notebook and DIR/notebooks.json, a report with the seconds of every cell.

A failed cell ends the run with exit code 1; its notebook is written all the same.

Why not plain `jupyter nbconvert --execute`: tslab sends no `error` output (a failed cell is known by its reply only),
no execution count, and a promise that is rejected without being awaited leaves its cell green.
"""

import argparse
import asyncio
import html
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

CELL_TIMEOUT_S = 3600
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
# Long enough for promises that nobody awaits to be rejected after the last cell.
SETTLE = "await new Promise((resolve) => setTimeout(resolve, 300));"


def plain_text(data: dict) -> str:
    """One line of what an output shows, for the terminal."""
    markup = data.get("text/html")
    text = html.unescape(re.sub(r"<[^>]+>", " ", markup)) if markup else data.get("text/plain", "")
    return re.sub(r"\s+", " ", text).strip()


class WatchedClient(NotebookClient):
    """Passes on the progress lines that a running cell shows."""

    def process_message(self, msg, cell, cell_index):
        if sys.stdout.isatty() and msg["msg_type"] == "update_display_data":
            line = "    " + plain_text(msg["content"]["data"])
            sys.stdout.write("\r\x1b[K" + line[: shutil.get_terminal_size().columns - 1])
            sys.stdout.flush()
        return super().process_message(msg, cell, cell_index)


def stderr_of(cell) -> str:
    return "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr")


def title_of(cells, index) -> str:
    """The nearest heading above a cell says what the cell is about."""
    for cell in reversed(cells[:index]):
        heading = re.search(r"^#+ (.+)$", cell.source, re.M) if cell.cell_type == "markdown" else None
        if heading:
            return heading[1]
    return ""


def relink(notebook, up: str) -> None:
    """Links are relative to the notebook: mend them in the copy that lies elsewhere, beside the other copies."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell["source"] = re.sub(r"\]\((?![a-z]+:|[/#]|[^)/]*\.ipynb\))", f"]({up}/", cell.source)
        for output in cell.get("outputs", []):
            markup = output.get("data", {}).get("text/html")
            if markup:
                output["data"]["text/html"] = re.sub(r'href="(?![a-z]+:|[/#])', f'href="{up}/', markup)


def execute(path: Path, out: Path) -> dict:
    notebook = nbformat.read(path, as_version=4)
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    cells, started = [], {}
    notebook.cells.append(nbformat.v4.new_code_cell(SETTLE))

    def on_start(cell, cell_index):
        started[cell_index] = time.monotonic()

    def on_executed(cell, cell_index, execute_reply):
        if cell.source == SETTLE:
            return
        cell["execution_count"] = execute_reply["content"].get("execution_count")
        seconds = time.monotonic() - started[cell_index]
        failed = execute_reply["content"]["status"] != "ok"
        cells.append({"index": cell_index, "seconds": round(seconds, 3), "failed": failed})
        step = f"{len(cells)}/{len(code)}"
        clear = "\r\x1b[K" if sys.stdout.isatty() else ""
        mark = "✗" if failed else "✓"
        print(f"{clear}  {mark} {step:>5}  {title_of(notebook.cells, cell_index)} ({seconds:.1f} s)", flush=True)

    def run_cell(client: NotebookClient, cell, index: int) -> str | None:
        """Why the cell failed, if it did."""
        try:
            client.execute_cell(cell, index)
        except CellExecutionError:
            return stderr_of(cell).strip() or "The cell failed without saying why."
        except CellTimeoutError:
            return f"A cell ran for more than {CELL_TIMEOUT_S} s."
        except DeadKernelError:
            return (
                "The kernel stopped in the middle of a cell. Most often the machine ran out of memory: "
                "close other programs, or choose a smaller model with CLIP_DTYPE=q8."
            )
        return None

    def run_cells(client: NotebookClient, kernel_errors: TextIO) -> str | None:
        """What ended the run, if anything did."""
        for index, cell in enumerate(notebook.cells):
            failure = run_cell(client, cell, index)
            rejected = kernel_errors.read().strip()
            if failure is None and rejected:
                failure = f"A promise that no cell awaits was rejected: {rejected}"
            if failure is not None:
                print(failure, file=sys.stderr)
                return failure
        return None

    with tempfile.NamedTemporaryFile("r", suffix=".log") as kernel_errors:
        client = WatchedClient(
            notebook,
            timeout=CELL_TIMEOUT_S,
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_start=on_start,
            on_cell_executed=on_executed,
        )
        begin = time.monotonic()
        try:
            with client.setup_kernel(env={**os.environ, "WORKSHOP_KERNEL_ERRORS": kernel_errors.name}):
                error = run_cells(client, kernel_errors)
        except (NoSuchKernel, RuntimeError, OSError) as problem:
            if started:
                raise
            error = f"The kernel did not start ({problem}): npm run doctor says what is wrong."
            print(error, file=sys.stderr)
        finally:
            # A kernel that was interrupted while it started: setup_kernel does not end that one.
            if client.km is not None:
                # It has ended then; its start, which was still under way, has settled the same future.
                with suppress(asyncio.InvalidStateError):
                    client._cleanup_kernel()

    notebook.cells.pop()  # the settling cell is ours
    up = os.path.relpath(path.parent, out)
    relink(notebook, up)
    nbformat.write(notebook, out / path.name)
    seconds = round(time.monotonic() - begin, 3)
    return {"notebook": path.name, "seconds": seconds, "cells": cells, "error": error}


def end_by_signal(number, _frame) -> None:
    """As an exception, which ends the kernel too: it has a session of its own, which a signal does not reach."""
    for one in ENDING_SIGNALS:
        signal.signal(one, signal.SIG_IGN)  # a closed terminal is told by the terminal and by our parent
    sys.exit(128 + number)


def main() -> int:
    for one in ENDING_SIGNALS:
        signal.signal(one, end_by_signal)
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("notebooks", type=Path, nargs="+")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    report = []
    for path in options.notebooks:
        print(path.name, flush=True)
        report.append(execute(path.resolve(), options.out.resolve()))
        (options.out / "notebooks.json").write_text(json.dumps(report, indent=2) + "\n")
        if report[-1]["error"]:
            print(f"{path.name} failed: the cells and notebooks after this one were not run.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
