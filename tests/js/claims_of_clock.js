/* The server's clock as a page sees it, on a clock that the claim moves. */
import { Clock } from "/static/lib/clock.js";
import { same, sure } from "/claims/sure.js";

function clock() {
  const time = { ms: 0 };
  return { time, clock: new Clock(() => time.ms) };
}

export function the_least_delayed_message_counts() {
  const { time, clock: one } = clock();
  one.hear(1000000, true);
  time.ms = 500;
  one.hear(1000450, false); // fifty late
  same(one.now(), 1000500);
  time.ms = 1000;
  one.hear(1001080, false); // the first one was late
  same(one.now(), 1001080);
}

export function only_a_greeting_turns_the_clock_back() {
  const { time, clock: one } = clock();
  one.hear(9000000, true);
  time.ms = 100;
  one.hear(1000000, false);
  same(one.now(), 9000100);
  one.hear(1000000, true);
  same(one.now(), 1000000);
}

export function a_drift_is_followed_within_minutes() {
  const { time, clock: one } = clock();
  one.hear(1000000, true);
  for (let at = 1; at <= 40; at += 1) {
    time.ms = at * 60000;
    one.hear(1000000 + at * 60000 - at * 10, false); // ours runs fast by ten a minute
  }
  sure(one.now() - (1000000 + time.ms - 400) < 120, one.now());
}

export function what_is_no_time_changes_nothing() {
  const { clock: one } = clock();
  one.hear(1000000, true);
  for (const bad of [null, undefined, NaN, Infinity, "5"]) one.hear(/** @type {any} */ (bad), true);
  same(one.now(), 1000000);
}
