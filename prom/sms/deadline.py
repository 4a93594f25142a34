"""One deadline for a whole answer. The HTTP library's time-out is for each read, so that an answer whose bytes drip
would never end; here each read may only take what is left of it."""

import io
from http.client import HTTPResponse

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection


def bound(manager: PoolManager) -> None:
    """Give each answer of these pools, from its first byte to its last, the seconds of one read."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _Left(io.RawIOBase):
    """The bytes that come from a socket until its time-out, counted from now, is over; then TimeoutError."""

    def __init__(self, sock):
        self._sock, self._bytes = sock, sock.makefile("rb", buffering=0)
        self._deadline = Timeout(total=sock.gettimeout())
        self._deadline.start_connect()

    def readable(self):
        return True

    def readinto(self, buffer):
        left = self._deadline.read_timeout
        if not left:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._bytes.readinto(buffer)

    def close(self):
        self._bytes.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, sock, *args, **more):
        super().__init__(sock, *args, **more)
        self.fp.close()
        self.fp = io.BufferedReader(_Left(sock))


class _Connection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
