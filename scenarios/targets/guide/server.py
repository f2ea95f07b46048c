"""Starts the application under gunicorn, or adds users: `server.py user add NAME…`, with passwords on standard input.

`--worker eventlet` is what the deployment guide runs, `--worker threading` the other way that Flask-SocketIO has.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import unicodedata
from pathlib import Path

from werkzeug.security import generate_password_hash

WORKERS = {"eventlet": ["-k", "eventlet"], "threading": ["-k", "gthread", "--threads", "1500"]}


def folded(name):
    """One spelling for each user, here and at the login."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def add_users(names):
    file, method = Path(os.environ["USERS_FILE"]), f"pbkdf2:sha256:{os.environ.get('HASH_ROUNDS', '600000')}"
    known = json.loads(file.read_text()) if file.exists() else {}
    known |= {folded(name): generate_password_hash(sys.stdin.readline().rstrip("\n"), method) for name in names}
    file.write_text(json.dumps(known))


def main():
    if sys.argv[1:3] == ["user", "add"]:
        return add_users([name for name in sys.argv[3:] if name != "--"])
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", choices=WORKERS, default="eventlet")
    parser.add_argument("--bind", default="127.0.0.1:5000")
    parser.add_argument("--connections", default="1000")
    parser.add_argument("--fault", default="")
    asked = parser.parse_args()
    settings = ["--bind", asked.bind, "--worker-connections", asked.connections, "--keep-alive", "5"]
    settings += ["--timeout", "120", "--graceful-timeout", "3", "--log-level", "warning", *WORKERS[asked.worker]]
    environment = {**os.environ, "WORKER": asked.worker, "FAULT": asked.fault}
    command = [sys.executable, "-m", "gunicorn", *settings, "app:app"]
    gunicorn = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, cwd=Path(__file__).parent)
    # Whoever has started this closes its standard input at the end.
    threading.Thread(target=lambda: (sys.stdin.read(), gunicorn.terminate()), daemon=True).start()
    sys.exit(gunicorn.wait())


if __name__ == "__main__":
    main()
