/* The shapes that the server sends, for the type checker alone: nothing here reaches a browser. */

export interface User {
  id: string | null; handle: string | null; name: string | null; avatar: string | null;
  level: number | null; anonymous: boolean | null;
}
export interface Gift { id: string | null; name: string | null; image: string | null }
export type Alerting = "gift" | "follow" | "share" | "subscribe" | "superfan" | "envelope" | "goal" | "milestone" | "summary";
export interface Item {
  id: string; what: Alerting; user: User | null; gift: Gift | null; count: number | null; people: number | null;
  diamonds: number | null; running: boolean | null; text: string | null; at_ms: number; test: boolean | null;
  /** what a summary sums up */ parts?: { what: Alerting; count: number }[];
}
/** A phrase with a number in it: one form, or a form for each of the language's plurals. */
export type Plural = string | (Partial<Record<Intl.LDMLPluralRule, string>> & { other: string });
export interface Leaderboard {
  metric: string; period: string; total: number; people: number; as_of_ms?: number;
  entries: { rank: number; user: User; score: number; gifts: number | null; moved: number | null }[];
}
export interface Goal {
  metric: string; label: string; value: number; target: number; step: number; steps: number[]; ratio: number;
  reached: boolean; reached_at_ms: number | null;
}
export interface Team { hosts: User[]; total: number; share: number; top: { user: User; score: number }[] }
export interface Booster { effect: string; multiplier: number | null; by: User | string | null; team: number | null; ends_ms: number }
export interface Battle {
  phase: "idle" | "preparing" | "starting" | "active" | "finished" | "punish";
  match_id: string | null; round: number | null; started_ms: number | null; ends_ms: number | null;
  duration_s: number | null; settling: boolean; teams: Team[]; boosters: Booster[];
  leader: number | null; winner: number | null; tie: boolean; reason: string | null;
}
export interface Segment {
  id: string; speaker: string | null; fixed: string; tail: string; final: boolean; language: string | null;
  translation: string | null; started_ms: number;
}
export interface Captions { segments: Segment[]; source: string }
export type Part = { text: string; emote?: null; image?: null } | { emote: string; image: string | null; text?: null };
export interface Line {
  id: string; user: User | null; parts: Part[]; at_ms: number;
  badges: { kind: "moderator" | "subscriber" | "fan" | "level"; text: string | null; image: string | null }[];
  reply_to: User | string | null; starred: boolean | null;
  /** a line in between: what somebody did */ what?: "join" | "gift" | "follow" | "question";
  gift?: Gift | null; count?: number | null; diamonds?: number | null;
}
export interface Chat { messages: Line[] }
export interface Alerts {
  stage: { item: Item; from_ms: number; until_ms: number } | null;
  waiting: number; paused: boolean; muted: boolean; items: Item[];
}
export interface Feed { items: Item[] }
export interface Counter { metric: string; value: number | null; since_ms: number | null; stale: boolean }
export interface Latest {
  what: string; user: User | null; gift: Gift | null; count: number | null; diamonds: number | null; at_ms: number | null;
}
export interface Ranking {
  board: string; region: string | null; class: string | null; masked: boolean; reset_ms: number | null;
  fetched_ms: number | null; stale: boolean; live_count?: number | null; game?: string | null;
  label?: string | null;
  ladder?: { class_type: number; label: string; count?: number | null }[];
  entries: { rank: number | null; user: User; score: number | null; live: boolean | null; me: boolean; hidden?: boolean }[];
  me: {
    rank: number | null; score: number | null; to_next: number | null; to_behind?: number | null;
    since_stream?: number | null; since_midnight?: number | null;
  } | null;
}
export interface Sellers {
  region: string; date_type: string; date_value: string | null; fetched_ms: number | null; stale: boolean;
  entries: {
    rank: number; user: User; units: number | null; gmv: number | null; currency: string | null; lives: number | null;
    me?: boolean; usd?: number | null; title?: string | null;
  }[];
}

/** Any option by its contract name; every kind has more than the shared ones. */
export interface Options { [name: string]: any }

export interface Hello {
  w: string; kind: string; name: string; creator: unknown; options: Options; theme: string;
  /** only where the theme is a creator's own: changes with its files */ theme_build?: string; view: any;
  live: { state: string; reason: string | null } | string | null; build: string; now_ms: number;
}

export type Motion = "full" | "reduced" | "none";

/** What the page lends a widget beside its view. */
export interface Context {
  /** the server's clock now, in milliseconds */ now(): number;
  lang: string;
  dir: "ltr" | "rtl";
  motion: Motion;
  /** multiplies every duration; 1 is as designed */ pace: number;
  preview: boolean;
  theme: string;
  /** true when this drawing is not the news of the moment: first, after being hidden, after a reconnect */ quiet: boolean;
  words: import("./i18n.js").Words;
  format: import("./format.js").Format;
  sound: import("./sound.js").Sound;
  /** draw again at this server time, whatever comes */ wake(at_ms: number): void;
}

export interface Widget<V> {
  render(root: HTMLElement, view: V, options: Options, ctx: Context): void;
  /** the size in CSS pixels for which the widget is drawn at scale 1 */
  size?(options: Options, view: V | null): { w: number; h: number; least?: number };
  /** in a flood, milliseconds between two drawings; news after a rest is drawn at once */
  pace_ms?: number;
  /** whether the view says anything now; a page with nothing to say shows nothing */
  busy?(view: V, now_ms: number, options: Options): boolean;
  /** whether something is on that a reload must not cut off */
  holds?(view: V, now_ms: number): boolean;
  /** what counts as news for `hide_after_s`; the whole view if absent */
  news?(view: V): unknown;
}
