/*
 * <red-flower scene="steps" token-url="/my/flower-token"></red-flower>
 *
 * A person earns little red flowers and gives them away without leaving the page they are on. One module, no dependencies.
 *
 *   scene       a kind (steps, shake, like, …) or a campaign's own name; which ones is decided by the user token
 *   token-url   an address of your own that answers {"token": "…"} for the person signed in with you, and 401 for nobody
 *   token       instead of token-url, the token itself; or set element.getToken = async () => "…"
 *   link-url    an address of your own that leads the person on to a page of ours, where they take their flowers home
 *   lang        zh or en; else the language of the page around it
 *   theme       light or dark; else what the person's system says
 *
 * Events (bubbling, crossing the shadow): red-flower-earned, red-flower-given, red-flower-placed, red-flower-sign-in,
 * red-flower-state. For the content security policy: script-src and connect-src with this module's origin, nothing more.
 */
const ORIGIN = new URL(import.meta.url).origin;
const PETAL = "M0-5C-5.5-11-19-20-18.4-33.5-18-43.2-8.4-48.6 0-43.6 8.4-48.6 18-43.2 18.4-33.5 19-20 5.5-11 0-5Z";
const SHAKES = 3;
const SHAKE_FORCE = 14; // m/s² beyond the last reading: a wrist, not a pocket
const FALL_MS = 520;

const WORDS = {
  zh: {
    loading: "正在准备小红花…", signIn: "登录后，走过的路、做过的好事会在这里开花", signInButton: "去登录",
    offline: "网络断开了。你做过的好事还在，连上后再收。", error: "暂时没有连上小红花，什么都没有丢。", again: "再试一次",
    paused: "这个活动正在休息，你的小红花都还在。", spent: "这一期的爱心池已经用完，小红花照常可以收。", ended: "活动已经圆满结束，谢谢你来过。",
    earned: "收下了 {n} 朵小红花", earnedMoney: "点亮了出资方的 {sum}", sponsorGave: "出资方捐出 {sum}", capped: "今天的小红花收满了，明天再来，不着急。", done: "今天的已经收下了，明天见。",
    held: "已经收到，正在核对，稍后会告诉合作方。", have: "我的小红花", today: "今天收花 {n} / {cap}", by: "{sponsor}出资", left: "爱心池还剩 {sum}",
    give: "送出一朵", giveTo: "想送给谁？", given: "送到了。谢谢你。", givenDream: "送到了。把花带回账户，就能收到它的来信。", none: "还没有小红花可送，先做一件好事吧。", place: "放进这个项目", placeTo: "{sum} 交给你来放：", placed: "{sum} 已经放进“{to}”。",
    about: "规则与去向", home: "带回我的账户", steps: "今天走了 {n} 步", stepsGoal: "满 {n} 步可以收花", collect: "收下小红花", shake: "摇一摇", shakeHint: "摇一摇手机，或者点一下", shaking: "再摇一下…",
    motion: "也可以摇手机", like: "送一个赞", liked: "已经赞过", quizNext: "下一题", quizEnd: "交卷", quizScore: "答对 {n} 题", right: "答对了", wrong: "正确答案：{a}", of: "第 {i} 题，共 {n} 题",
    code: "填写凭证号", codeButton: "核对", codeHint: "活动现场二维码下面的一串字", read: "我读完了", streak: "连续 {n} 天 / {goal} 天", game: "完成今天的任务", volunteer: "已核实 {n} 小时志愿服务",
    dream: "梦想", round: "找零 {sum}", roundButton: "捐出这点零钱", goal: "大家一起：{n} / {goal}", region: "小红花",
  },
  en: {
    loading: "Getting your flowers ready…", signIn: "Sign in, and the good you do blooms here", signInButton: "Sign in",
    offline: "You are offline. What you did is safe; collect it once you are back.", error: "Red Flower cannot be reached just now. Nothing is lost.", again: "Try again",
    paused: "This campaign is resting. Your flowers are all still yours.", spent: "This round's sponsor money is spent; flowers can still be collected.", ended: "This campaign has come to its end. Thank you for being part of it.",
    earned: { one: "{n} flower collected", other: "{n} flowers collected" }, earnedMoney: "{sum} of sponsor money unlocked", sponsorGave: "the sponsor gives {sum}", capped: "That is all for today. Tomorrow is another day, no hurry.", done: "Today's is collected. See you tomorrow.",
    held: "Received, and being checked. The app you use will be told.", have: "My flowers", today: "Flowers today: {n} of {cap}", by: "Sponsored by {sponsor}", left: "{sum} left in the pool",
    give: "Give a flower", giveTo: "Who should have it?", given: "It has arrived. Thank you.", givenDream: "It has arrived. Take your flowers home, and its letters find you.", none: "No flowers to give yet. A good deed comes first.", place: "Put it here", placeTo: "{sum} is yours to place:", placed: "{sum} is now with “{to}”.",
    about: "Rules, and where it goes", home: "Take them home", steps: "{n} steps today", stepsGoal: "Collect from {n} steps", collect: "Collect flowers", shake: "Shake", shakeHint: "Shake your phone, or just tap", shaking: "Once more…",
    motion: "Use the phone's motion too", like: "Like", liked: "Liked", quizNext: "Next", quizEnd: "Hand in", quizScore: { one: "{n} right answer", other: "{n} right answers" }, right: "Right", wrong: "The answer is: {a}", of: "Question {i} of {n}",
    code: "Enter the code", codeButton: "Check", codeHint: "The letters below the code at the event", read: "I have read it", streak: "{n} of {goal} days in a row", game: "Finish today's task", volunteer: { one: "{n} verified hour of volunteering", other: "{n} verified hours of volunteering" },
    dream: "Dream", round: "{sum} of change", roundButton: "Give the change", goal: "Everybody together: {n} / {goal}", region: "Red flowers",
  },
};

