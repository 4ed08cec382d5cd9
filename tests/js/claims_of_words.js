/* What widgets print themselves, and the slots in it. */
import { LANGUAGES, learn, say, word } from "/static/lib/i18n.js";
import { same, sure } from "/claims/sure.js";

export async function every_language_has_every_word() {
  const en = await learn("en");
  for (const lang of LANGUAGES) {
    const { words } = await import(`/static/lib/words/${lang}.js`);
    same(Object.keys(en).filter((key) => !Object.hasOwn(words, key)), []);
  }
}

export async function a_language_that_is_not_there_is_english() {
  const en = await learn("en");
  same(await learn("xx"), en);
  same(await learn(""), en);
  sure((await learn("de-AT")) !== en);
}

export function a_slot_is_filled_once_and_strangers_fill_no_other() {
  same(say("{name} sent {gift}", { name: "{gift}", gift: "Rose" }), "{gift} sent Rose");
  same(say("{__proto__} {constructor}", {}), "{__proto__} {constructor}");
}

export function a_word_that_nobody_knows_is_what_was_given_instead() {
  same(word(/** @type {any} */ ({ a: "A" }), "toString", "x"), "x");
}
