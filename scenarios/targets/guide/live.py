"""The live half: rooms, the scheduler that sends each message to its owner, and threads with their lists and logs."""

import json
import os
import threading
import time
from collections import defaultdict, deque
from datetime import datetime

from flask_socketio import SocketIO
from markupsafe import Markup, escape

QUEUE, BURST, RUNNING, ENDED = 1000, 200, 50, 50
ORDER = ["button", "popup", "action_status", "result", "modal", "reload", "disable_button", "enable_button"]

socketio = SocketIO(async_mode=os.environ["WORKER"], manage_session=False, ping_interval=25, ping_timeout=20)
lock = threading.RLock()


def fault(name):
    return name == os.environ["FAULT"]


class Rooms:
    """The isolation manager. Each session of a user has a room for its sockets; only the session says whose it is."""

    def __init__(self):
        self.users = defaultdict(lambda: defaultdict(set))  # user -> session -> ids of its sockets
        self.places = {}  # id of a socket -> its user and session
        self.ended = set()

    @staticmethod
    def name(user, session):
        if fault("RARE"):
            return str(hash(user) % 100)
        return f"user_{user}_{session}" if fault("ISO01") else json.dumps([user, session])

    def enter(self, user, session, sid):
        with lock:
            if session not in self.ended:
                self.users[user][session].add(sid)
                self.places[sid] = (user, session)
                socketio.server.enter_room(sid, self.name(user, session))
            return session not in self.ended

    def leave(self, sid):
        with lock:
            user, session = self.places.pop(sid, (None, None))
            sockets = self.users[user][session]
            sockets.discard(sid)
            if not sockets or fault("ISO03"):
                del self.users[user][session]
            if not self.users[user]:
                del self.users[user]

    def of(self, user):
        with lock:
            if fault("ISO01"):
                every = [self.name(user, session) for user in self.users for session in self.users[user]]
                return [name for name in every if name.startswith(f"user_{user}_")]
            return {self.name(user, session) for session in self.users.get(user, ())}

    def end(self, user, session):
        """With a session end its sockets."""
        with lock:
            self.ended.add(session)
            sockets = list(self.users.get(user, {}).get(session, ()))
        for sid in sockets:
            socketio.server.disconnect(sid)

    def send(self, owner, event, data):
        if owner is None:  # which only ISO07 lets through
            return socketio.emit(event, data)
        for room in self.of(owner):
            socketio.emit(event, data, to=room)


class Scheduler:
    """Sends what is queued, ten times a second. Each user has a queue of their own, and a message has an owner."""

    def __init__(self):
        self.queues = defaultdict(deque)
        self.shared = deque(maxlen=100)
        self.paused_until = 0

    def put(self, owner, event, data):
        if not owner and not fault("ISO07"):
            raise ValueError(f"`{event}` has no owner")
        with lock:
            queue = self.shared if fault("ISO06") else self.queues[owner]
            queue.append((owner, event, data))
            if len(queue) > QUEUE:  # whoever floods loses what is oldest of it, and never a result
                queue.remove(next(old for old in queue if old[1] != "result"))

    def take(self):
        with lock:
            taken = [self.shared.popleft() for _ in range(len(self.shared))]
            for owner, queue in list(self.queues.items()):
                taken += [queue.popleft() for _ in range(min(BURST, len(queue)))]
                if not queue:
                    del self.queues[owner]
            return in_order(taken)

    def run(self):
        tick = 0
        while True:
            socketio.sleep(0.1)
            if time.monotonic() >= self.paused_until:
                for number, message in enumerate(self.take()):
                    self.send(*message)
                    if number % 50 == 49:
                        socketio.sleep(0)
                tick += 1
                monitor.show(is_fifth=tick % 5 == 0)

    def send(self, owner, event, data):
        try:
            rooms.send(owner, event, data)
        except (TypeError, ValueError):  # not even JSON: whoever made it is told, and everybody else goes on
            if fault("ISO16"):
                raise
            self.put(owner, "popup", {"error": f"This cannot be sent: {' '.join(map(str, data.values()))}"})


def in_order(messages):
    """The newest of each status, the last state of each button, and all else, in the order that a page wants."""
    kept = {}
    for key, (owner, event, data) in enumerate(messages):
        if event == "action_status":
            [(category, (text, *_))] = data.items()
            key = (owner, text) if fault("ISO17") else (owner, category, text)
        elif event.endswith("able_button"):
            key = (owner, "button", *data)
        kept.pop(key, None)
        kept[key] = (owner, event, data)
    return sorted(kept.values(), key=lambda message: ORDER.index(message[1]))


class Stopped(Exception):
    pass


class Thread:
    """An action at work. Whatever it sends goes to the user who has started it."""

    newest_owner = None

    def __init__(self, owner, kind, name):
        self.owner, self.kind, self.name = owner, kind, name
        self.state, self.is_running, self.is_stopped = 0, True, False
        Thread.newest_owner = owner

    def send(self, event, data):
        scheduler.put(Thread.newest_owner if fault("RACE") else self.owner, event, data)

    def status(self, category, state):
        self.state = state
        self.send("action_status", {category: [self.name, state, ""]})
        monitor.changed.add(self.owner)

    def sleep(self, seconds):
        socketio.sleep(seconds)
        if self.is_stopped:
            raise Stopped

    def run(self):
        try:
            WORKS[self.kind](self)
            self.send("result", {"category": self.kind, "text": self.name})
        except Stopped:
            pass
        finally:
            self.is_running = False
            monitor.changed.add(self.owner)


