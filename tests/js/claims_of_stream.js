/* Server-sent events, read by hand. */
import { Reader, address } from "/static/lib/stream.js";
import { same } from "/claims/sure.js";

function read(...pieces) {
  const said = [], retries = [], beats = [];
  const reader = new Reader((event, data) => said.push([event, data]), (ms) => retries.push(ms), (ms) => beats.push(ms));
  for (const piece of pieces) reader.feed(piece);
  return { said, retries, beats };
}

export function an_event_is_whole_only_after_its_empty_line() {
  same(read("event: view\ndata: {}\n").said, []);
  same(read("event: view\ndata: {}\n\n").said, [["view", "{}"]]);
}

export function it_does_not_matter_where_the_pieces_break() {
  const whole = "retry: 1500\n: ok\n\nevent: hello\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\ndata: x\n\n";
  const wanted = read(whole).said;
  same(wanted, [["hello", "{\"a\":\n1}"], ["message", "x"]]);
  for (let at = 1; at < whole.length; at += 1) same(read(whole.slice(0, at), whole.slice(at)).said, wanted);
  same(read(...whole).said, wanted);
}

export function only_numbers_change_the_pause() {
  same(read("retry: 1500\n\nretry: soon\n\nretry: 7\n\n").retries, [1500, 7]);
}

export function a_beat_tells_the_time_and_other_comments_nothing() {
  same(read(": beat 123\n: beat\n: hello\n").beats, [123]);
}

export function every_page_is_named_in_the_address_with_its_overrides() {
  const query = new URL(address(["KEY", "K2?rows=3&theme=neon"], "b1"), "http://x").searchParams;
  same(query.getAll("w"), ["KEY", "K2?rows=3&theme=neon"]);
}
