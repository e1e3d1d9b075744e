// A pool drawn again from its public files. docs/matching.md tells the algorithm; this is it, in the open.

import { checkProof } from "./proof.js";
import { hex, join, keyed, leafHash, merkleRoot, readFile, sha256, unhex, utf8 } from "./bytes.js";

const TICKET = /^\{"amount_minor":(\d{1,15}),"gift":"([0-9a-f-]{36})","paid_at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z","person":"([0-9a-f-]{36})","project":"([0-9a-f-]{36})"\}$/;
const AWARD = /^\{"amount_minor":(\d{1,15}),"gift":"([0-9a-f-]{36})","reason":"([a-z_]+)"\}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/; // spelled so that texts compare
const SLICE_FIELDS = ["available_minor", "eligible", "granted_minor", "slice", "tickets"];
const FINDINGS_MAX = 8;
const PAGE_TICKETS = 256;

// JSON with sorted keys and no spaces: the one way to write a value that is hashed.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

const idBytes = (id) => unhex(id.replaceAll("-", ""));

function bigEndian(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

// A ticket's 64 bytes: gift, person, project, then fen and microseconds since 1970.
function ticketBytes({ gift, person, project, amount, second, micro }) {
  const paidAt = BigInt(Date.parse(`${second}Z`)) * 1000n + BigInt(micro);
  return join(idBytes(gift), idBytes(person), idBytes(project), bigEndian(amount), bigEndian(paidAt));
}

// Pages of tickets are the leaves of a slice's tree.
async function rootOf(tickets) {
  const pages = [];
  for (let start = 0; start < tickets.length; start += PAGE_TICKETS) {
    pages.push(leafHash(join(...tickets.slice(start, start + PAGE_TICKETS).map(ticketBytes))));
  }
  return merkleRoot(await Promise.all(pages));
}

// 16 bytes for each ticket: HMAC of 1, 2, 3 … one behind the other, which PBKDF2 makes in one call.
async function drawChance(seed, tickets) {
  const key = await crypto.subtle.importKey("raw", seed, "PBKDF2", false, ["deriveBits"]);
  const way = { name: "PBKDF2", hash: "SHA-256", salt: utf8.encode("draw"), iterations: 1 };
  return new DataView(await crypto.subtle.deriveBits(way, key, 128 * tickets));
}

function dayOf(festival, number) {
  const at = Date.parse(festival.opens_at.replace(/(\.\d{3})\d{3}Z$/, "$1Z")) + number * festival.slice_seconds * 1000;
  return new Intl.DateTimeFormat("en-CA", { timeZone: festival.time_zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

function released(pool, number) {
  const slices = BigInt(pool.festival.slices);
  const done = BigInt(Math.min(number + 1, pool.festival.slices));
  return Number((BigInt(pool.pool.budget_minor) * done) / slices);
}

// A budget over weights, exact to the fen.
export function splitByWeight(budget, weights) {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  if (whole === 0n) return weights.map(() => 0);
  let total = 0n;
  let mark = 0n;
  return weights.map((weight) => {
    total += weight;
    const next = (BigInt(budget) * total) / whole;
    const share = Number(next - mark);
    mark = next;
    return share;
  });
}

// What a public beacon gave to a slice: the SHA-256 of the signature of the first round made after the slice was due. Its
// signature (BLS12-381) is beyond a browser; redflower verify draw checks it. null when it is another round.
async function hear({ beacon, festival }, slice) {
  const opens = Date.parse(festival.opens_at.replace(/(\.\d{3})\d{3}Z$/, "$1Z"));
  const due = opens + ((slice.slice + 1) * festival.slice_seconds + festival.allowance_seconds) * 1000;
  const number = Math.max(Math.floor((due - beacon.genesis_seconds * 1000) / (beacon.period_seconds * 1000)) + 2, 1);
  const signature = slice.beacon?.signature;
  if (slice.beacon?.round !== number || !/^[0-9a-f]{96}$/.test(signature)) return null;
  return sha256(unhex(signature));
}

// What flowers make of a ticket's weight and cap: 10,000 parts in 10,000, and what its project's tier adds. number is what is
// left of the ticket's own chance once its weight was taken from it; null for the middle of the tier.
function boost(rule, gathered, number) {
  let added = 0n;
  for (const tier of rule.flower_tiers ?? []) {
    const [least, most] = [BigInt(tier.least_bps), BigInt(tier.most_bps)];
    if (gathered >= tier.from) added = number === null ? (least + most) / 2n : least + (number % (most - least + 1n));
  }
  return 10000n + added;
}

// Tickets that take part, in draw order, with what each would get before caps. Without a secret (the slice was drawn after
// the moment that had been promised) that is what a draw would have given on average, in the order of the gifts.
async function rank(rule, secretKey, number, root, tickets, available, mixed, flowers) {
  const able = tickets.flatMap((ticket, place) => (ticket.amount < rule.gift_min_minor ? [] : [place]));
  const lottery = rule.method === "lottery";
  const boostOf = (place, left) => boost(rule, flowers[tickets[place].project] ?? 0, left);
  if (secretKey === null) {
    const average = Math.floor((rule.award_min_minor + rule.award_max_minor) / 2);
    const boosts = able.map((place) => boostOf(place, null));
    const wishes = lottery
      ? splitByWeight(Math.min(available, able.length * average), able.map(() => 1n))
      : splitByWeight(available, able.map((place, turn) => BigInt(tickets[place].amount) * boosts[turn]));
    return { places: able, wishes, boosts };
  }
  const chance = await drawChance(await secretKey(join(bigEndian(number), root, mixed)), tickets.length);
  const [low, high] = lottery ? [rule.award_min_minor, rule.award_max_minor] : [rule.weight_low, rule.weight_high];
  const span = BigInt(high - low + 1);
  const ranked = able.map((place) => {
    const drawn = chance.getBigUint64(16 * place + 8);
    return { place, turn: chance.getBigUint64(16 * place), chance: BigInt(low) + (drawn % span), boost: boostOf(place, drawn / span) };
  });
  ranked.sort((one, other) => (one.turn < other.turn ? -1 : one.turn > other.turn ? 1 : one.place - other.place));
  const wishes = lottery
    ? ranked.map((each) => Number(each.chance))
    : splitByWeight(available, ranked.map((each) => BigInt(tickets[each.place].amount) * each.chance * each.boost));
  return { places: ranked.map((each) => each.place), wishes, boosts: ranked.map((each) => each.boost) };
}

// What every ticket of one slice gets: [{amount, reason}] in the order of the tickets; secretKey is null for a late slice.
export async function drawSlice(rule, secretKey, number, root, tickets, available, had, mixed = new Uint8Array(), flowers = {}) {
  const { places, wishes, boosts } = await rank(rule, secretKey, number, root, tickets, available, mixed, flowers);
  const decided = tickets.map(() => ({ amount: 0, reason: "below_minimum" }));
  const cap = rule.person_day_cap_minor ?? null;
  const share = rule.award_max_bps ?? null;
  let left = available;
  places.forEach((place, turn) => {
    const ticket = tickets[place];
    const before = had.get(ticket.person) ?? 0;
    const room = cap === null ? left : Math.max(cap - before, 0);
    if (left === 0) decided[place].reason = "budget_spent";
    else if (wishes[turn] === 0) decided[place].reason = "share_below_one_fen";
    else if (room === 0) decided[place].reason = "person_cap_reached";
    else {
      const limits = [wishes[turn], left, room, rule.award_max_minor];
      if (share !== null) limits.push(Math.max(Number((BigInt(ticket.amount) * BigInt(share) * boosts[turn]) / 100000000n), 1));
      decided[place] = { amount: Math.min(...limits), reason: "awarded" };
      left -= decided[place].amount;
      had.set(ticket.person, before + decided[place].amount);
    }
  });
  return { decided, granted: available - left, eligible: places.length };
}

function readLines(bytes, pattern, place, tell) {
  const text = new TextDecoder().decode(bytes);
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const rows = lines.map((line) => line.match(pattern));
  const wrong = rows.findIndex((row) => row === null);
  if (wrong >= 0 || (text !== "" && !text.endsWith("\n"))) {
    tell("bad", "line_unread", { place: `${place}:${wrong >= 0 ? wrong + 1 : lines.length}` });
    return null;
  }
  return { lines, rows };
}

function readSlices(bytes, place, tell) {
  const slices = [];
  for (const [number, line] of new TextDecoder().decode(bytes).split("\n").slice(0, -1).entries()) {
    let found = null;
    try {
      found = JSON.parse(line);
    } catch {
      // told below
    }
    const fine = found && SLICE_FIELDS.every((field) => Number.isSafeInteger(found[field]) && found[field] >= 0) && /^[0-9a-f]{64}$/.test(found.root) && typeof found.day === "string" && Object.keys(found).length === ("beacon" in found ? 9 : 8) && INSTANT.test(found.drawn_at);
    if (!fine) {
      tell("bad", "line_unread", { place: `${place}:${number + 1}` });
      return null;
    }
    slices.push(found);
  }
  return slices;
}

// The whole pool. tell(verdict, sentence key, facts) reports; progress(done, all) moves the bar.
export async function checkDraw({ folder, key, announced }, tell, progress) {
  const started = performance.now();
  const pool = JSON.parse(new TextDecoder().decode(await readFile(`${folder}pool.json`)));
  const rule = pool.rule_set.body;
  const ruleHash = hex(await sha256(utf8.encode(canonical(rule))));
  const ruleSame = ruleHash === pool.rule_set.sha256;
  tell(ruleSame ? "ok" : "bad", ruleSame ? "rule_same" : "rule_other", { hash: ruleHash.slice(0, 16), found: ruleHash.slice(0, 16), stated: pool.rule_set.sha256.slice(0, 16) });
  const secret = unhex(pool.secret ?? "");
  const commitment = hex(await sha256(secret));
  const secretSame = commitment === pool.secret_sha256;
  tell(secretSame ? "ok" : "bad", secretSame ? "secret_same" : "secret_other", { hash: commitment.slice(0, 16), found: commitment.slice(0, 16), stated: pool.secret_sha256.slice(0, 16) });
  await checkAnnounced(pool, key, announced, tell);
  const flowers = pool.bonus ? await readBonus(pool.bonus, await readFile(`${folder}bonus.ndjson`), tell) : {};

  const secretKey = await keyed(secret);
  const all = pool.parts.reduce((sum, part) => sum + part.tickets, 0);
  const state = { pool, rule, secretKey, granted: 0, slices: 0, tickets: 0, late: 0, findings: 0, last: -1, had: new Map(), seen: new Set(), flowers };
  const note = (key_, facts) => {
    state.findings += 1;
    if (state.findings <= FINDINGS_MAX) tell("bad", key_, facts);
  };
  for (const { part } of pool.parts) {
    const names = ["slices", "tickets", "awards"].map((kind) => `${kind}/${part}.ndjson`);
    const files = await Promise.all(names.map((name) => readFile(folder + name)));
    await checkPart(state, names, files, note, (done) => progress(done, all));
  }
  if (!state.findings && state.tickets === all) tell("ok", "drawn", { slices: state.slices, tickets: state.tickets });
  else if (state.tickets !== all) tell("bad", "lines_missing", { place: "tickets", expected: all, found: state.tickets });
  if (pool.beacon && state.slices > state.late && !state.findings) tell("ok", "beacon_heard", { hash: String(pool.beacon.chain_hash).slice(0, 16) });
  if (state.late) tell("ok", "late", { slices: state.late, by: pool.reveal_by });
  const stated = pool.pool;
  const sums = state.granted === stated.granted_minor && stated.granted_minor + stated.returned_minor === stated.budget_minor;
  tell(sums ? "ok" : "bad", sums ? "granted_same" : "granted_other", { amount: yuan(state.granted), found: yuan(state.granted), stated: yuan(stated.granted_minor) });
  return (performance.now() - started) / 1000;
}

// What projects had gathered as each day began: day -> project -> flowers. Each line must hash to what is stated beside it.
async function readBonus(days, bytes, tell) {
  const flowers = {};
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  let fine = lines.length === days.length;
  for (const [number, line] of lines.entries()) {
    const found = JSON.parse(line);
    flowers[found.day] = found.flowers;
    fine &&= hex(await sha256(utf8.encode(line))) === days[number]?.sha256 && found.day === days[number].day;
    if (!fine) {
      tell("bad", "bonus_other", { place: `bonus.ndjson:${number + 1}`, day: found.day });
      return flowers;
    }
  }
  if (fine) tell("ok", "bonus_same", { days: days.length });
  else tell("bad", "lines_missing", { place: "bonus.ndjson", expected: days.length, found: lines.length });
  return flowers;
}

const yuan = (fen) => `¥${(fen / 100).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 2 })}`;

async function checkAnnounced(pool, key, announced, tell) {
  if (announced === "") {
    tell("unsure", "announced_none", {});
    return;
  }
  const quiet = (verdict, sentence, facts) => {
    if (verdict !== "ok") tell(verdict, sentence, facts);
  };
  const entry = await checkProof(await readFile(`/verify/entries/${announced}.tlog-proof`), key, { kind: "pool_announced", id: pool.pool.id }, quiet);
  if (!entry) return;
  const facts = { rule_sha256: pool.rule_set.sha256, secret_sha256: pool.secret_sha256, amount: pool.pool.budget_minor, opens_at: pool.festival.opens_at, closes_at: pool.festival.closes_at, slice_seconds: pool.festival.slice_seconds, reveal_by: pool.reveal_by ?? undefined };
  const other = Object.keys(facts).find((field) => entry[field] !== facts[field]) ?? (canonical(entry.beacon ?? null) === canonical(pool.beacon ?? null) ? undefined : "beacon");
  if (other) tell("bad", "announced_other", { index: announced, field: other });
  else if (entry.at >= pool.festival.opens_at) tell("unsure", "announced_late", { index: announced });
  else tell("ok", "announced", { index: announced });
}

async function checkPart(state, [sliceFile, ticketFile, awardFile], [slices_, tickets_, awards_], note, progress) {
  const tell = (_, key, facts) => note(key, facts);
  const slices = readSlices(slices_, sliceFile, tell);
  const tickets = readLines(tickets_, TICKET, ticketFile, tell);
  const awards = readLines(awards_, AWARD, awardFile, tell);
  if (!slices || !tickets || !awards) return;
  const expected = slices.reduce((sum, slice) => sum + slice.tickets, 0);
  for (const [file, found] of [[ticketFile, tickets.rows.length], [awardFile, awards.rows.length]]) {
    if (found !== expected) return note("lines_missing", { place: file, expected, found });
  }
  const { pool, rule } = state;
  let start = 0;
  for (const [line, slice] of slices.entries()) {
    const end = start + slice.tickets;
    const rows = tickets.rows.slice(start, end).map(([, amount, gift, second, micro, person, project]) => ({ amount: Number(amount), gift, second, micro, person, project }));
    const root = await rootOf(rows);
    if (hex(root) !== slice.root) note("root_other", { slice: slice.slice, found: hex(root).slice(0, 16), stated: slice.root.slice(0, 16), place: `${ticketFile}:${start + 1}–${end}` });
    const day = dayOf(pool.festival, slice.slice);
    if (state.day !== day) [state.day, state.had] = [day, new Map()];
    const available = released(pool, slice.slice) - state.granted;
    const late = typeof pool.reveal_by === "string" && slice.drawn_at > pool.reveal_by;
    if (late) state.late += 1;
    const mixed = pool.beacon && !late ? await hear(pool, slice) : new Uint8Array();
    if (mixed === null) note("beacon_other", { slice: slice.slice, place: `${sliceFile}:${line + 1}` });
    const { decided, granted, eligible } = await drawSlice(rule, late ? null : state.secretKey, slice.slice, root, rows, available, state.had, mixed ?? new Uint8Array(), state.flowers[day]);
    if (rule.flower_tiers && !(day in state.flowers)) note("bonus_other", { place: "bonus.ndjson", day });
    const facts = { available_minor: available, day, eligible, granted_minor: granted };
    for (const [field, found] of Object.entries(facts)) {
      if (slice[field] !== found) note("slice_other", { slice: slice.slice, field, found, stated: slice[field], place: `${sliceFile}:${line + 1}` });
    }
    if (slice.slice <= state.last) note("slice_other", { slice: slice.slice, field: "slice", found: `> ${state.last}`, stated: slice.slice, place: `${sliceFile}:${line + 1}` });
    state.last = slice.slice;
    rows.forEach((ticket, place) => {
      const [, amount, gift, reason] = awards.rows[start + place];
      const where = `${awardFile}:${start + place + 1}`;
      if (gift !== ticket.gift) note("gift_other", { place: where });
      else if (Number(amount) !== decided[place].amount || reason !== decided[place].reason) {
        note("award_other", { place: where, gift, found: decided[place].amount, why: decided[place].reason, stated: Number(amount), said: reason });
      }
      if (state.seen.has(gift)) note("gift_other", { place: `${ticketFile}:${start + place + 1}` });
      state.seen.add(gift);
    });
    state.granted += granted;
    state.slices += 1;
    state.tickets += rows.length;
    start = end;
    progress(state.tickets);
  }
}
