"""Desks: whoever has logged in has a desk with a draft, notes, reports and letters, made with NiceGUI.

The page is written as NiceGUI's tutorial begins: without `@ui.page`. NiceGUI 3 runs this file once more for each visitor.
NiceGUI 2 runs it once, at its start, and shows everybody that one page.

PORT=8080 python3 server.py [--fault NAME] serves the desks. It runs itself with the version that it needs.
"""

import os
import sys

FAULT = sys.argv[sys.argv.index("--fault") + 1] if "--fault" in sys.argv else ""
HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = os.path.join(HERE, ".python-2" if FAULT == "shared-page" else ".python")
if os.environ.get("PYTHONPATH") != PACKAGES:
    os.environ["PYTHONPATH"] = PACKAGES
    os.execv(sys.executable, [sys.executable, *sys.argv])

import asyncio
import hashlib
import secrets
import stat
import threading

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from nicegui import Client, app, background_tasks, core, run, ui
from nicegui.storage import request_contextvar
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

OPEN_TO_ALL = {"/login", "/health", "/favicon.ico"}
PATHS = OPEN_TO_ALL | {"/", "/notes", "/logout"}


class Desk:
    """What one user has, and the pages that show it."""

    def __init__(self):
        self.draft = ""
        self.notes = []
        self.pages = []

    def open_pages(self):
        self.pages = [page for page in self.pages if page.client.id in Client.instances]
        return self.pages

    def keep(self, note):
        self.notes = [*self.notes, note][-20:]
        for page in self.open_pages():
            page.log.push(note)

    def tell(self, text):
        for page in self.open_pages():
            with page.client:
                ui.notify(text)


class Reporter:
    """Writes reports. There is one for all, and it takes a moment."""

    def __init__(self):
        self.asked = None
        self.desk = None

    async def report(self, desk, topic):
        self.desk = desk
        text = await self.write(topic)
        if FAULT == "one-reporter":  # whoever asked last, and not whoever asked for this one
            desk = self.desk
        desk.tell(text)

    async def write(self, topic):
        await asyncio.sleep(0.02)
        return f"report on {topic}: all is well"

    def ask_worker(self, topic):
        """Fault `first-page`: one background task for all, which stays in the page that began it."""
        if self.asked is None:
            self.asked = asyncio.Queue()
            background_tasks.create(self.work(ui.context.client))
        self.asked.put_nowait(topic)

    async def work(self, page):
        with page:
            while True:
                ui.notify(await self.write(await self.asked.get()))


# --- Who somebody is -------------------------------------------------------------------------------------------------


def user_of(request):
    """The user of a request's session."""
    return app.storage.general["sessions"].get(request.session.get("id"))


def desk_number(user):
    return app.state.accounts[user].desk


def desk_of(user):
    """A user's desk. There is one for nobody, too: that of a page that is made while no request is served."""
    return app.state.desks.setdefault(user, Desk())


class Account:
    def __init__(self, password, desk):
        self.salt = secrets.token_bytes(16)
        self.digest = self.digest_of(password)
        self.desk = desk

    def digest_of(self, password):
        return hashlib.scrypt(password.encode(), salt=self.salt, n=2**12, r=8, p=1)

    async def has(self, password):
        return secrets.compare_digest(await run.io_bound(self.digest_of, password), self.digest)


def accounts():
    """Those who may log in: `USERS` is `alice bob`. This is a demonstration: their passwords are known."""
    users = enumerate(os.environ.get("USERS", "alice bob").split(), 1)
    return {user: Account(f"the-password-of-{user}", number) for number, user in users}


class Guard(BaseHTTPMiddleware):
    """Pages are for those who have logged in, and each desk is for its user."""

    async def dispatch(self, request, call_next):
        path = request.url.path
        if int(request.headers.get("content-length", 0)) > 1_000_000:
            return PlainTextResponse("this is too much", 413)
        if path in OPEN_TO_ALL or path.startswith("/_nicegui"):
            return await call_next(request)
        if path not in PATHS:
            return PlainTextResponse("there is no such page", 404)
        user = user_of(request)
        if user is None:
            return RedirectResponse("/login", 303)
        desk = request.query_params.get("desk", str(desk_number(user)))
        is_own = desk == str(desk_number(user)) or FAULT == "any-desk"
        return await call_next(request) if is_own else PlainTextResponse("this is not your desk", 403)


