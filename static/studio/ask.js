/* Asking the server. A refusal carries its sentence and its field; a password that is wanted again is asked for once. */
import { confirmed } from "./toast.js";
import { t } from "./words.js";

/** By this the server knows that a page asks: what it refuses it says in the page's language. */
const STUDIO = { "Overlay-Studio": "1" };

/** @type {Promise<boolean> | null} One dialog, however many questions wait for it. */
let asking = null;
/** The owner does not want to sign in now: what only looks does not ask for it again. */
let declined = false;

export class Refused extends Error {
  /** @param {number} status @param {string} code @param {string} sentence @param {string | null} field */
  constructor(status, code, sentence, field) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/**
 * @param {string} method @param {string} path @param {unknown} [body] JSON, or a File to upload as it is
 * @returns {Promise<any>} the answer; a Refused says why not
 */
export async function ask(method, path, body) {
  const answer = await send(method, path, body);
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const refused = await read(answer);
  const wanted = refused.code === "sign_in" ? "/sign-in" : refused.code === "confirm" ? "/studio/confirm" : null;
  if (wanted && !(method === "GET" && declined) && await retype(wanted)) { // here, on this page: going to another one would lose what was typed
    const again = await send(method, path, body);
    if (again.ok) return again.status === 204 ? null : again.json();
    throw await read(again);
  }
  throw refused;
}

/** @param {string} method @param {string} path @param {unknown} body */
async function send(method, path, body) {
  /** @type {RequestInit} */
  const how = { method, cache: "no-store", headers: { ...STUDIO } };
  if (body instanceof Blob) {
    how.body = body;
    how.headers = { ...STUDIO, "Content-Type": body.type || "application/octet-stream" };
  } else if (body !== undefined) {
    how.body = JSON.stringify(body);
    how.headers = { ...STUDIO, "Content-Type": "application/json" };
  }
  try {
    return await fetch(path, how);
  } catch {
    throw new Refused(0, "network", t("unreachable"), null);
  }
}

/** @param {Response} answer */
async function read(answer) {
  try {
    const told = await answer.json();
    return new Refused(answer.status, String(told.error), String(told.message), told.field ?? null);
  } catch {
    return new Refused(answer.status, "unknown", t("failed"), null);
  }
}

/** The password once more; false when the owner thinks better of it. @param {string} path who is to be told @returns {Promise<boolean>} */
function retype(path) {
  asking ??= confirmed({
    title: t("confirm.password"),
    text: t(path === "/sign-in" ? "confirm.session.text" : "confirm.password.text"),
    secret: async (password) => {
      const answer = await send("POST", path, { password });
      return answer.ok ? null : (await read(answer)).message;
    },
  }).then((typed) => {
    declined = !typed;
    return typed;
  }).finally(() => { asking = null; });
  return asking;
}
