// Bytes, hashes and files: what the other checking modules stand on. WebCrypto only; nothing is asked of the server but files.

export const utf8 = new TextEncoder();
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function unhex(text) {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error("hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

// Standard Base64 in its one spelling, or null.
export function unbase64(text) {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    return btoa(String.fromCharCode(...bytes)) === text ? bytes : null;
  } catch {
    return null;
  }
}

export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

export const same = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

// HMAC-SHA256 with one key for many texts.
export async function keyed(key) {
  const made = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return async (text) => new Uint8Array(await crypto.subtle.sign("HMAC", made, text));
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
export const leafHash = (entry) => sha256(join(LEAF, entry));
export const nodeHash = (left, right) => sha256(join(NODE, left, right));

// RFC 6962: neighbours pair up, an odd one moves up unchanged.
export async function merkleRoot(leaves) {
  if (!leaves.length) return sha256(new Uint8Array());
  while (leaves.length > 1) {
    const pairs = [];
    for (let place = 0; place + 1 < leaves.length; place += 2) pairs.push(nodeHash(leaves[place], leaves[place + 1]));
    const above = await Promise.all(pairs);
    if (leaves.length % 2) above.push(leaves.at(-1));
    leaves = above;
  }
  return leaves[0];
}

export class Unreachable extends Error {}

export async function readFile(address) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "omit", cache: "no-cache" });
  } catch {
    throw new Unreachable(address);
  }
  if (!answer.ok) throw new Unreachable(`${address} (${answer.status})`);
  return new Uint8Array(await answer.arrayBuffer());
}
