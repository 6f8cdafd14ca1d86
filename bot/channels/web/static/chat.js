// The page of the web chat. What the socket says and hears is described in bot/channels/web/frames.py.
// Words are set as text, never as markup. What was not acknowledged yet is kept in the browser and
// sent again under the same id, so it arrives once however often the line breaks.

const $ = (id) => document.getElementById(id);
const words = JSON.parse($("words").textContent);
const [log, scroll, input, form] = [$("log"), $("scroll"), $("say"), $("compose")];

// What the browser keeps. It may refuse to (private windows); then it lasts as long as the page.
const kept = (() => {
  const memory = new Map();
  const guarded = (act, otherwise) => { try { return act(); } catch { return otherwise(); } };
  return {
    get: (key) => guarded(() => localStorage.getItem(`sf.${key}`), () => memory.get(key) ?? null),
    set: (key, value) => guarded(() => localStorage.setItem(`sf.${key}`, value), () => memory.set(key, value)),
    drop: (key) => guarded(() => localStorage.removeItem(`sf.${key}`), () => memory.delete(key)),
    keys: (prefix) => guarded(
      () => Object.keys(localStorage).filter((key) => key.startsWith(`sf.${prefix}`)).map((key) => key.slice(3)),
      () => [...memory.keys()].filter((key) => key.startsWith(prefix))),
  };
})();

// Language

let language = kept.get("language") ?? document.documentElement.lang;
if (!words[language]) language = Object.keys(words)[0];
const say = (key) => words[language][key];

function speak() {
  document.documentElement.lang = language;
  document.title = say("page_title");
  for (const one of document.querySelectorAll("[data-w]")) one.textContent = say(one.dataset.w);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  for (const one of document.querySelectorAll("[data-placeholder]")) one.placeholder = say(one.dataset.placeholder);
  for (const one of document.querySelectorAll("[data-state]")) mark(one, one.dataset.state);
  showState();
}

$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  kept.set("language", language);
  speak();
  enqueue({ type: "language", language });
});

// Drawing

function make(tag, className, text) {
  const one = document.createElement(tag);
  if (className) one.className = className;
  if (text !== undefined) one.textContent = text;
  return one;
}

function named(tag, className, key) {
  const one = make(tag, className, say(key));
  one.dataset.w = key;
  return one;
}

const mine = new Map(); // own messages on the page, by id

function drawMine(id, text, state, files = []) {
  const one = make("div", "said you");
  one.append(named("span", "unseen", "page_you"));
  if (files.length) one.append(pictures(files));
  if (text) one.append(make("div", "words", text));
  one.append(make("small", "mark"));
  mine.set(id, one);
  log.append(one);
  mark(one, state);
  begun();
  // Whoever has spoken has chosen.
  for (const button of log.querySelectorAll(".choices button:enabled")) {
    button.classList.toggle("chosen", button.textContent === text);
    button.disabled = true;
  }
  return one;
}

function mark(one, state, text) {
  if (!one) return;
  one.dataset.state = state;
  one.classList.toggle("queued", state === "queued");
  one.classList.toggle("failed", state === "failed");
  if (text) one.dataset.why = text;
  one.querySelector(".mark").textContent =
    state === "failed" ? one.dataset.why ?? say("page_failed") : state === "old" ? "" : say(`page_${state}`);
}

function drawAgent(event) {
  const one = make("div", "said agent");
  one.append(named("span", "unseen", "page_agent"));
  const custom = event.custom ?? {};
  let text = event.text ?? "";
  if (custom.type === "receipt") {
    one.append(receipt(custom));
    // What the slip shows need not be read twice; the rest of the words stays.
    const shown = [custom.number, custom.unit, custom.access_code].filter(Boolean);
    text = text.split("\n").filter((line) => !shown.some((part) => line.includes(part))).join("\n");
  }
  if (text) one.append(make("div", "words", text));
  if (custom.type === "emergency") {
    one.classList.add("alarm");
    const calls = make("div", "calls");
    for (const number of custom.call ?? []) {
      const link = make("a", "", number);
      link.href = `tel:${String(number).replace(/[^0-9+]/g, "")}`;
      calls.append(link);
    }
    one.append(calls);
  }
  if (custom.type === "download" && String(custom.href).startsWith("/")) {
    const link = named("a", "download", "page_download");
    Object.assign(link, { href: custom.href, download: "" });
    one.append(link);
  }
  if (custom.type === "erased") forget();
  if (/^(https?:)?\/\//.test(event.image ?? "") || event.image?.startsWith("/")) {
    const link = named("a", "picture", "page_image");
    Object.assign(link, { href: event.image, target: "_blank", rel: "noopener noreferrer" });
    one.append(link);
  }
  if (event.buttons) one.append(choices(event.buttons));
  return one;
}

