"""The least that Python can do: an asyncio protocol that writes the same bytes to every connection.

python bench/rivals/bare.py PORT asyncio|uvloop
"""

import asyncio
import sys

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n6\r\n: ok\n\n\r\n"
PAD = b"x" * 220
OPEN = set()


class Line(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, _data):
        self.transport.write(HEAD)
        OPEN.add(self.transport)

    def connection_lost(self, _error):
        OPEN.discard(self.transport)


async def main(port):
    """Serve; each byte on the second port is one message."""
    loop, count = asyncio.get_running_loop(), 0

    async def orders(reader, _writer):
        nonlocal count
        while await reader.read(1):
            count += 1
            data = b'event: view\ndata: {"w":"k","view":{"as_of_ms":1790000000000,"n":%d,"pad":"%b"}}\n\n' % (
                count,
                PAD,
            )
            chunk = b"%x\r\n%b\r\n" % (len(data), data)
            for transport in OPEN:
                transport.write(chunk)

    await asyncio.start_server(orders, "127.0.0.1", port + 1)
    server = await loop.create_server(Line, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if sys.argv[2] == "uvloop":
    import uvloop

    asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main(int(sys.argv[1])))
else:
    asyncio.run(main(int(sys.argv[1])))
