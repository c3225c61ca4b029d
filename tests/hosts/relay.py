"""The way of one host to the database server, which can be cut."""

from __future__ import annotations

import math
import select
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
_LOOK_EVERY_S = 0.05


class Relay:
    """Passes on what comes to the socket in `folder` to the server whose socket is in `server`."""

    def __init__(self, folder: Path, server: Path) -> None:
        folder.mkdir()
        self._server = str(server / SOCKET)
        self._silent_until = 0.0
        self._drops = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def be_silent(self, for_s: float) -> None:
        """Let nothing through for some time, and nobody know: as when a cable is pulled."""
        self._silent_until = time.monotonic() + for_s

    def pull(self) -> None:
        """Be silent until further notice."""
        self.be_silent(math.inf)

    def plug(self) -> None:
        """Let everything through again."""
        self._silent_until = 0.0

    def drop(self) -> None:
        """End all connections, as the server does when it is killed."""
        self._drops += 1

    def close(self) -> None:
        """Let nobody connect any more, and end all connections."""
        self._listener.close()
        self.drop()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=[client], daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        drops = self._drops
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self._server)
            other = {client: server, server: client}
            while self._drops == drops:
                if time.monotonic() < self._silent_until:
                    time.sleep(_LOOK_EVERY_S)
                    continue
                for source in select.select([client, server], [], [], _LOOK_EVERY_S)[0]:
                    content = source.recv(1 << 16)
                    if not content:
                        return
                    other[source].sendall(content)
