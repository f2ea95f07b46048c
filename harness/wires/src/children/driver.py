"""python-socketio's asyncio client, driven by lines of JSON: orders come on standard input, and what the client shows
goes to standard output. Each line begins with the number of its connection. It judges nothing, and connects to nothing
again.

Its threaded client starts a thread for each event, so that events overtake each other; this one keeps their order.
"""

import sys

# The folder in which it is run is not a place for modules.
sys.path = [path for path in sys.path if path]

import asyncio
import base64
import json
import os
import ssl
from urllib.parse import urlencode

# Bytes of a refusal's body that are kept, and seconds that it may take.
BODY, READING = 64 << 10, 2
# Seconds that a request may take, and bytes of a message: as many as of the harness's own client.
PATIENCE, MESSAGE = 20, 64 << 20


def write(number, said, **more):
    try:
        text = json.dumps({"said": said, **more}, default=plain, allow_nan=False)
    except ValueError as error:
        text = json.dumps({"said": "malformed", "why": str(error), "raw": repr(more)[:BODY]})
    sys.stdout.write(f"{number} {text}\n")
    sys.stdout.flush()


def plain(value):
    """Bytes as the rest of the project writes them."""
    if isinstance(value, (bytes, bytearray)):
        return {"$binary": base64.b64encode(value).decode()}
    raise ValueError(f"no JSON: {type(value)}")


def binary(value):
    is_binary = len(value) == 1 and isinstance(value.get("$binary"), str)
    return base64.b64decode(value["$binary"] + "==") if is_binary else value


try:
    import aiohttp
    import engineio
    import socketio
    from importlib.metadata import version
except ImportError as error:
    write(0, "missing", why=str(error))
    sys.exit(0)
write(0, "hello", version=f"python-socketio {version('python-socketio')}")

# It takes 16 packets in one poll by default and drops the connection at the 17th; its manual names this.
engineio.payload.Payload.max_decode_packets = 1_000_000