const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host { all: initial; display: block; color-scheme: light dark; max-width: 460px; --paper: light-dark(#fffdfa, #221917); --well: light-dark(#f8eee1, #2c211e); --ink: light-dark(#2a1512, #f9eee6); --ink-2: light-dark(#6a4d46, #cdb6ab); --line: light-dark(#e6d3bf, #55433d); --red: light-dark(#c8161d, #d9252a); --red-ink: light-dark(#b5121b, #ff8571); --bud: light-dark(#f6ddd0, #40302b); --gold: light-dark(#855400, #ffcf70); --green: light-dark(#0d6b41, #76d7a6); --error: light-dark(#8c1d6b, #f29bd4); --focus: light-dark(#1f6fb8, #8cc8ff); --sans: -apple-system, "PingFang SC", "HarmonyOS Sans SC", "Segoe UI", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif; --serif: "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", Georgia, serif; }
:host([hidden]) { display: none; }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
* { box-sizing: border-box; margin: 0; padding: 0; }
[hidden] { display: none !important; }
.card { font: 15px/1.6 var(--sans); color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 24px; padding: 20px; display: grid; gap: 14px; min-height: 250px; align-content: start; overflow: clip; container-type: inline-size; }
.card:lang(en) { --sans: system-ui, -apple-system, "Segoe UI", sans-serif; } /* Chinese fonts draw ’ a whole character wide */
h2 { font: 700 18px/1.4 var(--serif); text-wrap: balance; }
p, small { overflow-wrap: anywhere; }
small, .quiet { font-size: 13px; color: var(--ink-2); }
.head { display: flex; gap: 12px; align-items: start; justify-content: space-between; }
.have { text-align: right; white-space: nowrap; b { display: block; font: 700 24px/1.1 var(--sans); font-variant-numeric: tabular-nums; color: var(--red-ink); } }
.stage { display: grid; gap: 10px; justify-items: center; text-align: center; }
.flower { width: 132px; height: 132px; overflow: visible; }
.bud { fill: var(--bud); } .red { fill: #c8161d; } .red.odd { fill: #ea3d31; } .bud, .red { stroke: var(--paper); stroke-width: 1.4; }
.heart { fill: #ffc53d; }
.wait { animation: breathe 1.8s ease-in-out infinite alternate; }
@keyframes breathe { from { opacity: .45; } }
.big { font: 700 26px/1.2 var(--sans); font-variant-numeric: tabular-nums; }
button, a.more { font: 600 15px/1.3 var(--sans); min-height: 44px; border-radius: 99px; padding: 0 22px; cursor: pointer; display: inline-flex; align-items: center; justify-content: center; gap: 8px; }
button { color: var(--ink); background: none; border: 1px solid var(--line); }
button.give { color: #fff; background: var(--red); border-color: transparent; min-width: 160px; }
button:disabled { opacity: 1; color: var(--ink-2); background: var(--well); border-color: transparent; cursor: default; }
a.more { color: var(--ink-2); padding: 0; font-weight: 400; font-size: 13px; text-underline-offset: 3px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
fieldset { border: 0; min-inline-size: 0; display: grid; gap: 8px; border-top: 1px dashed var(--line); padding-top: 14px; }
legend { float: left; width: 100%; font-weight: 650; margin-bottom: 8px; } legend + * { clear: both; }
label.pick { display: flex; gap: 10px; align-items: center; min-height: 44px; padding: 8px 14px; border: 1px solid var(--line); border-radius: 14px; cursor: pointer; line-height: 1.4; }
label.pick:has(:checked) { border-color: var(--red); box-shadow: inset 0 0 0 1px var(--red); }
label.pick small { display: block; }
label.pick.is-right { border-color: var(--green); box-shadow: inset 0 0 0 1px var(--green); }
input[type="radio"] { width: 18px; height: 18px; accent-color: var(--red); flex: none; }
input[type="text"] { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 14px; min-height: 44px; padding: 0 14px; width: 100%; }
.code { display: grid; gap: 8px; width: 100%; text-align: left; }
.said { min-height: 24px; text-align: center; color: var(--ink-2); } .said.good { color: var(--green); font-weight: 600; } .said.bad { color: var(--error); }
.foot { display: flex; flex-wrap: wrap; gap: 0 16px; justify-content: space-between; align-items: center; border-top: 1px solid var(--line); padding-top: 8px; }
.links { display: flex; flex-wrap: wrap; gap: 0 16px; }
.text { display: grid; gap: 10px; max-height: 220px; overflow-y: auto; text-align: left; line-height: 1.75; padding: 12px 14px; border: 1px solid var(--line); border-radius: 14px; }
.days { display: flex; gap: 8px; i { width: 22px; height: 22px; border-radius: 50%; background: var(--bud); } i.on { background: var(--red); } }
.bar { width: 100%; height: 8px; border-radius: 9px; overflow: hidden; } .bar rect { fill: var(--bud); } .bar rect + rect { fill: var(--red); }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { .wait { animation: none; } }
`);

const SVG = "http://www.w3.org/2000/svg";

/* Built by hand, never from a string of markup: nothing a server says can become an element. */
function make(tag, given = {}, ...inside) {
  const made = ["svg", "path", "circle", "rect", "g"].includes(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...inside.flat(Infinity).filter((each) => each != null && each !== false && each !== ""));
  return made;
}

function drawFlower(part, label) {
  const open = Math.max(0, Math.min(6, Math.floor(part * 6 + 1e-9)));
  const petals = [1, 3, 5, 0, 2, 4].map((turn) =>
    make("g", { transform: `rotate(${turn * 60})`, "data-petal": turn < open ? turn : null },
      make("path", { d: PETAL, class: turn < open ? (turn % 2 ? "red" : "red odd") : "bud" })));
  return make("svg", { class: "flower", viewBox: "-52 -52 104 104", role: "img", "aria-label": label }, petals, make("circle", { r: 11.5, class: "heart" }));
}

/* The newest petals come down into their places; under 600 ms all together, and not at all for those who want stillness. */
function letFall(flower, count) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const petals = [...flower.querySelectorAll("[data-petal]")].sort((a, b) => b.dataset.petal - a.dataset.petal).slice(0, Math.max(1, Math.min(count, 6)));
  petals.forEach((petal, place) => {
    const delay = place * 40;
    const home = petal.getAttribute("transform");
    const degrees = parseInt(home.slice(7), 10);
    petal.animate(
      [{ transform: `translate(26px, -88px) rotate(${degrees + 70}deg) scale(.6)`, opacity: 0 }, { opacity: 1, offset: 0.7 }, { transform: `rotate(${degrees}deg)`, opacity: 1 }],
      { duration: FALL_MS - delay, delay, easing: "cubic-bezier(.25,.9,.35,1)", fill: "backwards" });
  });
}

class Refused extends Error {
  constructor(status, problem) { super(problem.title || String(status)); this.status = status; this.code = problem.code || ""; }
}

class RedFlower extends HTMLElement {
  static observedAttributes = ["scene", "token", "token-url", "link-url", "lang"];
  #root = this.attachShadow({ mode: "open" });
  #token = "";
  #state = null;
  #said = null; // {text, tone}: what the last act came to
  #busy = false;
  #quiz = { at: 0, answers: [], told: null };
  #shakes = 0;
  #choice = "";
  #lastReading = null;
  #reading = { article: "", since: 0 };
  #starting = 0;
  getToken = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [SHEET];
  }

  connectedCallback() {
    addEventListener("online", this.#wake);
    addEventListener("offline", this.#wake);
    this.start();
  }

  disconnectedCallback() {
    removeEventListener("online", this.#wake);
    removeEventListener("offline", this.#wake);
    removeEventListener("devicemotion", this.#feel);
  }

  attributeChangedCallback(name, before, now) {
    if (!this.isConnected || before === now) return;
    if (["lang", "link-url"].includes(name)) this.#draw(); else this.start();
  }

  get #english() {
    const said = this.getAttribute("lang") || this.closest("[lang]")?.getAttribute("lang") || document.documentElement.lang || navigator.language;
    return !/^zh/i.test(said || "zh");
  }

  #say(key, facts = {}) {
    const words = WORDS[this.#english ? "en" : "zh"][key];
    const sentence = typeof words === "string" ? words : facts.n === 1 ? words.one : words.other;
    return sentence.replace(/\{(\w+)\}/g, (_, name) => (typeof facts[name] === "number" ? this.#count(facts[name]) : facts[name]));
  }
  #count(number) { return new Intl.NumberFormat(this.#english ? "en" : "zh-Hans").format(number); }
  #yuan(fen) {
    return "¥" + new Intl.NumberFormat(this.#english ? "en" : "zh-Hans", { minimumFractionDigits: fen % 100 ? 2 : 0, maximumFractionDigits: 2 }).format(fen / 100);
  }
  #pick(both) { return both ? (this.#english ? both.en : both.zh) || both.zh || "" : ""; }
  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail })); }

  #wake = () => { if (navigator.onLine) this.start(); else this.#show("offline"); };

  /* Begins anew: asks for a token, then for the scene. */
  async start() {
    const turn = ++this.#starting;
    this.#said = null;
    this.#show("loading");
    try {
      this.#token = await this.#askForToken();
      if (turn !== this.#starting) return;
      if (!this.#token) { this.#show("signed-out"); return; }
      const state = await this.#ask("GET", `scenes/${encodeURIComponent(this.getAttribute("scene") || "")}`);
      if (turn === this.#starting) this.#take(state);
    } catch (fault) {
      if (turn === this.#starting) this.#fail(fault);
    }
  }

  async #askForToken() {
    if (this.getToken) return (await this.getToken()) || "";
    if (this.getAttribute("token")) return this.getAttribute("token");
    const url = this.getAttribute("token-url");
    if (!url) return "";
    const answer = await fetch(url, { headers: { accept: "application/json" }, credentials: "same-origin", cache: "no-store" });
    if ([204, 401, 403].includes(answer.status)) return "";
    if (!answer.ok) throw new Refused(answer.status, {});
    return (await answer.json()).token || "";
  }

  async #ask(method, path, body, again = true) {
    const answer = await fetch(`${ORIGIN}/api/partner/v1/widget/${path}`, {
      method, mode: "cors", credentials: "omit", cache: "no-store",
      headers: { authorization: `Bearer ${this.#token}`, accept: "application/json", "accept-language": this.#english ? "en" : "zh-Hans", ...(body ? { "content-type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (answer.status === 401 && again && !this.getAttribute("token")) { // a token lives a quarter of an hour
      this.#token = await this.#askForToken();
      if (this.#token) return this.#ask(method, path, body, false);
    }
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, told);
    return told;
  }

  #fail(fault) {
    if (!navigator.onLine) this.#show("offline");
    else if (fault instanceof Refused && fault.status === 401) this.#show("signed-out");
    else this.#show("error", fault instanceof Refused ? fault.message : "");
  }

  #take(state) {
    this.#state = state;
    const { campaign, me } = state;
    this.#show(campaign.ended ? "ended" : campaign.paused ? "paused" : me.cap && me.today >= me.cap ? "capped" : me.done ? "done" : "ready");
  }

  #show(name, detail = "") {
    if (this.dataset.state !== name) this.#tell("red-flower-state", { state: name });
    this.dataset.state = name;
    this.#draw(detail);
  }

  /* Every act: one at a time, told to assistive technology, and never lost without a word. */
  async #act(path, body, after) {
    if (this.#busy) return;
    this.#busy = true;
    this.#draw();
    try {
      const told = await this.#ask("POST", path, body);
      this.#busy = false;
      after(told.answers[0], told);
      this.#take(told.state);
      return told.answers[0];
    } catch (fault) {
      this.#busy = false;
      if (!navigator.onLine || (fault instanceof Refused && fault.status === 401)) this.#fail(fault);
      else { this.#said = { text: fault instanceof Refused ? fault.message : this.#say("error"), tone: "bad" }; this.#draw(); }
    }
  }

  async #earn(facts = {}) {
    const answer = await this.#act("deeds", { deeds: [{ scene: this.#state.campaign.slug, id: crypto.randomUUID(), facts }] }, (told) => {
      const money = told.unlocked_minor || told.money_minor; // what is theirs to place, or what the sponsor gave at once
      const parts = [told.flowers ? this.#say("earned", { n: told.flowers }) : "", money ? this.#say(told.unlocked_minor ? "earnedMoney" : "sponsorGave", { sum: this.#yuan(money) }) : ""].filter(Boolean);
      this.#said = parts.length ? { text: parts.join(this.#english ? ", " : "，"), tone: "good" } : { text: told.title || this.#say(told.result === "held" ? "held" : "capped"), tone: told.result === "refused" ? "bad" : "" };
      if (told.explanations) this.#quiz.told = told;
    });
    if (!answer || (!answer.flowers && !answer.unlocked_minor && !answer.money_minor)) return;
    letFall(this.#root.querySelector(".flower"), answer.flowers || 1);
    this.#tell("red-flower-earned", { scene: this.#state.campaign.slug, flowers: answer.flowers, unlocked_minor: answer.unlocked_minor });
  }

  async #give(target) {
    const answer = await this.#act("flowers", { gives: [{ id: crypto.randomUUID(), scene: this.#state.campaign.slug, to: target.id, kind: target.kind, flowers: 1 }] }, (told) => {
      this.#said = told.result === "given" ? { text: this.#say(target.kind === "dream" && this.hasAttribute("link-url") ? "givenDream" : "given"), tone: "good" } : { text: told.title, tone: "bad" };
    });
    if (answer?.result !== "given") return;
    letFall(this.#root.querySelector(".flower"), 1);
    this.#tell("red-flower-given", { to: target.id, kind: target.kind, flowers: 1 });
  }

  async #place(unplaced, target) {
    const answer = await this.#act("placements", { placements: [{ scene: this.#state.campaign.slug, id: unplaced.id, project: target.id }] }, (told) => {
      this.#said = told.result === "placed" ? { text: this.#say("placed", { sum: this.#yuan(unplaced.amount_minor), to: this.#pick(target.title) }), tone: "good" } : { text: told.title, tone: "bad" };
    });
    if (answer?.result === "placed") this.#tell("red-flower-placed", { id: unplaced.id, project: target.id, amount_minor: unplaced.amount_minor });
  }

  #feel = (event) => {
    const now = event.accelerationIncludingGravity || event.acceleration;
    if (!now || now.x == null) return;
    const before = this.#lastReading;
    this.#lastReading = { x: now.x, y: now.y, z: now.z };
    if (!before || this.dataset.state !== "ready" || this.#busy) return;
    if (Math.hypot(now.x - before.x, now.y - before.y, now.z - before.z) < SHAKE_FORCE) return;
    if (++this.#shakes >= SHAKES) { this.#shakes = 0; this.#earn(); }
  };

  async #useMotion() {
    const asked = typeof DeviceMotionEvent !== "undefined" && DeviceMotionEvent.requestPermission;
    if (asked && (await DeviceMotionEvent.requestPermission().catch(() => "denied")) !== "granted") return;
    addEventListener("devicemotion", this.#feel);
  }

  /* --- drawing --- */

  #draw(detail = "") {
    const name = this.dataset.state;
    const focused = this.#root.activeElement?.dataset.name;
    const inside = ["loading", "signed-out", "offline", "error"].includes(name) ? this.#drawOutside(name, detail) : this.#drawScene(name);
    this.#root.replaceChildren(make("section", { class: "card", part: "card", lang: this.#english ? "en" : "zh-Hans", "aria-label": this.#state ? `${this.#say("region")} · ${this.#pick(this.#state.campaign.title)}` : null, "aria-busy": String(name === "loading" || this.#busy) }, inside));
    if (focused) this.#root.querySelector(`[data-name="${focused}"]:not(:disabled)`)?.focus();
  }

  #drawOutside(name, detail) {
    const flower = drawFlower(0, "");
    flower.setAttribute("aria-hidden", "true");
    if (name === "loading") flower.classList.add("wait");
    const key = name === "signed-out" ? "signIn" : name;
    const button = name === "signed-out" ? this.#button("signInButton", () => this.#tell("red-flower-sign-in", {}))
      : name === "loading" ? "" : this.#button("again", () => this.start());
    return make("div", { class: "stage" }, flower, make("p", { role: name === "error" ? "alert" : "status", class: "quiet" }, detail || this.#say(key)), button);
  }

  #drawScene(name) {
    const { campaign, me, deed, targets, unplaced } = this.#state;
    const resting = { paused: "paused", ended: "ended", capped: "capped", done: "done" }[name];
    const part = campaign.kind === "steps" ? deed.value / deed.goal : me.cap ? me.today / me.cap : me.today || (me.done && campaign.kind !== "quiz") ? 1 : 0; // a day's questions may be over without a flower
    const said = this.#said || (resting ? { text: this.#say(resting), tone: "" } : campaign.spent ? { text: this.#say("spent"), tone: "" } : { text: "", tone: "" });
    return [
      make("div", { class: "head" },
        make("div", {}, make("h2", {}, this.#pick(campaign.title)), campaign.sponsor ? make("small", {}, this.#say("by", { sponsor: this.#pick(campaign.sponsor) })) : ""),
        make("p", { class: "have" }, make("b", {}, this.#count(me.flowers)), make("small", {}, this.#say("have")))),
      make("div", { class: "stage" }, drawFlower(part, me.cap ? this.#say("today", { n: me.today, cap: me.cap }) : this.#say("have")), this.#drawDeed(campaign.kind, deed, name !== "ready")),
      make("p", { class: `said ${said.tone}`, role: "status", "aria-live": "polite" }, said.text),
      unplaced.length ? this.#drawTargets("placeTo", "place", targets.filter((each) => each.kind === "project"), (target) => this.#place(unplaced[0], target), { sum: this.#yuan(unplaced[0].amount_minor) })
        : me.flowers > 0 && targets.length ? this.#drawTargets("giveTo", "give", targets, (target) => this.#give(target)) : "",
      make("div", { class: "foot" },
        make("small", {}, [me.cap ? this.#say("today", { n: me.today, cap: me.cap }) : "", campaign.pool_left_minor != null ? this.#say("left", { sum: this.#yuan(campaign.pool_left_minor) }) : ""].filter(Boolean).join(" · ")),
        make("p", { class: "links" }, this.hasAttribute("link-url") ? make("a", { class: "more", href: this.getAttribute("link-url"), target: "_blank", rel: "noopener" }, this.#say("home")) : "",
          make("a", { class: "more", href: campaign.page, target: "_blank", rel: "noopener" }, this.#say("about")))),
    ];
  }

  #button(key, act, { kind = "", disabled = false, name = key, facts = {} } = {}) {
    return make("button", { type: "button", class: kind, disabled: disabled || this.#busy, "data-name": name, onclick: act }, this.#say(key, facts));
  }

  #drawTargets(legend, key, targets, act, facts = {}) {
    if (!targets.some((each) => each.id === this.#choice)) this.#choice = targets[0]?.id || "";
    const chosen = () => targets.find((each) => each.id === this.#choice);
    return make("fieldset", {}, make("legend", {}, this.#say(legend, facts)),
      targets.map((each) => make("label", { class: "pick" },
        make("input", { type: "radio", name: "target", value: each.id, checked: each.id === this.#choice, "data-name": each.id, onchange: () => { this.#choice = each.id; } }),
        make("span", {}, this.#pick(each.title), make("small", {}, [each.kind === "dream" ? this.#say("dream") : "", this.#pick(each.by)].filter(Boolean).join(" · "))))),
      this.#button(key, () => chosen() && act(chosen()), { kind: "give", name: "give" }));
  }

  #drawDeed(kind, deed, resting) {
    const off = resting || deed.ready === false;
    const earn = (key, facts = {}) => this.#button(key, () => this.#earn(facts), { kind: "give", disabled: off, name: "earn" });
    switch (kind) {
      case "steps":
        return [make("p", { class: "big" }, this.#say("steps", { n: deed.value })), make("p", { class: "quiet" }, this.#say("stepsGoal", { n: deed.goal })), earn("collect")];
      case "shake": {
        const tap = this.#button("shake", () => this.#earn(), { kind: "give", disabled: off, name: "earn" });
        const motion = typeof DeviceMotionEvent !== "undefined" && matchMedia("(pointer: coarse)").matches && !off;
        return [make("p", { class: "quiet" }, this.#say("shakeHint")), tap, motion ? this.#button("motion", () => this.#useMotion()) : ""];
      }
      case "like":
        return (deed.videos || []).slice(0, 1).map((video) => [make("p", {}, this.#pick(video.title)), this.#button(video.liked ? "liked" : "like", () => this.#earn({ video: video.id }), { kind: "give", disabled: resting || video.liked, name: "earn" })]);
      case "quiz": return this.#drawQuiz(deed, resting);
      case "checkin": return this.#drawCode(off);
      case "read": return this.#drawArticle(deed, off);
      case "game":
        return [make("div", { class: "days", role: "img", "aria-label": this.#say("streak", { n: deed.value, goal: deed.goal }) }, Array.from({ length: Math.min(deed.goal, 7) }, (_, day) => make("i", { class: day < deed.value ? "on" : "" }))),
          make("p", { class: "quiet" }, this.#say("streak", { n: deed.value, goal: deed.goal })), earn("game"), this.#drawShared(deed.shared)];
      case "volunteer": return [make("p", { class: "big" }, this.#say("volunteer", { n: deed.value || 0 })), earn("collect")];
      case "round_up": return [make("p", { class: "big" }, this.#say("round", { sum: this.#yuan(deed.value || 0) })), earn("roundButton")];
      default: return earn("collect");
    }
  }

  /* The seconds an article has been open; the platform checks them against the age of the token. */
  #drawArticle(deed, off) {
    if (!deed.article) return "";
    if (this.#reading.article !== deed.article) this.#reading = { article: deed.article, since: performance.now() };
    const text = this.#pick(deed.text).split("\n\n").map((part) => make("p", {}, part));
    const finish = () => this.#earn({ article: deed.article, seconds: Math.floor((performance.now() - this.#reading.since) / 1000) });
    return [make("div", { class: "text", tabindex: 0, role: "region", "aria-label": this.#pick(deed.title) }, make("p", {}, make("b", {}, this.#pick(deed.title))), text), this.#button("read", finish, { kind: "give", disabled: off, name: "earn" })];
  }

  #drawShared(shared) {
    if (!shared) return "";
    const width = `${Math.min(100, (100 * shared.value) / shared.goal)}%`;
    return [make("svg", { class: "bar", "aria-hidden": "true" }, make("rect", { width: "100%", height: "100%" }), make("rect", { width, height: "100%" })), make("small", {}, this.#say("goal", { n: shared.value, goal: shared.goal }))];
  }

  #drawCode(off) {
    const box = make("input", { type: "text", id: "code", autocomplete: "off", maxlength: 64, disabled: off, "aria-describedby": "hint" });
    return make("form", { class: "code", onsubmit: (event) => { event.preventDefault(); if (box.value.trim()) this.#earn({ code: box.value.trim() }); } },
      make("label", { for: "code" }, this.#say("code")), box, make("small", { id: "hint" }, this.#say("codeHint")),
      make("button", { class: "give", disabled: off || this.#busy, "data-name": "earn" }, this.#say("codeButton")));
  }

  #drawQuiz(deed, resting) {
    const quiz = this.#quiz;
    if (quiz.told) {
      return [make("p", { class: "big" }, this.#say("quizScore", { n: quiz.told.right })),
        ...quiz.told.explanations.map((each) => make("p", { class: "quiet" }, `${each.right ? this.#say("right") : this.#say("wrong", { a: this.#pick(each.answer) })} · ${this.#pick(each.why)}`))];
    }
    if (resting || !deed.questions?.length) return "";
    const asked = deed.questions[quiz.at];
    const last = quiz.at === deed.questions.length - 1;
    return make("fieldset", {}, make("legend", {}, make("small", {}, this.#say("of", { i: quiz.at + 1, n: deed.questions.length })), make("br"), this.#pick(asked.text)),
      asked.options.map((option, place) => make("label", { class: "pick" },
        make("input", { type: "radio", name: "answer", value: place, checked: quiz.answers[quiz.at] === place, "data-name": `answer-${place}`, onchange: () => { quiz.answers[quiz.at] = place; this.#draw(); } }), make("span", {}, this.#pick(option)))),
      this.#button(last ? "quizEnd" : "quizNext", () => {
        if (!last) { quiz.at += 1; this.#draw(); } else this.#earn({ answers: Object.fromEntries(deed.questions.map((each, place) => [each.id, quiz.answers[place]])) });
      }, { kind: "give", disabled: quiz.answers[quiz.at] === undefined, name: "next" }));
  }
}

if (!customElements.get("red-flower")) customElements.define("red-flower", RedFlower);
export { RedFlower };
