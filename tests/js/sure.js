/* What a claim about a script is made of. It knows no script. */

/** @param {unknown} truth @param {unknown} [what] */
export function sure(truth, what = "") {
  if (!truth) throw new Error(`not so: ${String(what)}`);
}

/** @param {unknown} found @param {unknown} wanted */
export function same(found, wanted) {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`found ${one}, wanted ${other}`);
}
