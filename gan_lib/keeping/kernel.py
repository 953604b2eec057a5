"""Waiting in a cell of a notebook whose widgets stay alive meanwhile."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


async def wait_while(condition: Callable[[], bool]) -> None:
    """Return when the condition no longer holds. (In no thread: Python's end would wait for it.)"""
    with _answering():
        while condition():
            await asyncio.sleep(0.05)


@contextmanager
def _answering() -> Iterator[None]:
    """Inside, the page hears when a widget's message has been dealt with.

    ipykernel 7.4 lets such a message in while a cell awaits something, but never says that it has
    done with it, and a slider that has not heard so sends no other move, for good. Then the cell is
    busy again. Older ones deal with it in another thread, and do say so.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    kernel = getattr(shell, "kernel", None)
    handle = getattr(kernel, "shell_handlers", {}).get("comm_msg")
    if handle is None:
        yield
        return
    cell = kernel.get_parent()

    def say(state: str, parent: dict) -> None:
        topic = f"kernel.{kernel.ident}.status".encode()
        content = {"execution_state": state}
        kernel.session.send(kernel.iopub_socket, "status", content, parent=parent, ident=topic)

    def handle_and_say(stream: object, ident: object, message: dict) -> None:
        handle(stream, ident, message)
        if threading.current_thread() is threading.main_thread():
            say("idle", message)
            say("busy", cell)

    kernel.shell_handlers["comm_msg"] = handle_and_say
    try:
        yield
    finally:
        kernel.shell_handlers["comm_msg"] = handle