function choices(buttons) {
  const group = make("div", "choices");
  for (const { id, title } of buttons) {
    const button = make("button", "", title);
    button.type = "button";
    button.addEventListener("click", (click) => {
      enqueue({ type: "say", button: id }, title);
      // By keyboard the focus must not be lost with the button; by touch it would open the keyboard.
      if (click.detail === 0) input.focus();
    });
    group.append(button);
  }
  return group;
}

function receipt(custom) {
  const slip = make("section", "receipt");
  const title = named("h3", "", "page_receipt");
  const number = make("p", "number");
  number.append(named("span", "unseen", "page_receipt_number"), make("b", "", custom.number));
  if (navigator.clipboard) {
    const copy = named("button", "copy", "page_copy");
    copy.type = "button";
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(custom.number);
      copy.dataset.w = "page_copied";
      copy.textContent = say("page_copied");
    });
    number.append(copy);
  }
  const list = make("dl");
  const row = (key, value) => { if (value) list.append(named("dt", "", key), value instanceof Node ? value : make("dd", "", value)); };
  row("page_receipt_matter", custom.category);
  row("page_receipt_unit", custom.unit);
  row("page_receipt_phone", custom.unit_phone && phone(custom.unit_phone, custom.example_phone));
  row("page_receipt_due", custom.due && due(custom.due));
  row("page_receipt_access", custom.access_code);
  slip.append(title, number, list);
  return slip;
}

function phone(text, example) {
  const cell = make("dd");
  if (example) { // an invented number must not be called
    cell.append(text, " ", named("span", "", "page_receipt_example"));
    return cell;
  }
  const link = make("a", "", text);
  link.href = `tel:${text.replace(/[^0-9+]/g, "")}`;
  cell.append(link);
  return cell;
}

function due(iso) {
  const moment = new Date(iso);
  if (Number.isNaN(moment.valueOf())) return iso;
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {
    timeZone: "Asia/Shanghai", year: "numeric", month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false,
  }).format(moment);
}

// What was said is gone on the other side; so it goes from this page.
function forget() {
  for (const said of log.querySelectorAll(".said")) said.remove();
  mine.clear();
}

function note(key) { log.append(named("p", "note", key)); }

function begun() { $("welcome").hidden = true; }

// Order of the page is the order of the events; what has no number yet stands last.
function place(one, event) {
  one.dataset.event = event;
  let before = log.lastElementChild;
  while (before && (before === one || !(Number(before.dataset.event) < event))) before = before.previousElementSibling;
  if (before) before.after(one); else log.prepend(one);
}

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
function toEnd() { scroll.scrollTop = scroll.scrollHeight; $("newest").hidden = true; }
scroll.addEventListener("scroll", () => { if (atEnd()) $("newest").hidden = true; }, { passive: true });
$("newest").addEventListener("click", () => { toEnd(); input.focus(); });

let typingTimer = 0;
function typing(on) {
  clearTimeout(typingTimer);
  const follow = atEnd();
  $("typing").hidden = !on;
  if (on && follow) toEnd();
  // An answer that takes longer is not being written any more; its words come when they come.
  if (on) typingTimer = setTimeout(() => typing(false), 15_000);
}

// What waits to be acknowledged, oldest first

const queue = kept.keys("queue.")
  .map((key) => JSON.parse(kept.get(key) ?? "null")).filter(Boolean).sort((one, other) => one.at - other.at);
for (const item of queue) if (item.shown !== undefined) drawMine(item.frame.id, item.shown, "queued", item.frame.files);

function enqueue(frame, shown) {
  // randomUUID is missing where the page does not come over TLS or from this machine.
  frame.id = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const item = { at: Date.now(), frame, shown };
  queue.push(item);
  kept.set(`queue.${frame.id}`, JSON.stringify(item));
  if (shown !== undefined) { drawMine(frame.id, shown, ready ? "sending" : "queued", frame.files); toEnd(); }
  if (ready) transmit(item);
}

function dequeue(id) {
  kept.drop(`queue.${id}`);
  const index = queue.findIndex((item) => item.frame.id === id);
  if (index >= 0) queue.splice(index, 1);
}

// The line

let socket = null;
let ready = false; // the server has said welcome on this socket
let number = 0;
let seen = 0;
let tries = 0;
let retry = 0;
let overdue = 0;

function transmit(item) {
  item.n = ++number;
  socket.send(JSON.stringify({ ...item.frame, n: item.n }));
  mark(mine.get(item.frame.id), "sending");
  overdue ||= setTimeout(() => socket?.close(), 10_000);
}

// A line can be dead without knowing it: no acknowledgement in time means that it is.
function inTime() {
  clearTimeout(overdue);
  overdue = queue.length ? setTimeout(() => socket?.close(), 10_000) : 0;
}

