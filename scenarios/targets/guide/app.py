"""The pages: a login that is also the logout, two demo pages whose buttons are actions, and the list of threads."""

import json
import os
import time
from functools import wraps
from pathlib import Path
from urllib.parse import urlsplit

from cachelib import FileSystemCache
from flask import Flask, abort, redirect, render_template, request, send_file, send_from_directory, session
from flask_session import Session
from werkzeug.security import check_password_hash

from live import DEMOS, fault, monitor, rooms, scheduler, socketio
from server import folded

USERS = json.loads(Path(os.environ["USERS_FILE"]).read_text())
HOSTS = os.environ.get("SERVER_NAMES", "127.0.0.1,localhost").split(",")
TRIES, LOCKED, UPLOAD = 5, 300, 100 << 20
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
# No threshold: that many others come is no reason to forget who is logged in.
SESSIONS = FileSystemCache(os.environ["SESSION_FILE_DIR"], threshold=500 if fault("ISO19") else 0, mode=0o600)

app = Flask(__name__)
app.config.update(SECRET_KEY=os.environ["SECRET_KEY"], MAX_CONTENT_LENGTH=1 << 20, PERMANENT_SESSION_LIFETIME=24 * 3600)
app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=SESSIONS, SESSION_COOKIE_SAMESITE="Lax")
app.config.update(SESSION_REFRESH_EACH_REQUEST=False)  # a request that ends after the logout must not save it again
Session(app)
socketio.init_app(app)
socketio.start_background_task(scheduler.run)
behind = app.wsgi_app
failures = {}  # a user's name -> how often a login has failed, and when the last one did


def front(environ, start_response):
    """What nginx does in the guide: it refuses the names of other hosts, and gives all answers the same headers."""

    def start(status, headers, *more):
        return start_response(status, [*headers, *HEADERS.items()], *more)

    if environ.get("HTTP_HOST", "").rsplit(":", 1)[0] in HOSTS:
        return behind(environ, start)
    start("421 Misdirected Request", [("Content-Type", "text/plain")])
    return [b"no such host\n"]


app.wsgi_app = front


def page(title, alert=None, **values):
    return render_template("page.html", title=title, alert=alert, **values)


def who():
    return session.get("user", "anonymous")


def local(path):
    """Where a login leads: to a page of this server."""
    is_local = path and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_local or (path and fault("WEB05")) else "/scheduler-demo"


def needs_login(view):
    @wraps(view)
    def guarded(*args, **values):
        if "user" in session or fault("WEB10"):
            return view(*args, **values)
        return redirect(f"/common/login?next={request.path}")

    return guarded


@app.before_request
def only_from_here():
    if fault("ISO15") and request.method == "GET" and "user" in session:
        scheduler.paused_until = time.monotonic() + 3
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    if request.method not in ("GET", "HEAD", "OPTIONS") and origin != request.host and not fault("WEB02"):
        abort(403)


@app.after_request
def keep_private(answer):
    if request.endpoint != "static":
        answer.headers["Cache-Control"] = "private, no-store"
    return answer


def end_session():
    if "user" in session and not fault("ISO09"):
        rooms.end(session["user"], session.sid)
    session.clear()


@app.get("/common/login")
def login_page():
    end_session()
    if fault("ISO19") or fault("WEB01"):
        session["seen"] = time.time()
    return page("Log in", next=local(request.args.get("next")))


@app.post("/common/login")
def login():
    name, leads_to = folded(request.form.get("user", "")), local(request.form.get("next"))
    counted = request.form.get("user", "") if fault("WEB03") else name
    count, last = failures.get(counted, (0, 0))
    if count >= TRIES and time.time() < last + LOCKED:
        return page("Log in", ("danger", "Too many tries. Wait five minutes."), next=leads_to)
    # Who is unknown takes as long as who is known.
    is_right = check_password_hash(USERS.get(name, next(iter(USERS.values()))), request.form.get("password", ""))
    if not is_right or name not in USERS:
        failures[counted] = (count + 1, time.time())
        return page("Log in", ("danger", "Wrong name or password."), next=leads_to)
    failures.pop(counted, None)
    if fault("WEB01"):
        session["user"] = name
        return redirect(leads_to)
    end_session()
    session["user"] = name
    app.session_interface.regenerate(session)
    return redirect(leads_to)


@app.route("/scheduler-demo", methods=["GET", "POST"], defaults={"title": "Scheduler Demo"})
@app.route("/threading-demo", methods=["GET", "POST"], defaults={"title": "Demo Thread"})
@needs_login
def demo(title):
    pressed = next((kind for kind in DEMOS[title] if f"{title}.btn_{kind}" in request.form), None)
    alert = pressed and ("info", monitor.start(who(), pressed, request.form.get("text", "")[:200] or pressed))
    return page(title, alert, kinds=DEMOS[title])


@app.route("/threads/", methods=["GET", "POST"])
@needs_login
def threads():
    name = request.values.get("thread_name")
    if name is None:
        return page("Threads", rows=monitor.page(who()))
    thread = monitor.find(who(), name)
    if not thread:
        return page("Threads", ("danger", "You have no such thread."))
    if request.method == "GET":
        return page("Thread", thread=thread)
    monitor.stop(thread, with_name=request.form.get("action") == "delete")
    return redirect("/threads/")


@app.post("/upload")
@needs_login
def upload():
    request.max_content_length = UPLOAD
    return page("Upload", ("success", f"{request.files['file'].stream.seek(0, os.SEEK_END)} bytes received"))


@app.get("/common/assets")
def assets():
    name = request.args.get("filename", "")
    return send_file(Path(app.static_folder, name)) if fault("WEB04") else send_from_directory(app.static_folder, name)


@app.get("/", defaults={"path": ""})
@app.get("/<path:path>")
def anything(path):
    if path == "health" and not fault("WEB07"):
        return {"service": "guide"}
    return page("Nothing stands here" if path else "Home")


@app.errorhandler(Exception)
def failed(error):
    """An error keeps its status, and says nothing of what is inside."""
    if not hasattr(error, "code"):
        app.logger.exception("%s failed", request.path)
    return page("This did not work"), getattr(error, "code", 500)


@socketio.on("connect")
def connected(_):
    if fault("ISO02"):
        return rooms.enter(who(), session.sid if "user" in session else "none", request.sid)
    return "user" in session and rooms.enter(who(), session.sid, request.sid)


@socketio.on("user_connected")
def user_connected(said=None):
    """A page has loaded. What it says of its user is not believed."""
    if fault("ISO10") and said:
        rooms.enter(said["user"], session.sid, request.sid)
    monitor.changed.add(who())


@socketio.on("disconnect")
def disconnected(*_):
    rooms.leave(request.sid)
