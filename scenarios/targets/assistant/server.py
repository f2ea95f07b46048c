"""An assistant that answers in a stream, as chat applications do it: Starlette, server-sent events, Redis.

A question is a POST; its answer streams back in pieces while the model writes it. All pages of the user hear of finished
answers over GET /events, a blocking read of the user's stream in Redis, and go on after a cut by Last-Event-ID. An answer
can be followed by its id from another page. The model is a stub that repeats what it was asked, slowly.

    PORT=5001 PYTHONPATH=.python python3 server.py [--fault NAME]

Each NAME opens one fault; expected.yaml says what is wrong then.
"""

import asyncio
import atexit
import hashlib
import hmac
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile

# The first two take an old package: redis 4.5.1, redis 4.5.3.
FAULTS = "CVE-2023-28858 CVE-2023-28859 cached-list any-conversation any-answer prompt-buffer suggestions logout".split()
here = os.path.dirname(os.path.abspath(__file__))
fault = sys.argv[sys.argv.index("--fault") + 1] if "--fault" in sys.argv else ""
if fault and fault not in FAULTS:
    sys.exit(f"no such fault: {fault}; there are {', '.join(FAULTS)}")
version = {"CVE-2023-28858": "4.5.1", "CVE-2023-28859": "4.5.3"}.get(fault, "5.2.1")
if version != "5.2.1":
    sys.path.insert(0, os.path.join(here, ".python-redis-" + version))

import redis.asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

assert redis.__version__ == version, f"redis {redis.__version__} is not {version}"

BLOCK = 1000  # how long a read of a stream waits, in milliseconds
MOST = 1_000_000  # bytes of a request
HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
]


def start_redis():
    """A Redis of our own, which ends with us."""
    folder = tempfile.TemporaryDirectory()
    socket = os.path.join(folder.name, "redis.sock")
    command = ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder.name]
    store = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    atexit.register(folder.cleanup)
    atexit.register(store.wait)
    atexit.register(store.terminate)
    return socket


pool = redis.asyncio.Redis(unix_socket_path=start_redis(), decode_responses=True)
passwords = {}  # a user's digest of a password
ids = {}  # a user's id, which stands in the keys of what is theirs
sessions = {}  # a session's user
left = {}  # what ends when a session does
tasks = set()


def digest(text):
    return hashlib.sha256(text.encode()).digest()


def user_of(request):
    user = sessions.get(request.cookies.get("sid"))
    if user is None:
        raise HTTPException(401, "log in first")
    return user


async def texts_of(request, *names):
    """These texts of the request's body."""
    if int(request.headers.get("content-length", 0)) > MOST:
        raise HTTPException(413, "too large")
    try:
        body = await request.json()
        texts = [body[name] for name in names]
    except (ValueError, LookupError, TypeError):
        texts = []
    if not texts or not all(isinstance(text, str) for text in texts):
        raise HTTPException(400, "send " + ", ".join(names))
    return texts


def private(content, status=200):
    return JSONResponse(content, status, headers={"Cache-Control": "private, no-store"})


