/* What strangers write, made fit for a line. Each export is a claim; its name is its sentence. */
import { called, cut, graphemes, hash, initials, tidy } from "/static/lib/text.js";
import { same, sure } from "/claims/sure.js";

export function a_long_name_is_cut_between_graphemes() {
  const family = "👩‍👩‍👧‍👦";
  same(cut(family.repeat(30), 3), `${family.repeat(3)}…`);
  same(cut("a".repeat(24)), "a".repeat(24));
  same(cut("a".repeat(25)), `${"a".repeat(24)}…`);
  same(cut("two words here", 4), "two…");
}

export function what_reorders_a_line_or_draws_nothing_goes() {
  same(tidy("a\u202eb\u2066c\u200bd\u0007e\ufeff"), "abcde");
  same(tidy(null), "");
}

export function marks_that_pile_up_are_three_at_most() {
  same(graphemes(tidy("x" + "\u0336".repeat(40))).length, 1);
  same([...tidy("x" + "\u0336".repeat(40))].length, 4);
}

export function the_flag_of_scotland_keeps_its_tags() {
  const flag = "🏴󠁧󠁢󠁳󠁣󠁴󠁿";
  same(tidy(flag), flag);
}

export function a_name_that_draws_nothing_gives_way_to_the_handle() {
  same(called({ name: "\u3164\u2800", handle: "ana" }, "Somebody"), "@ana");
  same(called({ name: "\u200d\ufe0f ", handle: "" }, "Somebody"), "Somebody");
  same(called(null, "Somebody"), "Somebody");
  same(called({ name: "Ana", handle: "x" }, "Somebody"), "Ana");
}

export function a_missing_picture_shows_letters_of_the_name() {
  same(initials("mira kay"), "MK");
  same(initials("@tobi"), "T");
  same(initials("健二 太郎"), "健");
  same(initials("🦊 fox"), "🦊");
  same(initials("~~~"), "•");
}

export function the_same_text_always_has_the_same_number() {
  same(hash("luna"), hash("luna"));
  sure(hash("luna") !== hash("lunb"));
  same(hash(""), 2166136261);
}
