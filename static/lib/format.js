/* Numbers, shares and dates in the overlay's language, with the same shape for the same magnitude. */

/** @typedef {import("./types").Plural} Plural */

export class Format {
  /** @param {string} lang */
  constructor(lang) {
    // Latin digits everywhere: they stand beside TikTok's own numbers, and every theme's figures have one width
    const locale = supported(`${lang}-u-nu-latn`);
    this.whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.short = new Intl.NumberFormat(locale, { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 });
    this.shorter = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 0 });
    this.share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
    this.plurals = new Intl.PluralRules(locale);
    this.locale = locale;
    /** @type {boolean[]} */
    this.shorts = [];
    /** @type {Map<string, Intl.NumberFormat>} */
    this.moneys = new Map();
  }

  /** @param {number} n */
  number(n) { return this.whole.format(n); }

  /** @param {number} n  numbers up to 9,999 stay whole: RULES for counters that people read out */
  compact(n) {
    const size = Math.abs(n);
    if (size < 10000) return this.whole.format(n);
    // never rounds up to what was not reached: 999,950 is 999.9K
    const digits = Math.floor(Math.log10(size));
    if (!this.shortens(digits)) return this.whole.format(n);
    const unit = 10 ** Math.max(0, digits - (digits % 3) - 1);
    return this.short.format(Math.trunc(n / unit) * unit);
  }

  /** Some languages have no short form for thousands. @param {number} digits */
  shortens(digits) {
    let found = this.shorts[digits];
    if (found === undefined) {
      found = this.short.formatToParts(10 ** digits).some((part) => part.type === "compact");
      this.shorts[digits] = found;
    }
    return found;
  }

  /** @param {number} n @param {boolean} compact */
  amount(n, compact) { return compact ? this.compact(n) : this.number(n); }

  /** The form of a phrase that goes with this number: "1 gift", "2 gifts". @param {Plural} forms @param {number} n */
  form(forms, n) { return typeof forms === "string" ? forms : forms[this.plurals.select(n)] ?? forms.other; }

  /** @param {number} ratio */
  percent(ratio) { return this.share.format(Math.floor(ratio * 100) / 100); }

  /** @param {number} n @param {string} currency */
  money(n, currency) {
    let found = this.moneys.get(currency);
    if (!found) {
      try {
        found = new Intl.NumberFormat(this.locale, { style: "currency", currency, notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 });
      } catch { found = this.short; }
      this.moneys.set(currency, found);
    }
    // a language that writes 312,400 out in full needs no cents beside it
    return found.format(Math.abs(n) < 1000 ? n : Math.trunc(n));
  }

  /** @param {number} seconds */
  clock(seconds) {
    const s = Math.max(0, Math.ceil(seconds));
    const h = Math.floor(s / 3600);
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    return h ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
  }
}

/** @param {string} locale */
function supported(locale) {
  try { return Intl.getCanonicalLocales(locale)[0] ?? "en"; } catch { return "en-u-nu-latn"; }
}
