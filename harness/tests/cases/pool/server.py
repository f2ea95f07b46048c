"""Each user has a list of notes in Redis, and a stream of them. Both are sound: the client library is old or new.

Broken: `redis` 4.5.1 (CVE-2023-28858). Who leaves in the middle of a blocking read leaves its answer in the pool, for
the next command of anybody.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
fault = sys.argv[sys.argv.index("--fault") + 1] if "--fault" in sys.argv else ""
packages = os.path.join(here, "..", "python_modules")
version = "4.5.1" if fault == "broken" else "5.2.1"
sys.path[:0] = [os.path.join(packages, "pool"), os.path.join(packages, "redis-" + version)]

import redis.asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

assert redis.__version__ == version, f"redis {redis.__version__} is not {version}"

folder = tempfile.TemporaryDirectory()
socket = os.path.join(folder.name, "redis")
store = subprocess.Popen(
    ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder.name],
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
)
atexit.register(folder.cleanup)
atexit.register(store.wait)
atexit.register(store.terminate)
pool = redis.asyncio.Redis(unix_socket_path=socket, decode_responses=True)


def of(request, what):
    return f"{what}:{request.headers['x-user']}"


async def write(request):
    text = (await request.json())["text"]
    for what in ("notes", "new"):
        await pool.rpush(of(request, what), text)
    return JSONResponse({}, status_code=201)


async def read(request):
    return JSONResponse(await pool.lrange(of(request, "notes"), -3, -1))


async def stream(request):
    async def notes():
        yield ": here\n\n"
        while True:
            if note := await pool.blpop([of(request, "new")], timeout=2):
                yield f"event: note\ndata: {json.dumps(note[1])}\n\n"

    return StreamingResponse(notes(), media_type="text/event-stream")


async def up(_):
    return JSONResponse(await pool.ping())


routes = [
    Route("/notes", write, methods=["POST"]),
    Route("/notes", read),
    Route("/stream", stream),
    Route("/up", up),
]
uvicorn.run(Starlette(routes=routes), port=int(os.environ["PORT"]), log_level="warning")
