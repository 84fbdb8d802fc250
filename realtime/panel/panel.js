"use strict";
// The panel's page: shows what the run tells, and asks for changes. No library, nothing from elsewhere.

const $ = (id) => document.getElementById(id);
const make = (tag, properties = {}, ...inside) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...inside);
  return node;
};

// The token stands behind the #, and is kept for this tab only.
const token = location.hash.slice(1) || sessionStorage.getItem("token") || "";
sessionStorage.setItem("token", token);
history.replaceState(null, "", location.pathname);

const KEPT = 240; // values of a graph: one minute
const CHANGED = 400; // ms after which an upload is seen; a thumbnail made meanwhile would hold it up
const history_of = { fps_out: [], latency_ms: [], cpu_percent: [] };
const sliders = document.querySelectorAll(".slider [data-setting]");
const choices = document.querySelectorAll(".choice");
let state = null;
let socket = null;

async function call(path, body, type = "application/json") {
  const headers = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers["Content-Type"] = type;
  const answer = await fetch(`api/${path}`, { method: body === undefined ? "GET" : "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message);
    return null;
  }
}

let hiding = 0;
function say(text) {
  $("note").textContent = text;
  $("note").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { $("note").hidden = true; }, 6000);
}

const set = (name, text) => attempt(() => call("set", JSON.stringify({ name, text })));
const choose = (wanted) => attempt(async () => {
  const who = await (await call("choose", JSON.stringify(wanted))).json();
  say(wanted.thing ? `The thing there is ${who}` : `Seen: ${who}`);
});

// ── what the run tells ───────────────────────────────────────────────────────

function connect() {
  socket = new WebSocket(`ws://${location.host}/live`);
  socket.binaryType = "blob";
  socket.onopen = () => { socket.send(token); want(); };
  socket.onmessage = ({ data }) => (typeof data === "string" ? told(JSON.parse(data)) : shown(data));
  socket.onclose = ({ code }) => {
    $("state").className = "lost";
    $("state").textContent = code === 4401 ? "not the address that softfocus panel told" : "it has ended";
    if (code !== 4401) setTimeout(connect, 2000);
  };
}

const want = () => {
  if (socket.readyState === WebSocket.OPEN) socket.send(document.querySelector("[name=shown]:checked").value);
};

// The next picture is asked for before this one is drawn; of those that come meanwhile the newest is drawn.
let newest = null;
let drawing = false;
async function shown(jpeg) {
  newest = jpeg;
  if (document.hidden) requestAnimationFrame(want); else want();
  if (drawing) return;
  drawing = true;
  try {
    while (newest) await drawNewest(newest);
  } finally {
    drawing = false;
  }
}

async function drawNewest(jpeg) {
  const picture = await createImageBitmap(jpeg);
  if (newest === jpeg) newest = null;
  const canvas = $("picture");
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close();
  canvas.dataset.count = Number(canvas.dataset.count || 0) + 1;
}

function told(news) {
  if (!news.report) { want(); return; } // there was no picture; ask again
  state = news;
  const { report } = news;
  const reason = report.reason ? `: ${report.reason.replaceAll("_", " ")}` : "";
  $("state").className = report.state;
  $("state").textContent = { open: "person seen, room hidden", raw: "NOT BLURRED" }[report.state]
    || `${report.state}${reason}`;
  if (report.weak && report.state === "open") $("state").textContent = "WEAK BLUR: writing can be read";
  $("cover").hidden = report.state !== "raw";
  document.body.classList.toggle("mirror", news.mirror);
  $("notice").textContent = news.notice || "";
  document.querySelector("[data-ask=learn]").hidden = !news.learns;
  document.querySelector("[data-ask=refine]").hidden = !news.refines;
  showMarks(news);
  showSettings(report.settings, news.picture);
  showNumbers(report);
  showLog(news.log);
}

function showMarks({ marks, size, mirror }) {
  const [width, height] = size;
  const places = marks.map(({ id, centroid: [x, y], chosen }) => ({
    id, chosen, left: 100 * (mirror ? 1 - x / width : x / width), top: 100 * y / height,
  }));
  keep($("marks"), places, (button, { left, top }) => {
    button.style.left = `${left}%`;
    button.style.top = `${top}%`;
  });
  keep($("people"), [{ id: "all", chosen: marks.every((mark) => mark.chosen) }, ...places]);
}

// Buttons stay the same nodes while they mean the same person, so that the focus stays where it is.
function keep(row, people, place = () => {}) {
  const there = new Map([...row.children].map((button) => [button.dataset.who, button]));
  for (const person of people) {
    const who = String(person.id);
    let button = there.get(who);
    if (!button) {
      button = make("button", { type: "button", textContent: who, ariaLabel: `only person ${who}` });
      button.dataset.who = who;
      row.insertBefore(button, [...row.children].find((other) => Number(other.dataset.who) > person.id) || null);
    }
    there.delete(who);
    button.setAttribute("aria-pressed", person.chosen);
    place(button, person);
  }
  for (const gone of there.values()) gone.remove();
}

