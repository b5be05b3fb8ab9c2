"""Notes what Python opens to write outside of given places, and every way out to the network or another program."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_WAYS_OUT = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "urllib.Request")


def watch(places: Sequence[Path], note: Callable[[str], object]) -> None:
    """Watches this process from now on; it cannot be undone. ``note`` is called with each stray."""
    allowed = (*map(str, places), "/dev/", "/proc/self/", f"/proc/{os.getpid()}/")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, str | bytes) and flags & _WRITING:
                place = os.path.realpath(os.fsdecode(path))
                if not place.startswith(allowed):
                    note(f"wrote {place}")
        elif event in _WAYS_OUT:
            note(f"{event} {arguments!r}"[:200])

    sys.addaudithook(hook)
