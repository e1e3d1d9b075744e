// The bench on a page: runs a check, and writes down step by step what was checked, what agrees, and where something differs.

import { Unreachable, readFile } from "./bytes.js";
import { checkDraw } from "./draw.js";
import { checkProof } from "./proof.js";

for (const bench of document.querySelectorAll("[data-bench]")) {
  const sentences = JSON.parse(bench.querySelector("[data-sentences]").textContent);
  const [button, list, bar] = ["[data-run]", "[data-checks]", "[data-progress]"].map((name) => bench.querySelector(name));
  const icons = bench.querySelector("[data-icons]").content;
  const icon = (name) => icons.querySelector(`[data-icon="${name}"]`).firstElementChild.cloneNode(true);
  const verdict = bench.querySelector("[data-verdict]");
  const seal = bench.querySelector("[data-seal]");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const show = (value) => (typeof value === "number" || typeof value === "bigint" ? number.format(value) : (sentences[value] ?? String(value)));
  const say = (key, facts = {}) => sentences[key].replace(/\{(\w+)\}/g, (_, name) => show(facts[name] ?? ""));

  const run = async () => {
    const seen = new Set();
    const tell = (kind, key, facts) => {
      seen.add(kind);
      const line = document.createElement("li");
      line.className = `is-${kind}`;
      const words = document.createElement("span");
      words.textContent = say(key, facts);
      line.append(icon(kind), words);
      list.append(line);
    };
    list.replaceChildren();
    bench.classList.remove("is-ok", "is-bad", "is-unsure");
    verdict.textContent = say("running");
    button.disabled = true;
    try {
      if (bench.dataset.bench === "draw") await runDraw(tell);
      else await checkProof(await readFile(bench.dataset.proof), bench.dataset.key, JSON.parse(bench.dataset.expect), tell);
    } catch (error) {
      if (error instanceof Unreachable) tell("unsure", "unreachable", { name: error.message });
      else tell("bad", "proof_unread", { line: error.message });
    }
    bar.hidden = true;
    conclude(seen.has("bad") ? "bad" : seen.has("unsure") ? "unsure" : "ok");
  };

  const runDraw = async (tell) => {
    bar.hidden = false;
    const meter = bar.firstElementChild;
    const seconds = await checkDraw({ folder: bench.dataset.pool, key: bench.dataset.key, announced: bench.dataset.announced }, tell, (done, all) => {
      meter.max = all;
      meter.value = done;
      verdict.textContent = say("drawing", { done, all });
    });
    const took = document.createElement("li");
    took.className = "muted";
    took.append(document.createElement("span"), say("took", { seconds: Math.round(seconds * 10) / 10 }));
    list.append(took);
  };

  const conclude = (kind) => {
    bench.classList.add(`is-${kind}`);
    seal.replaceChildren(icon({ ok: "seal-ok", bad: "seal-bad", unsure: "seal-unsure" }[kind]));
    verdict.textContent = say({ ok: "agrees", bad: "differs", unsure: "incomplete" }[kind]);
    bench.querySelector("[data-note]").textContent = say(kind === "bad" ? "differs_note" : "agrees_note");
    button.disabled = false;
    button.querySelector("span").textContent = say("again");
    verdict.focus();
  };

  button.addEventListener("click", run);
}