function showSettings(settings, picture) {
  for (const tile of $("backgrounds").children) {
    const kind = { green: "#00ff00" }[tile.dataset.background] || tile.dataset.background;
    tile.setAttribute("aria-pressed", kind === (picture || settings.background));
  }
  for (const slider of sliders) {
    if (document.activeElement !== slider) slider.value = settings[slider.dataset.setting];
    slider.nextElementSibling.textContent = settings[slider.dataset.setting];
  }
  for (const choice of choices) {
    for (const radio of choice.elements) radio.checked = radio.value === settings[choice.dataset.setting];
  }
}

function showNumbers(report) {
  const round = (value) => (value === null ? "" : Math.round(value));
  $("fps").textContent = round(report.fps_out);
  $("latency").textContent = round(report.latency_ms);
  $("cpu").textContent = round(report.cpu_percent);
  for (const canvas of document.querySelectorAll("#graphs canvas")) {
    const values = history_of[canvas.dataset.of];
    values.push(report[canvas.dataset.of] ?? 0);
    if (values.length > KEPT) values.shift();
    draw(canvas, values);
  }
  const shut = Object.entries(report.closings).map(([why, times]) => `${why.replaceAll("_", " ")} ${times}×`);
  const facts = {
    from: report.source,
    to: report.sinks.map((sink) => sink.name + (sink.error ? ` (${sink.error})` : "")).join(", "),
    frames: `${report.composed} composed, ${report.shielded} shielded, ${report.dropped} dropped`,
    "gate shut": shut.join(", ") || "never",
  };
  $("facts").replaceChildren(...Object.entries(facts).flatMap(([name, text]) => [
    make("dt", { textContent: name }), make("dd", { textContent: text })]));
}

function draw(canvas, values) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const paper = canvas.getContext("2d");
  const most = 1.15 * Math.max(1, ...values);
  paper.clearRect(0, 0, width, height);
  paper.beginPath();
  values.forEach((value, i) => {
    paper.lineTo(width * (i + KEPT - values.length) / (KEPT - 1), height - height * value / most);
  });
  paper.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  paper.lineWidth = 1.5 * scale;
  paper.stroke();
}

function showLog(lines) {
  const log = $("log");
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  for (const { time, level, text } of lines) {
    const when = new Date(1000 * time).toLocaleTimeString("sv"); // 14:05:09
    log.append(make("li", { className: level }, make("time", { textContent: when }), make("span", { textContent: text })));
  }
  while (log.children.length > 200) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// ── what the user wants ──────────────────────────────────────────────────────

$("picture").onclick = ({ offsetX, offsetY, target, shiftKey, altKey, ctrlKey }) => {
  if (!state) return;
  const [width, height] = state.size;
  const at = { x: width * offsetX / target.clientWidth, y: height * offsetY / target.clientHeight };
  const thing = shiftKey ? "keep" : altKey || ctrlKey ? "hide" : null;
  choose(thing ? { ...at, thing } : at);
};
for (const button of document.querySelectorAll("[data-ask]")) {
  button.onclick = () => attempt(async () => {
    say(await (await call("ask", JSON.stringify({ what: button.dataset.ask }))).json());
  });
}
for (const row of [$("marks"), $("people")]) {
  row.onclick = ({ target }) => target.dataset.who && choose({ text: target.dataset.who });
}
$("say").onsubmit = (event) => {
  event.preventDefault();
  choose({ text: $("phrase").value });
};
$("backgrounds").onclick = ({ target }) => {
  const tile = target.closest("[data-background]");
  if (tile) set("background", tile.dataset.background);
};
$("colour").onchange = () => set("background", $("colour").value);

for (const choice of choices) choice.onchange = ({ target }) => set(choice.dataset.setting, target.value);

// While a slider moves, the newest value goes out once the one before is in effect.
for (const slider of sliders) {
  let sending = false;
  let wanted; // by the user: the slider itself also follows what is in effect
  slider.oninput = async () => {
    slider.nextElementSibling.textContent = wanted = slider.value;
    if (sending) return;
    sending = true;
    let sent;
    do {
      sent = wanted;
      await set(slider.dataset.setting, sent);
    } while (sent !== wanted);
    sending = false;
  };
}

async function listBackgrounds() {
  const names = await (await call("backgrounds")).json();
  const tiles = $("backgrounds");
  const there = new Set([...tiles.children].map((tile) => tile.dataset.background));
  for (const [i, name] of names.entries()) {
    if (there.has(name)) continue;
    const jpeg = await (await call(`backgrounds/${encodeURIComponent(name)}`)).blob();
    const image = make("img", { src: URL.createObjectURL(jpeg), alt: "" });
    const tile = make("button", { type: "button", className: "tile" }, image, `picture ${i + 1}`);
    tile.dataset.background = name;
    tiles.append(tile);
  }
}

async function add(files) {
  for (const file of files) {
    await attempt(() => call("backgrounds", file, "application/octet-stream"));
  }
  setTimeout(() => attempt(listBackgrounds), CHANGED);
}

$("file").onchange = async () => {
  await add($("file").files);
  $("file").value = "";
};
document.ondragover = (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
};
document.ondragleave = ({ relatedTarget }) => {
  if (!relatedTarget) document.body.classList.remove("dropping");
};
document.ondrop = (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  add(event.dataTransfer.files);
};

connect();
attempt(listBackgrounds);