class Monitor:
    """The threads of each user, and what their pages show of them: the list, and the lines that they log."""

    def __init__(self):
        self.threads = defaultdict(list)  # user -> threads, the newest last
        self.lines = defaultdict(list)  # user -> lines that their pages have not shown yet
        self.changed, self.old_pages = set(), set()

    def start(self, owner, kind, name):
        """Starts a thread, and says so, or why not."""
        with lock:
            own = self.threads[owner]
            running = [one for threads in self.threads.values() for one in threads if one.is_running]
            if fault("ISO18") and any(one.kind == kind for one in running):
                return f"{kind} is running already"
            if sum(one.owner == owner for one in running) >= RUNNING:
                return "too many threads are running"
            thread = Thread(owner, kind, name)
            self.threads[owner] = [one for one in own if one.is_running or one in own[-ENDED:]] + [thread]
        self.changed.add(owner)
        socketio.start_background_task(thread.run)
        return f"{kind} is running"

    def find(self, owner, name):
        """The newest of this name."""
        owners = list(self.threads) if fault("ISO08") else [owner]
        return next((one for own in owners for one in reversed(self.threads.get(own, ())) if one.name == name), None)

    def stop(self, thread, with_name):
        thread.is_stopped = True
        if with_name:
            with lock:
                self.threads[thread.owner] = [one for one in self.threads[thread.owner] if one is not thread]
        self.changed.add(thread.owner)

    def page(self, owner):
        safe = str if fault("WEB06") else escape
        rows = (f"<li>{safe(one.name)}: {one.state}</li>" for one in self.threads.get(owner, ()))
        return Markup(f"<ul>{''.join(rows)}</ul>")

    def show(self, is_fifth):
        """Each user's list to that user where it has changed; each fifth time as a part of the page, with the logs."""
        changed, self.changed = self.changed, set()
        self.old_pages |= changed
        for owner in list(changed):
            running = [{"name": one.name, "state": one.state} for one in self.threads.get(owner, ()) if one.is_running]
            for reader in list(rooms.users) if fault("ISO04") else [owner]:
                rooms.send(reader, "threads", running)
        if is_fifth:
            old, self.old_pages = self.old_pages, set()
            lines, self.lines = self.lines, defaultdict(list)
            for owner in old:
                rooms.send(owner, "reload", {"id": "threads_content", "content": str(self.page(owner))})
            for owner, entries in list(lines.items()):
                for reader in list(rooms.users) if fault("ISO05") else [owner]:
                    rooms.send(reader, "log_update", {"files": [{"name": "app.log", "entries": entries}]})


rooms, scheduler, monitor = Rooms(), Scheduler(), Monitor()


def single(thread):
    for step in range(1, 6):
        thread.sleep(0.04)
        thread.status("Countdown", step * 20)


def parallel(thread):
    parts = [socketio.start_background_task(thread.status, f"Part {number}", 100) for number in (1, 2, 3)]
    for part in parts:
        part.join()


def popup(thread):
    owner = getattr(threading.local(), "owner", None) if fault("ISO07") else thread.owner
    for level in ("success", "info", "warning"):
        scheduler.put(owner, "popup", {level: thread.name})


def alert(thread):
    send = socketio.emit if fault("ISO13") else thread.send
    for number in (1, 2):
        send("modal", {"id": f"modal_{number}", "text": thread.name})


def button_control(thread):
    thread.send("button", {"demo": ["mdi-check", thread.name, "success"]})
    for event in ("disable_button", "enable_button"):
        thread.send(event, [thread.name])
        thread.sleep(0.25)


def dynamic(thread):
    thread.send("reload", {"id": "dynamic_content", "content": f"<p>{escape(thread.name)}</p>"})


def broken(thread):
    """A mistake that happens: a value of Python that JSON has no word for."""
    thread.send("popup", {"info": thread.name, "at": datetime.now()})


def flood(thread):
    for number in range(600):
        thread.send("popup", {"info": thread.name})
        if number % 100 == 99:
            thread.sleep(0.03)


def console(thread):
    for line in (1, 2, 3):
        entry = {"timestamp": time.time(), "level": "INFO", "file_line": "live.py", "message": f"{line}: {thread.name}"}
        monitor.lines[thread.owner].append(entry)


def process(thread):
    for _ in range(600):
        thread.sleep(0.1)


DEMOS = {
    "Scheduler Demo": [single, parallel, popup, alert, button_control, dynamic, broken, flood],
    "Demo Thread": [console, process],
}
WORKS = {work.__name__: work for works in DEMOS.values() for work in works}
DEMOS = {title: [work.__name__ for work in works] for title, works in DEMOS.items()}
