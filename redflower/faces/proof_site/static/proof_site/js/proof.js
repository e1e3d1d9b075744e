// A .tlog-proof file, checked from its bytes: c2sp.org/tlog-proof, tlog-checkpoint, signed-note; RFC 9162 section 2.1.3.2.

import { join, leafHash, nodeHash, same, sha256, unbase64, utf8 } from "./bytes.js";

const DECIMAL = /^(0|[1-9][0-9]{0,18})$/;

export class Unreadable extends Error {
  constructor(line) {
    super(`line ${line}`);
    this.line = line;
  }
}

// {index, hashes, note, entry}; nothing in it is trusted yet.
export function readProof(bytes) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Unreadable(1);
  }
  const lines = text.split("\n");
  const need = (fine, line) => {
    if (!fine) throw new Unreadable(line);
  };
  need(lines[0] === "c2sp.org/tlog-proof@v1" && !text.includes("\r"), 1);
  const entry = lines[1]?.startsWith("extra ") ? unbase64(lines[1].slice(6)) : null;
  need(entry, 2);
  const index = lines[2]?.match(/^index (.+)$/)?.[1] ?? "";
  need(DECIMAL.test(index), 3);
  const hashes = [];
  let place = 3;
  for (; place < lines.length && lines[place]; place += 1) {
    const found = unbase64(lines[place]);
    need(found?.length === 32 && hashes.length < 63, place + 1);
    hashes.push(found);
  }
  need(place < lines.length - 1, place + 1);
  return { index: BigInt(index), hashes, note: lines.slice(place + 1).join("\n"), entry, noteLine: place + 2 };
}

// {origin, size, root, text, signatures} of a signed checkpoint.
export function readCheckpoint(note, firstLine = 1) {
  const cut = note.lastIndexOf("\n\n");
  const text = note.slice(0, cut + 1);
  const tail = note.slice(cut + 2);
  const [origin, size, root] = text.split("\n");
  if (cut < 0 || !tail.endsWith("\n") || !origin) throw new Unreadable(firstLine);
  if (!DECIMAL.test(size ?? "")) throw new Unreadable(firstLine + 1);
  const hash = unbase64(root ?? "");
  if (hash?.length !== 32) throw new Unreadable(firstLine + 2);
  const signatures = tail.slice(0, -1).split("\n").map((line, number) => {
    const [, name, encoded] = line.match(/^\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)$/) ?? [];
    const raw = unbase64(encoded ?? "");
    if (!raw || raw.length < 5) throw new Unreadable(firstLine + text.split("\n").length + number);
    return { name, raw };
  });
  return { origin, size: BigInt(size), root: hash, text, signatures };
}

// The root that an entry at a place comes to, or null when the path does not fit the tree's size.
export async function climb(entry, index, size, hashes) {
  if (index >= size) return null;
  let [place, last, reached] = [index, size - 1n, await leafHash(entry)];
  for (const sibling of hashes) {
    if (last === 0n) return null;
    if (place & 1n || place === last) {
      reached = await nodeHash(sibling, reached);
      while (place && !(place & 1n)) [place, last] = [place >> 1n, last >> 1n];
    } else {
      reached = await nodeHash(reached, sibling);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  return last === 0n ? reached : null;
}

// "yes", "no", "missing" (nobody we know signed) or "unknown" (this browser has no Ed25519).
export async function checkSignature(checkpoint, keyText) {
  const [name, id, ...rest] = keyText.split("+");
  const encoded = rest.join("+"); // Base64 has plus signs of its own
  const key = unbase64(encoded ?? "");
  if (key?.length !== 33 || key[0] !== 1 || checkpoint.origin !== name) return "missing";
  const keyId = (await sha256(join(utf8.encode(`${name}\n`), key))).slice(0, 4);
  const found = checkpoint.signatures.find((each) => each.name === name && same(each.raw.slice(0, 4), keyId));
  if (!found || Array.from(keyId, (byte) => byte.toString(16).padStart(2, "0")).join("") !== id) return "missing";
  let made;
  try {
    made = await crypto.subtle.importKey("raw", key.slice(1), { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return "unknown";
  }
  return (await crypto.subtle.verify({ name: "Ed25519" }, made, found.raw.slice(4), utf8.encode(checkpoint.text))) ? "yes" : "no";
}

// Everything about one proof file, told step by step: tell(verdict, sentence key, facts). Returns the entry's fields, or null.
export async function checkProof(bytes, keyText, expected, tell) {
  let proof, checkpoint;
  try {
    proof = readProof(bytes);
    checkpoint = readCheckpoint(proof.note, proof.noteLine);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    tell("bad", "proof_unread", { line: error.line });
    return null;
  }
  tell("ok", "proof_read", { bytes: bytes.length });
  const root = await climb(proof.entry, proof.index, checkpoint.size, proof.hashes);
  const included = root !== null && same(root, checkpoint.root);
  tell(included ? "ok" : "bad", included ? "included" : "not_included", { hashes: proof.hashes.length, index: proof.index, size: checkpoint.size });
  const name = keyText.split("+")[0];
  const signed = await checkSignature(checkpoint, keyText);
  const said = { yes: ["ok", "signed"], no: ["bad", "not_signed"], missing: ["bad", "no_signature"], unknown: ["unsure", "signature_unknown"] }[signed];
  tell(said[0], said[1], { name });
  let fields = null;
  try {
    fields = JSON.parse(new TextDecoder().decode(proof.entry));
  } catch {
    // an entry that is no JSON is certainly another one
  }
  if (expected) {
    const agrees = fields !== null && Object.entries(expected).every(([field, value]) => fields[field] === value);
    tell(agrees ? "ok" : "bad", agrees ? "same_entry" : "other_entry", {});
  }
  return included && signed !== "no" && signed !== "missing" ? fields : null;
}
