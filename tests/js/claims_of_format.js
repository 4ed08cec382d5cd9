/* Numbers in the overlay's language. */
import { Format } from "/static/lib/format.js";
import { same, sure } from "/claims/sure.js";

export function small_numbers_stay_whole_and_big_ones_never_round_up() {
  const en = new Format("en");
  same([0, 9999, 10000, 10999, 999950, 1000000, 123456789].map((n) => en.compact(n)),
    ["0", "9,999", "10K", "10.9K", "999.9K", "1M", "123.4M"]);
}

export function a_share_is_full_only_when_it_is() {
  const en = new Format("en");
  same([0, 0.5, 0.999, 1, 1.2].map((n) => en.percent(n)), ["0%", "50%", "99%", "100%", "120%"]);
}

export function digits_are_latin_in_every_language() {
  for (const lang of ["ar", "ja", "de", "th", "fa", "no-such-language-at-all"]) sure(/^\d/.test(new Format(lang).number(1234)), lang);
}

export function a_countdown_never_shows_less_than_is_left() {
  const en = new Format("en");
  same([-1, 0, 0.1, 59.2, 60, 3599.5, 3661].map((s) => en.clock(s)),
    ["0:00", "0:00", "0:01", "1:00", "1:00", "1:00:00", "1:01:01"]);
}

export function a_phrase_goes_with_its_number() {
  const en = new Format("en");
  const forms = { one: "gift", other: "gifts" };
  same([1, 2, 0].map((n) => en.form(forms, n)), ["gift", "gifts", "gifts"]);
  same(en.form("gift", 5), "gift");
}

export function a_currency_that_nobody_knows_is_a_number() {
  sure(new Format("en").money(1500, "??").includes("1.5K"));
}

export function money_that_is_written_out_has_no_cents_beside_its_thousands() {
  sure(new Format("de").money(312400.5, "USD").startsWith("312.400") && !new Format("de").money(312400.5, "USD").includes(","));
  sure(new Format("en").money(312400.5, "USD").includes("312.4K"));
}
