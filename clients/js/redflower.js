/**
 * Red Flower for partner servers and tools: report deeds by the list, ask for user tokens, verify webhooks.
 * No dependencies: fetch and WebCrypto (Node 20, Deno, Bun, workers). Never put a private key into a browser.
 *
 *   const key = await Key.fromPem(pem, keyId);
 *   const flowers = new RedFlower("https://redflower.example", key);
 *   const report = await flowers.reportDeeds([{ id: "u-7.2026-09-09", campaign: "daily-steps", user: "u-7", done_at: "…", amount: 7204 }]);
 */
const TAG = "red-flower";
const LABEL = "sig1";
const DEEDS_MAX = 10_000;
const TOLERANCE_SECONDS = 300;
const encoder = new TextEncoder();

const toBase64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
const fromBase64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** The platform refused the whole request (RFC 9457). `code` is stable; `message` is a sentence for people. */
export class Problem extends Error {
  constructor(status, problem) {
    super(problem.title || `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = problem.code || "";
    this.facts = problem.facts || {};
  }
}

/** Nobody answered, or nobody could answer now. The same request may be sent again: nothing counts twice. */
export class Unreachable extends Error {
  constructor(message, options) { super(message, options); this.name = "Unreachable"; }
}

/** A delivery that is not from the platform, not for this endpoint, or too old to be believed. */
export class WebhookForged extends Error {
  constructor(message) { super(message); this.name = "WebhookForged"; }
}

/** A partner app's private key and the name the platform knows it by. */
export class Key {
  #crypto;
  constructor(id, cryptoKey) { this.id = id; this.#crypto = cryptoKey; }

  /** Reads the PEM (PKCS #8, Ed25519) that the console showed once. */
  static async fromPem(pem, id) {
    const body = pem.replace(/-----[A-Z ]+-----|\s/g, "");
    return new Key(id, await crypto.subtle.importKey("pkcs8", fromBase64(body), { name: "Ed25519" }, false, ["sign"]));
  }

  async sign(bytes) { return new Uint8Array(await crypto.subtle.sign("Ed25519", this.#crypto, bytes)); }
  toJSON() { return { id: this.id }; }
}

/** The headers that make a request ours (RFC 9421): digest, what is signed, the signature; a fresh nonce each time. */
export async function signRequest(key, { method, url, body = new Uint8Array(), contentType = "", now = Math.floor(Date.now() / 1000) }) {
  const lines = [["@method", method.toUpperCase()], ["@path", new URL(url).pathname]];
  const headers = {};
  if (contentType) {
    headers["content-type"] = contentType;
    headers["content-digest"] = `sha-256=:${toBase64(await crypto.subtle.digest("SHA-256", body))}:`;
    lines.push(["content-type", contentType], ["content-digest", headers["content-digest"]]);
  }
  const nonce = toBase64(crypto.getRandomValues(new Uint8Array(16))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const params = `(${lines.map(([name]) => `"${name}"`).join(" ")});created=${now};nonce="${nonce}";keyid="${key.id}";alg="ed25519";tag="${TAG}"`;
  const base = [...lines.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${params}`].join("\n");
  headers["signature-input"] = `${LABEL}=${params}`;
  headers.signature = `${LABEL}=:${toBase64(await key.sign(encoder.encode(base)))}:`;
  return headers;
}

/** The event inside a delivery, once its signature is proven. The same webhook-id may come more than once. */
export async function verifyWebhook(secret, headers, body, { now = Math.floor(Date.now() / 1000) } = {}) {
  const told = new Headers(headers);
  const [id, stamp, signatures] = ["id", "timestamp", "signature"].map((name) => told.get(`webhook-${name}`) || "");
  if (!id || !/^\d{1,11}$/.test(stamp) || !signatures) throw new WebhookForged("the delivery is not signed");
  if (Math.abs(now - Number(stamp)) > TOLERANCE_SECONDS) throw new WebhookForged("the delivery is too old, or this clock is wrong");
  const bytes = typeof body === "string" ? encoder.encode(body) : new Uint8Array(body);
  const head = encoder.encode(`${id}.${stamp}.`);
  const signed = new Uint8Array(head.length + bytes.length);
  signed.set(head);
  signed.set(bytes, head.length);
  const key = await crypto.subtle.importKey("raw", fromBase64(secret.replace(/^whsec_/, "")), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  for (const each of signatures.split(" ")) {
    if (!each.startsWith("v1,")) continue;
    let signature;
    try { signature = fromBase64(each.slice(3)); } catch { continue; }
    if (await crypto.subtle.verify("HMAC", key, signature, signed)) return JSON.parse(new TextDecoder().decode(bytes));
  }
  throw new WebhookForged("the signature is not ours");
}

/** A partner's dealings with one Red Flower instance. */
export class RedFlower {
  constructor(baseUrl, key, { fetch: ask = globalThis.fetch, timeoutMs = 20_000, language = "zh-Hans" } = {}) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.key = key;
    this.ask = ask;
    this.timeoutMs = timeoutMs;
    this.language = language; // of the sentences in answers; codes are the same in all
  }

  /**
   * Reports any number of deeds, in requests of at most 10,000, and answers each in the order given. Every deed carries an
   * id of yours; the same id is the same deed for ever, so what went unheard may simply be reported again.
   */
  async reportDeeds(deeds, { size = 1_000 } = {}) {
    const answers = [];
    const step = Math.min(size, DEEDS_MAX);
    for (let start = 0; start < deeds.length; start += step) {
      const told = await this.#send("POST", "/api/partner/v1/deeds", { deeds: deeds.slice(start, start + step) });
      answers.push(...told.answers);
    }
    return { answers, flowers: answers.reduce((sum, each) => sum + (each.flowers || 0), 0) };
  }

  /** Short-lived tokens for users of yours, for `<red-flower>` in their browsers. */
  async userTokens(users) { return (await this.#send("POST", "/api/partner/v1/user-tokens", { users })).tokens; }

  /** Pages of the platform on which users say that they are somebody there, too; lead each on to theirs, within 15 minutes. */
  async linkPages(users) { return (await this.#send("POST", "/api/partner/v1/links", { users: users.map((user) => ({ user })) })).links; }

  /** The campaigns this key may report to, with what is left of each. */
  async campaigns() { return (await this.#send("GET", "/api/partner/v1/campaigns")).campaigns; }

  async #send(method, path, value) {
    const url = this.baseUrl + path;
    const body = value === undefined ? undefined : encoder.encode(JSON.stringify(value));
    const contentType = body ? "application/json" : "";
    const headers = { accept: "application/json", "accept-language": this.language, ...(await signRequest(this.key, { method, url, body, contentType })) };
    let answer;
    try {
      answer = await this.ask(url, { method, headers, body, redirect: "manual", signal: AbortSignal.timeout(this.timeoutMs) });
    } catch (fault) {
      throw new Unreachable(`${this.baseUrl} did not answer`, { cause: fault });
    }
    if (answer.status >= 500) throw new Unreachable(`${this.baseUrl} cannot answer now (${answer.status})`);
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Problem(answer.status, told);
    return told;
  }
}
