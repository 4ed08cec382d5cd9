"""Messages are handed over whole, once and in their order, however the line cuts and mixes them."""

from __future__ import annotations

import asyncio
import random
from functools import partial

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from overlay.upstream.ear import MOST_PARTS, Ear

SIZES = (0, 1, 125, 126, 700, 65_535, 65_536, 200_000)


def frame(body: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    return Frame(opcode, body, fin).serialize(mask=False)


class Counting(Ear):
    """Counts what goes the library's road."""

    slow = 0

    def process_event(self, event) -> None:
        self.slow += isinstance(event, Frame)
        super().process_event(event)


@pytest.fixture
async def called():
    """Connects to a server that shakes hands, then writes these pieces and waits."""
    ends, servers = asyncio.Event(), []

    async def call(
        pieces: list[bytes], *, glued: bytes = b"", pause_s: float = 0.001, express: bool = True
    ) -> Counting:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            protocol = ServerProtocol()
            while not (asked := protocol.events_received()):
                protocol.receive_data(await reader.read(65_536))
            protocol.send_response(protocol.accept(asked[0]))
            writer.write(b"".join(protocol.data_to_send()) + glued)
            for piece in pieces:
                await writer.drain()
                await asyncio.sleep(pause_s)
                writer.write(piece)
            await ends.wait()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        servers.append(server)
        where = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        counting = partial(Counting, express=express)
        return await connect(where, compression=None, proxy=None, ping_interval=None, create_connection=counting)

    call.end = ends.set
    yield call
    ends.set()
    for server in servers:
        server.close()
        await server.wait_closed()


async def listen(connection: Ear, many: int) -> list[bytes]:
    heard: list[bytes] = []
    enough = asyncio.Event()

    def hear(message: bytes) -> None:
        heard.append(message)
        if len(heard) >= many:
            enough.set()

    task = asyncio.create_task(connection.listen(hear))
    async with asyncio.timeout(10):
        await enough.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return heard


@pytest.mark.parametrize("own_road", [True, False])
@pytest.mark.parametrize("seed", range(6))
async def test_messages_come_whole_and_in_order_wherever_the_line_is_cut(called, monkeypatch, seed, own_road):
    if not own_road:  # as with a library that is made differently
        monkeypatch.setattr(Ear, "_is_clear", lambda _: False)
    dice = random.Random(seed)
    sent, line = [], b""
    for number in range(60):
        body = b"%d:" % number + dice.randbytes(dice.choice(SIZES))
        sent.append(body)
        if dice.random() < 0.2:  # in parts, with a ping between them
            at = dice.randint(0, len(body))
            line += frame(body[:at], fin=False) + frame(b"?", Opcode.PING) + frame(body[at:], Opcode.CONT)
        else:
            line += frame(body, dice.choice((Opcode.TEXT, Opcode.BINARY)))
        if dice.random() < 0.1:
            line += frame(b"", Opcode.PONG)
    cuts = sorted({0, len(line), *(dice.randint(0, len(line)) for _ in range(40))})
    pieces = [line[a:b] for a, b in zip(cuts, cuts[1:], strict=False)]
    at = dice.randint(0, 300)
    pieces[:0] = [pieces[0][:at], pieces.pop(0)[at:]]
    connection = await called(pieces[1:], glued=pieces[0])
    assert await listen(connection, len(sent)) == sent


async def test_a_whole_message_passes_the_library_by(called):
    connection = await called([frame(b"x" * 900)] * 20, pause_s=0.005)
    assert await listen(connection, 20) == [b"x" * 900] * 20
    assert connection.slow <= 1  # what came before somebody listened


async def test_without_the_express_road_every_message_goes_the_librarys(called):
    connection = await called([frame(b"x" * 900)] * 20, pause_s=0.005, express=False)
    assert await listen(connection, 20) == [b"x" * 900] * 20
    assert connection.slow == 20


async def test_what_came_before_anybody_listened_is_heard_first(called):
    connection = await called([frame(b"third")], glued=frame(b"first") + frame(b"second"), pause_s=0.05)
    await asyncio.sleep(0.02)
    assert await listen(connection, 3) == [b"first", b"second", b"third"]


async def test_the_close_of_the_line_is_told_to_who_listens(called):
    connection = await called([frame(b"bye"), frame(b"\x0f\xa5over", Opcode.CLOSE)])
    with pytest.raises(ConnectionClosed) as closed:
        called.end()
        await connection.listen(lambda _: None)
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4005, "over")


async def test_trouble_of_who_listens_ends_the_listening_and_not_the_line(called):
    connection = await called([frame(b"a"), frame(b"b"), frame(b"c")])
    heard = []

    def hear(message: bytes) -> None:
        heard.append(message)
        if message == b"b":
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        await connection.listen(hear)
    await asyncio.sleep(0.02)
    assert heard == [b"a", b"b"]
    assert connection.state.name == "OPEN"


async def test_a_message_in_parts_without_end_is_cut_off(called):
    parts = frame(b"", fin=False) + frame(b"", Opcode.CONT, fin=False) * MOST_PARTS
    connection = await called([parts])
    with pytest.raises(ConnectionClosed):
        await connection.listen(lambda _: None)


@pytest.mark.parametrize("size", [600, 70_000])
async def test_a_body_that_looks_like_messages_is_a_body_wherever_it_is_cut(called, size):
    body = frame(b"not a message") * (size // 15)
    whole = frame(body)
    for cut in (1, 2, 4, 10, 10 + 15):
        connection = await called([frame(b"first"), whole[:cut], whole[cut:]], pause_s=0.02)
        assert await listen(connection, 2) == [b"first", body]


async def test_a_whole_message_between_the_parts_of_another_ends_the_line(called):
    connection = await called([frame(b"half", fin=False), frame(b"between"), frame(b"", Opcode.CONT)], pause_s=0.02)
    heard = []
    with pytest.raises(ConnectionClosed):
        called.end()
        await connection.listen(heard.append)
    assert heard == []
