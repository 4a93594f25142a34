"""How gunicorn serves the web process; read by itself from the folder that `bin/serve` starts in.

There is no access log, and no path enters the error log: a path can hold a participant's link.
"""

import os

from gunicorn.glogging import Logger

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = 2
threads = 4
graceful_timeout = 20
control_socket_disable = True
accesslog = None


def without_path(record):
    """Cut a log record of gunicorn's down to words of its own, where it would quote the request."""
    for words in ("Error handling request", "Invalid request"):
        if str(record.msg).startswith(words):
            record.msg, record.args = words, ()
    return True


class PathlessLogger(Logger):
    """gunicorn's logger, which never writes what was asked for."""

    def setup(self, cfg):
        super().setup(cfg)
        if without_path not in self.error_log.filters:
            self.error_log.addFilter(without_path)


logger_class = PathlessLogger