function transmitFrom(n) {
  number = n - 1;
  for (const item of [...queue]) transmit(item);
}

function connect() {
  clearTimeout(retry);
  if (socket || navigator.onLine === false) return showState();
  const mineAlone = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/chat/socket`);
  socket = mineAlone;
  showState();
  mineAlone.addEventListener("open", () => mineAlone.send(JSON.stringify(
    { type: "hello", secret: kept.get("secret"), last_event: seen, language })));
  mineAlone.addEventListener("message", ({ data }) => { if (socket === mineAlone) hear(JSON.parse(data)); });
  mineAlone.addEventListener("close", () => { if (socket === mineAlone) lost(); });
}

function lost() {
  socket = null;
  ready = false;
  clearTimeout(overdue);
  overdue = 0;
  typing(false);
  for (const item of queue) mark(mine.get(item.frame.id), "queued");
  const wait = Math.min(30_000, 500 * 2 ** tries++) * (0.75 + Math.random() / 2);
  retry = setTimeout(connect, wait);
  showState();
}

function showState() {
  const key = ready ? "" : navigator.onLine === false || tries > 0 ? "page_offline" : "page_connecting";
  const text = key ? say(key) : "";
  if ($("state").textContent !== text) $("state").textContent = text;
  document.body.dataset.line = ready ? "open" : "down";
}

function hear(message) {
  switch (message.type) {
    case "welcome": return welcome(message);
    case "event": return heard(message);
    case "state": log.removeAttribute("aria-busy"); return typing(message.waiting);
    case "ack": return acknowledged(message);
    case "attach": opened.done = true; return opened.resolve?.();
    case "gap": return transmitFrom(message.expected);
    case "refused": return refused(message);
  }
}

function welcome(message) {
  ready = true;
  tries = 0;
  number = 0;
  if (message.expired && kept.get("talked")) {
    log.replaceChildren(...queue.map((item) => mine.get(item.frame.id)).filter(Boolean));
    log.prepend(named("p", "note", "page_expired"));
    kept.drop("talked");
  }
  if (!message.resumed) seen = 0;
  if (kept.get("secret") !== message.secret && opened.done) opened = {};
  kept.set("secret", message.secret);
  askToAttach();
  // What was said before is not read out once more.
  if (message.resumed && seen === 0) log.setAttribute("aria-busy", "true");
  for (const item of [...queue]) transmit(item);
  showState();
}

function heard(message) {
  seen = Math.max(seen, message.event);
  kept.set("talked", "1");
  const follow = atEnd() || log.hasAttribute("aria-busy");
  if (message.from === "you") {
    const known = mine.get(message.id);
    begun();
    const one = known ?? drawMine(message.id, message.text, "old", message.files);
    place(one, message.event);
    if (!known || one.dataset.state !== "old") mark(one, known ? "sent" : "old");
    dequeue(message.id);
  } else if (!log.querySelector(`[data-event="${message.event}"]`)) {
    typing(false);
    begun();
    place(drawAgent(message), message.event);
  }
  if (follow) toEnd(); else $("newest").hidden = false;
}

function acknowledged(message) {
  dequeue(message.id);
  inTime();
  const one = mine.get(message.id);
  if (one) mark(one, "sent");
  for (const [id, older] of mine) if (id !== message.id && older.dataset.state === "sent") mark(older, "old");
}

function remark(words) {
  if (log.querySelector(".note:last-child")?.textContent !== words) log.append(make("p", "note", words));
}

const alarmed = new Set(); // messages whose alarm was shown although they are not kept yet

function refused(message) {
  const one = mine.get(message.id);
  inTime();
  if (message.code === "emergency" && message.again && !alarmed.has(message.id)) {
    alarmed.add(message.id);
    log.append(drawAgent({ text: message.words, custom: { type: "emergency", call: message.call } }));
    toEnd();
  }
  if (message.again >= 20) remark(message.words);
  if (message.again && !message.id) { tries = Math.max(tries, 6); return; }
  if (message.again) {
    clearTimeout(overdue);
    overdue = 0;
    mark(one, "queued");
    const first = queue.find((item) => item.frame.id === message.id)?.n;
    if (first) setTimeout(() => { if (ready) transmitFrom(first); }, message.again * 1000);
    return;
  }
  if (message.id) dequeue(message.id);
  if (one) { mark(one, "failed", message.words); return; }
  remark(message.words);
}

addEventListener("online", () => { tries = 0; connect(); });
addEventListener("offline", () => {
  const gone = socket;
  if (!gone) return showState();
  lost();
  gone.close();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && !socket) { tries = Math.min(tries, 1); connect(); } });

// Files: sent on their own as soon as they are chosen, named by the message that follows

let opened = {}; // done: the server keeps this page's secret, so files may be sent under it
const local = new Map(); // addresses of files at hand, by the id that they were given
const chips = [];

function open() {
  opened.promise ??= new Promise((resolve) => { opened.resolve = resolve; });
  askToAttach();
  return opened.promise;
}

// Asked again at each welcome: a file may be chosen while the line is down, or the answer be lost with it.
function askToAttach() {
  if (ready && opened.promise && !opened.done) socket.send(JSON.stringify({ type: "attach" }));
}

const authorization = () => ({ Authorization: `Bearer ${kept.get("secret")}` });

function attach(files) {
  for (const file of files) {
    if (chips.length >= 10) break;
    const chip = { file, url: URL.createObjectURL(file), id: null, box: make("li", "chip") };
    chips.push(chip);
    const bar = make("progress");
    Object.assign(bar, { max: 1, value: 0 });
    bar.setAttribute("aria-label", `${say("page_uploading")} ${file.name}`);
    chip.state = make("small");
    chip.state.setAttribute("role", "status");
    const away = named("button", "away", "page_remove");
    away.type = "button";
    away.setAttribute("aria-label", `${say("page_remove")} ${file.name}`);
    away.addEventListener("click", () => { drop(chip); input.focus(); });
    chip.box.append(thumbnail(chip.url, file.type, file.name), bar, chip.state, away);
    chip.bar = bar;
    $("chips").append(chip.box);
    chip.done = send(chip);
  }
  $("chips").hidden = chips.length === 0;
}

function drop(chip) {
  if (!chip.id) chip.request?.abort();
  chip.box.remove();
  chips.splice(chips.indexOf(chip), 1);
  $("chips").hidden = chips.length === 0;
}

async function send(chip) {
  await open();
  const request = (chip.request = new XMLHttpRequest());
  const query = new URLSearchParams({ name: chip.file.name, lang: language });
  request.open("POST", `/chat/files?${query}`);
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) chip.bar.value = event.loaded / event.total;
  });
  await new Promise((resolve) => {
    request.addEventListener("loadend", resolve);
    request.send(chip.file);
  });
  chip.bar.hidden = true;
  if (request.status === 201) {
    chip.id = request.response.id;
    local.set(chip.id, { url: chip.url, type: request.response.media_type, name: request.response.name });
  } else {
    chip.box.classList.add("failed");
    chip.state.textContent = request.response?.words ?? say("page_upload_failed");
  }
}

function thumbnail(url, type, name) {
  if (!type?.startsWith("image/")) return make("span", "file", name);
  const picture = make("img");
  Object.assign(picture, { src: url, alt: name ?? "" });
  return picture;
}

function pictures(ids) {
  const group = make("div", "pictures");
  for (const id of ids) {
    const link = named("a", "file", "page_file");
    link.target = "_blank";
    group.append(link);
    showFile(link, id);
  }
  return group;
}

// A file is fetched under the secret; one that is no more stays a word.
async function showFile(link, id) {
  let found = local.get(id);
  if (!found) {
    const answer = await fetch(`/chat/files/${encodeURIComponent(id)}`, { headers: authorization() }).catch(() => null);
    if (!answer?.ok) return;
    const blob = await answer.blob();
    found = { url: URL.createObjectURL(blob), type: blob.type };
    local.set(id, found);
  }
  link.href = found.url;
  if (!found.type.startsWith("image/")) { link.download = found.name ?? id; return; }
  const picture = make("img");
  Object.assign(picture, { src: found.url, alt: say("page_image") });
  delete link.dataset.w;
  const follow = atEnd();
  picture.addEventListener("load", () => { if (follow) toEnd(); });
  link.replaceChildren(picture);
}

$("file").addEventListener("change", () => { attach($("file").files); $("file").value = ""; });
input.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length === 0) return;
  event.preventDefault();
  attach(event.clipboardData.files);
});
form.addEventListener("dragover", (event) => event.preventDefault());
form.addEventListener("drop", (event) => { event.preventDefault(); attach(event.dataTransfer.files); });

// Writing

function grow() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
}

input.addEventListener("input", grow);
input.addEventListener("keydown", (event) => {
  // Enter also picks a candidate of an input method; that is no wish to send.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (chips.length) await Promise.all(chips.map((chip) => chip.done));
  const text = input.value.trim();
  const files = chips.map((chip) => chip.id).filter(Boolean);
  if (!text && !files.length) return input.focus();
  for (const chip of [...chips]) if (chip.id) drop(chip);
  input.value = "";
  grow();
  enqueue(files.length ? { type: "say", text, files } : { type: "say", text }, text);
  input.focus();
});
for (const button of document.querySelectorAll(".examples button")) {
  button.addEventListener("click", () => {
    input.value = button.textContent;
    grow();
    input.focus();
  });
}

speak();
connect();
