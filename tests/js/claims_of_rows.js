/* Running text broken into rows that stand. Here every sign is one wide. */
import { broken, direction, tokens } from "/static/lib/rows.js";
import { same, sure } from "/claims/sure.js";

const wide = (/** @type {string} */ text) => [...text].length;
const rows = (/** @type {string} */ text, width, lang = "en", first = 0) => broken(text, lang, width, first, wide).map((row) => row.text.trim());

export function a_row_is_as_full_as_it_can_be() {
  same(rows("one two three four", 9), ["one two", "three", "four"]);
}

export function what_stands_never_breaks_anew_while_words_come() {
  const text = "the quick brown fox jumps over the lazy dog and naps";
  for (let end = 1; end < text.length; end += 1) {
    const before = rows(text.slice(0, end).trimEnd().replace(/\s*\S+$/, ""), 12), after = rows(text, 12);
    same(before.slice(0, -1), after.slice(0, Math.max(0, before.length - 1)));
  }
}

export function tokens_joined_are_the_text_again() {
  for (const [lang, text] of [["en", "  a  b c "], ["ja", "今日は、OBSで歌うよ！"], ["th", "สวัสดีครับ ทุกคน"], ["ar", "مرحبا بكم"]])
    same(tokens(text, lang).join("").trimEnd(), text.trimEnd());
}

export function a_closing_mark_never_begins_a_row() {
  for (let width = 2; width < 9; width += 1) for (const row of rows("今日は、歌うよ。ありがとう！", width, "ja")) sure(!/^[、。！]/.test(row), row);
}

export function a_word_wider_than_the_row_is_broken_hard_and_nothing_is_lost() {
  same(rows("aaaaaaaaaa", 4).join(""), "aaaaaaaaaa");
  sure(rows("aaaaaaaaaa", 4).every((row) => row.length <= 4));
}

export function a_text_runs_as_its_first_letter_does() {
  same(["hello", "«שלום»", "123 مرحبا", "42", ""].map(direction), ["ltr", "rtl", "rtl", "ltr", "ltr"]);
}