class Connection:
    def __init__(self, number, how):
        self.number, self.how = number, how
        self.is_open = self.is_granted = self.is_over = False
        # What the server answered last, where that is no success.
        self.answer = None
        self.client = self.session = self.task = None

    def say(self, said, **more):
        if not self.is_over:
            write(self.number, said, **more)

    def end(self, said, **more):
        self.say(said, **more)
        self.is_over = True
        connections.pop(self.number, None)

    async def look(self, _session, _context, of):
        """Keeps a refusal, of which the client shows little. It is called before the client has the answer."""
        response = of.response
        if response.status == 101 or 200 <= response.status < 300:
            return
        # A refused upgrade ends nothing: the client goes on by polling.
        if of.url.query.get("transport") == "websocket" and "sid" in of.url.query:
            return
        try:
            body = await asyncio.wait_for(response.read(), READING)
        except (asyncio.TimeoutError, aiohttp.ClientError):
            body = b""
        headers = [[name.lower(), value] for name, value in response.headers.items()]
        self.answer = {"status": response.status, "headers": headers, "body": body[:BODY].decode(errors="replace")}

    def new_session(self):
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self.look)
        context = ssl.create_default_context()
        if self.how["trust"] is not None:
            context.load_verify_locations(cadata=self.how["trust"])
        # A header of the client's `connect` would go with the handshake alone; those of the session go with all.
        return aiohttp.ClientSession(
            headers=[tuple(pair) for pair in self.how["headers"]],
            connector=aiohttp.TCPConnector(ssl=context, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace],
        )

    async def connect(self):
        try:
            await self.dial()
            self.is_open = True
            self.say("transport")
            await self.client.eio.wait()
            # What came before the end is still on its way through tasks of the client.
            await asyncio.sleep(0.01)
            self.end("closed", **self.ending("the connection ended"))
        except Exception as error:
            nothing = {"status": None, "headers": [], "body": None}
            causes = [error]
            while causes[-1].__context__ is not None:
                causes.append(causes[-1].__context__)
            self.end("refused", **(self.answer or nothing), why=str(causes[-1]) or str(error))
        finally:
            if self.session is not None:
                await self.session.close()

    async def dial(self):
        how, namespace = self.how, self.how["namespace"]
        self.session = self.new_session()
        self.client = client = socketio.AsyncClient(
            reconnection=False, handle_sigint=False, http_session=self.session, request_timeout=PATIENCE,
            websocket_extra_options={"max_msg_size": MESSAGE})
        client.on("connect", self.granted, namespace=namespace)
        client.on("connect_error", self.denied, namespace=namespace)
        client.on("disconnect", self.left, namespace=namespace)
        client.on("*", self.event, namespace=namespace)
        query = urlencode([tuple(pair) for pair in how["query"]])
        await client.connect(
            how["url"] + (f"/?{query}" if query else ""), auth=how["auth"], transports=how["transports"],
            namespaces=[namespace], socketio_path=how["path"], wait=False)

    def granted(self, *arguments):
        if self.is_granted:
            return self.event("connect", *arguments)
        self.is_granted = True
        self.say("opened", sid=self.client.get_sid(self.how["namespace"]) or "")

    def denied(self, data=None, *more):
        if self.is_granted:
            return self.event("connect_error", data, *more)
        # Of the transport, `connect` says it.
        if self.is_open:
            self.end("denied", data=data)
            background(self.client.eio.disconnect())

    def left(self, reason=None, *more):
        """It ended, if the reason is one of the client's own."""
        known = vars(type(self.client).reason)
        if more or reason not in known.values():
            return self.event("disconnect", *([] if reason is None else [reason]), *more)
        if reason == self.client.reason.CLIENT_DISCONNECT:
            return
        # Events of the same poll are still on their way through tasks of the client.
        loop = asyncio.get_running_loop()
        if reason == self.client.reason.SERVER_DISCONNECT and self.client.eio.state == "connected":
            loop.call_soon(lambda: self.end("left"))
        else:
            loop.call_soon(lambda: self.end("closed", **self.ending(reason)))

    def ending(self, reason):
        if self.answer:
            status = self.answer["status"]
            return {"by": "server", "code": status, "how": f"a poll or a post was answered with status {status}"}
        code = getattr(self.client.eio.ws, "close_code", None)
        # A close frame without a code is to it a connection that broke.
        if code is not None and code != 1006:
            return {"by": "server", "code": code, "how": "a close frame"}
        return {"by": "nobody", "code": None, "how": f"`python-socketio` says: {reason}"}

    def event(self, name, *arguments):
        # It acknowledges by itself what asks for it.
        self.say("event", name=name, arguments=arguments, id=None)

    async def emit(self, order):
        callback = None
        if order["id"] is not None:
            def callback(*answer):
                self.say("answer", id=order["id"], arguments=answer)
        try:
            await self.client.emit(order["name"], tuple(order["arguments"]), namespace=self.how["namespace"], callback=callback)
        except socketio.exceptions.SocketIOError:
            # It has left; that it has is said.
            pass

    async def close(self, _order):
        if self.is_open:
            # It closes the transport at once, over what it has still to send.
            try:
                await asyncio.wait_for(self.client.eio.queue.join(), READING)
            except asyncio.TimeoutError:
                pass
            await self.client.disconnect()
        else:
            self.task.cancel()
        self.end("closed", by="nobody", code=None, how="this side closed it")


connections = {}


async def take(line):
    number, order = line.split(b" ", 1)
    number, order = int(number), json.loads(order, object_hook=binary)
    if order["do"] == "connect":
        connections[number] = connection = Connection(number, order)
        connection.task = background(connection.connect())
    elif number in connections:
        connection = connections[number]
        if order["do"] == "emit":
            # At once, so that the order is kept; it waits for nothing.
            await connection.emit(order)
        else:
            background(connection.close(order))


running = set()


def background(coroutine):
    """The loop itself holds its tasks only weakly."""
    task = asyncio.ensure_future(coroutine)
    running.add(task)
    task.add_done_callback(running.discard)
    return task


async def main():
    reader = asyncio.StreamReader(limit=1 << 30)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await take(line)
    # What says goodbye may still be on its way. A connection that nobody closed ends with the process.
    if running:
        await asyncio.wait(running, timeout=1)
    os._exit(0)


asyncio.run(main())