class Headers(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        return response


def routes():
    @app.get("/health")
    def health():
        return PlainTextResponse("the desks are open")

    @app.get("/login")
    def login_form():
        return HTMLResponse(
            '<form method="post"><input name="user"><input name="password" type="password"><button>Log in</button></form>'
        )

    @app.post("/login")
    async def login(request: Request, user: str = Form(), password: str = Form()):
        account = app.state.accounts.get(user, app.state.nobody)
        if not await account.has(password) or account is app.state.nobody:
            return PlainTextResponse("wrong name or password", 401)
        end_session(request)
        sid = request.session["id"] = secrets.token_urlsafe(24)
        app.storage.general["sessions"][sid] = user
        return RedirectResponse(f"/?desk={account.desk}", 303)

    @app.post("/logout")
    async def logout(request: Request):
        end_session(request)
        request.session.clear()
        return RedirectResponse("/login", 303)

    @app.get("/notes")
    async def notes(request: Request):
        return JSONResponse(desk_of(user_of(request)).notes, headers={"Cache-Control": "no-store"})


def end_session(request):
    sid = request.session.get("id")
    user = app.storage.general["sessions"].pop(sid, None)
    if user is None or FAULT == "open-after-logout":
        return
    for page in list(desk_of(user).open_pages()):
        if page.session == sid:
            page.leave()


# --- The page --------------------------------------------------------------------------------------------------------


class Page:
    """A desk in a browser's tab."""

    def __init__(self):
        request = request_contextvar.get()
        self.client = ui.context.client
        self.session = request.session.get("id") if request else None
        self.user = user_of(request) if request else None
        self.desk = desk_of(self.user)
        if FAULT == "any-desk":
            self.desk = self.asked_for(request) or self.desk
        self.desk.pages.append(self)

        ui.label(f"The desk of {self.user}")
        draft = ui.textarea("draft").props("data-part=draft")
        if FAULT == "general-draft":
            draft.bind_value(app.storage.general, "draft")
        else:
            draft.bind_value(self.desk, "draft")
        self.to = ui.input("to").props("data-part=to")
        self.text = ui.input("text").props("data-part=text")
        ui.button("Keep", on_click=self.keep).props("data-part=keep")
        ui.button("Report", on_click=self.report).props("data-part=report")
        ui.button("Send", on_click=self.send).props("data-part=send")
        self.log = ui.log(max_lines=20)
        for note in self.desk.notes:
            self.log.push(note)
        (app if FAULT == "greeted-by-all" else self.client).on_connect(self.greet)

    def leave(self):
        """Its session has ended: what it shows goes, and so does what is bound to that."""
        self.desk.pages.remove(self)
        self.client.content.clear()
        self.client.open("/login")

    def asked_for(self, request):
        """Fault `any-desk`: the number in the page's address says whose desk it is."""
        number = request and request.query_params.get("desk")
        return next((desk_of(user) for user in app.state.accounts if str(desk_number(user)) == number), None)

    def greet(self):
        last = self.desk.notes[-1] if self.desk.notes else "nothing yet"
        if self in self.desk.pages:  # it has not left
            ui.notify(f"Welcome back, {self.user}. Your last note: {last}")

    def taken(self):
        """What was typed; the field is empty then."""
        text, self.text.value = self.text.value, ""
        return text

    def keep(self):
        self.desk.keep(self.taken())

    def report(self):
        topic = self.taken()  # now: when the task begins, the next one may have been typed
        if FAULT == "first-page":
            app.state.reporter.ask_worker(topic)
        else:
            background_tasks.create(app.state.reporter.report(self.desk, topic))

    def send(self):
        if self.to.value not in app.state.accounts:
            return ui.notify("nobody has this name")
        letter = f"{self.user} writes: {self.taken()}"
        to = list(app.state.desks.values()) if FAULT == "letter-to-all" else [desk_of(self.to.value)]
        for desk in to:
            desk.tell(letter)


def end_with_whoever_started_it():
    """Whoever started it holds the other end of the pipe."""
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        sys.stdin.read()
        os._exit(0)


if not app.is_started:  # not when the file is run again for a visitor
    app.storage.general.setdefault("sessions", {})
    app.state.accounts = accounts()
    app.state.nobody = Account(secrets.token_hex(16), 0)
    app.state.desks = {}
    app.state.reporter = Reporter()
    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app.add_middleware(Headers)
    if FAULT != "any-origin":  # NiceGUI lets pages of all sites open its socket
        core.sio.eio.cors_allowed_origins = None
    routes()
    threading.Thread(target=end_with_whoever_started_it, daemon=True).start()

if FAULT == "greeted-by-all":  # NiceGUI 3 keeps a page that has no decorator from registering this for all
    ui.page("/")(Page)
else:
    Page()

ui.run(
    host="127.0.0.1",
    port=int(os.environ.get("PORT", 8080)),
    title="Desks",
    reload=False,
    show=False,
    reconnect_timeout=10,
    storage_secret=os.environ.get("SECRET") or secrets.token_hex(32),
)