def events(generator, **headers):
    headers |= {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(generator, media_type="text/event-stream", headers=headers)


def event(data, name=None, number=None):
    lines = [f"id: {number}\n"] * bool(number) + [f"event: {name}\n"] * bool(name)
    return "".join(lines) + f"data: {json.dumps(data)}\n\n"


async def register(request):
    user, password = await texts_of(request, "user", "password")
    if user in passwords:
        raise HTTPException(409, "this name is taken")
    passwords[user], ids[user] = digest(password), secrets.token_hex(8)
    return private({}, 201)


async def log_in(request):
    user, password = await texts_of(request, "user", "password")
    if not hmac.compare_digest(passwords.get(user, b""), digest(password)):
        raise HTTPException(401, "wrong name or password")
    sid = secrets.token_urlsafe(24)
    sessions[sid] = user
    left[sid] = asyncio.Event()
    answer = private({"user": user})
    answer.set_cookie("sid", sid, httponly=True, samesite="lax")
    return answer


async def log_out(request):
    user_of(request)
    sid = request.cookies["sid"]
    del sessions[sid]
    ended = left.pop(sid)
    if fault != "logout":
        ended.set()
    answer = private({})
    answer.delete_cookie("sid")
    return answer


# What is a user's has their id in its key: whoever asks for another one's asks for nothing.
def key(kind, user, name):
    return f"{kind}:{name}" if fault == "any-" + kind else f"{kind}:{ids[user]}:{name}"


# Conversations: a list of lines, of which the first is there from the beginning.


async def lines_of(request):
    """The key of the conversation that the path names, and its newest lines."""
    conversation = key("conversation", user_of(request), request.path_params["conversation"])
    lines = await pool.lrange(conversation, -20, -1)
    if not lines:
        raise HTTPException(404, "no such conversation")
    return conversation, lines


async def begin(request):
    user, name = user_of(request), secrets.token_urlsafe(16)
    await pool.rpush(key("conversation", user, name), "system: You help.")
    await pool.lpush(f"conversations:{ids[user]}", name)
    return private({"id": name}, 201)


listed = {}  # for a moment: the list is asked for whenever a page is shown


async def conversations(request):
    """The newest conversations of the user, each with its last line."""
    user = user_of(request)
    whose = request.url.path if fault == "cached-list" else user
    found, until = listed.get(whose, (None, 0))
    now = asyncio.get_running_loop().time()
    if until < now:
        names = await pool.lrange(f"conversations:{ids[user]}", 0, 9)
        found = [{"id": name, "last": await pool.lindex(key("conversation", user, name), -1)} for name in names]
        listed[whose] = found, now + 0.5
    return private({"conversations": found})


async def history(request):
    _, lines = await lines_of(request)
    return private({"lines": lines})


prompt = ""


async def model(question):
    """A stub of a language model: it repeats what it was asked, a few letters at a time."""
    global prompt
    prompt = question
    await asyncio.sleep(0.02)  # the text is checked first
    text = f"You asked: {prompt if fault == 'prompt-buffer' else question}."
    for at in range(0, len(text), 5):
        yield text[at : at + 5]
        await asyncio.sleep(0.002)


async def write(user, conversation, stream, question):
    """Lets the model answer, whoever still listens: each piece goes into the answer's stream in Redis."""
    whole = ""
    async for piece in model(question):
        whole += piece
        await pool.xadd(stream, {"delta": piece})
    await pool.rpush(conversation, f"user: {question}", f"assistant: {whole}")
    await pool.xadd(stream, {"done": 1})
    await pool.expire(stream, 600)
    await pool.xadd(f"feed:{ids[user]}", {"text": whole}, maxlen=1000)
    # A few questions are shown as an example to whoever begins.
    if random.random() < 0.01:
        await pool.lpush("suggestions" if fault == "suggestions" else f"suggestions:{ids[user]}", question[:60])


async def read(stream, last, ended=None):
    """The entries of a stream after `last`, as they come; an empty one when nothing has come for a while."""
    while not (ended and ended.is_set()):
        found = await pool.xread({stream: last}, block=BLOCK)
        for number, fields in found[0][1] if found else [(None, {})]:
            last = number or last
            yield number, fields


async def follow(stream, last="0"):
    async for number, fields in read(stream, last):
        if "done" in fields:
            yield event({"done": True}, "delta", number)
            return
        yield event({"delta": fields["delta"]}, "delta", number) if "delta" in fields else ": still writing\n\n"


async def ask(request):
    user, (conversation, _) = user_of(request), await lines_of(request)
    [question], answer = await texts_of(request, "text"), secrets.token_urlsafe(16)
    stream = key("answer", user, answer)
    await pool.xadd(stream, {"begun": 1})
    task = asyncio.create_task(write(user, conversation, stream, question))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return events(follow(stream), **{"X-Answer": answer})


async def resume(request):
    """Follows an answer by its id, from another page or after a cut."""
    stream = key("answer", user_of(request), request.path_params["answer"])
    if not await pool.exists(stream):
        raise HTTPException(404, "no such answer")
    return events(follow(stream, request.headers.get("last-event-id", "0")))


async def feed(request):
    """Says each finished answer to every page of the user."""
    user, ended = user_of(request), left[request.cookies["sid"]]
    last = request.headers.get("last-event-id")
    if last is None:
        newest = await pool.xrevrange(f"feed:{ids[user]}", count=1)
        last = newest[0][0] if newest else "0"

    async def said():
        yield f"id: {last}\n\n"  # who is cut off before anything came goes on from here
        async for number, fields in read(f"feed:{ids[user]}", last, ended):
            if not ended.is_set():
                yield event(fields, "answered", number) if fields else ": nothing yet\n\n"

    return events(said())


async def home(request):
    user = user_of(request)
    shown = await pool.lrange("suggestions" if fault == "suggestions" else f"suggestions:{ids[user]}", 0, 2)
    return private({"hello": user, "suggestions": shown})


async def health(_):
    await pool.ping()
    return PlainTextResponse("assistant-ok")


app = Starlette(
    routes=[
        Route("/health", health),
        Route("/", home),
        Route("/users", register, methods=["POST"]),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
        Route("/conversations", begin, methods=["POST"]),
        Route("/conversations", conversations),
        Route("/conversations/{conversation}", history),
        Route("/conversations/{conversation}/ask", ask, methods=["POST"]),
        Route("/answers/{answer}", resume),
        Route("/events", feed),
    ],
    middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
)

signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the Redis ends too
uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", headers=HEADERS)
