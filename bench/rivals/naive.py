"""What one would write first: a queue and a generator for each reader, in Quart on Hypercorn or with sse-starlette.

python bench/rivals/naive.py PORT quart|starlette
"""

import asyncio
import json
import sys

PAD = "x" * 220
QUEUES = set()


async def orders(reader, _writer):
    """Each byte on the second port is one message."""
    count = 0
    while await reader.read(1):
        count += 1
        for queue in QUEUES:
            queue.put_nowait(count)


async def told():
    """What one reader is told."""
    queue = asyncio.Queue()
    QUEUES.add(queue)
    try:
        yield None
        while True:
            count = await queue.get()
            yield json.dumps({"w": "k", "view": {"as_of_ms": 1790000000000, "n": count, "pad": PAD}})
    finally:
        QUEUES.discard(queue)


async def with_quart(port):
    """Quart on Hypercorn."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from quart import Quart, Response

    app = Quart(__name__)

    @app.get("/stream")
    async def stream():
        async def body():
            async for data in told():
                yield b": ok\n\n" if data is None else f"event: view\ndata: {data}\n\n".encode()

        answer = Response(body(), content_type="text/event-stream")
        answer.timeout = None
        return answer

    config = Config()
    config.bind, config.backlog, config.errorlog = [f"127.0.0.1:{port}"], 4096, None
    await serve(app, config, shutdown_trigger=asyncio.Event().wait)


async def with_starlette(port):
    """sse-starlette on Uvicorn."""
    import uvicorn
    from sse_starlette.sse import EventSourceResponse
    from starlette.applications import Starlette
    from starlette.routing import Route

    async def stream(_request):
        async def body():
            async for data in told():
                yield {"comment": "ok"} if data is None else {"event": "view", "data": data}

        return EventSourceResponse(body())

    app = Starlette(routes=[Route("/stream", stream)])
    await uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", backlog=4096)).serve()


async def main(port, kind):
    """Serve."""
    await asyncio.start_server(orders, "127.0.0.1", port + 1)
    await (with_quart if kind == "quart" else with_starlette)(port)


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
