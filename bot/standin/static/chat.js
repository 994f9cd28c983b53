// The page of a rehearsal: one column for each person, kept up to date by asking the server what moved.

const $ = (id) => document.getElementById(id);
const columns = new Map();
const bot = document.body.dataset.bot;
const zone = { timeZone: "Europe/Paris" };

async function ask(path, body) {
  const answer = await fetch(`/standin/${path}`, body && {
    method: "POST",
    headers: body instanceof FormData ? {} : { "Content-Type": "application/json" },
    body: body instanceof FormData ? body : JSON.stringify(body),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.description ?? answer.statusText);
  return value;
}

function tell(words) {
  $("news").textContent = words;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { $("news").textContent = ""; }, 8000);
}

function attempt(promise) {
  promise.catch((fault) => tell(`Cela n’a pas été envoyé : ${fault.message}`));
}

function stamped(template) {
  return $(template).content.firstElementChild.cloneNode(true);
}

function hour(seconds) {
  const parts = new Intl.DateTimeFormat("fr", { ...zone, hour: "numeric", minute: "2-digit" }).formatToParts(seconds * 1000);
  const part = (type) => parts.find((one) => one.type === type).value;
  return `${Number(part("hour"))} h ${part("minute")}`;
}

function day(seconds) {
  const words = new Intl.DateTimeFormat("fr", { ...zone, weekday: "long", day: "numeric", month: "long" }).format(seconds * 1000);
  return words.replace(/ 1 /, " 1er ");
}

function startCode(address) {
  const link = new URL(address, location.href);
  const ours = link.host === "t.me" && link.pathname.slice(1).toLowerCase() === bot.toLowerCase();
  return ours ? link.searchParams.get("start") : null;
}

// --- one message -------------------------------------------------------------------------------------------------

function file(thing) {
  return `/standin/files/${encodeURIComponent(thing.file_unique_id)}`;
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

function media(message) {
  if (message.photo) {
    const { width, height } = message.photo.at(-1);
    return element("img", { src: file(message.photo.at(-1)), alt: message.caption ?? "Photo sans légende", width, height });
  }
  const sound = message.voice ?? message.audio;
  if (sound) {
    const player = element("audio", { src: file(sound), controls: true, preload: "none" });
    player.setAttribute("aria-label", message.voice ? "Message vocal" : "Son");
    return player;
  }
  if (message.video) return element("video", { src: file(message.video), controls: true, preload: "metadata" });
  if (message.document) {
    const size = Math.max(1, Math.round(message.document.file_size / 1024));
    return element("a", { href: file(message.document), download: message.document.file_name, textContent: `Télécharger ${message.document.file_name} (${size} Ko)` });
  }
  if (message.sticker) return element("span", { className: "sticker", textContent: message.sticker.emoji });
  if (message.location) return element("span", { textContent: `Position : ${message.location.latitude}, ${message.location.longitude}` });
  return null;
}

function short(message) {
  const kinds = { photo: "Photo", document: "Document", voice: "Message vocal", audio: "Son", video: "Vidéo", sticker: "Autocollant", location: "Position" };
  const kind = Object.keys(kinds).find((name) => name in message);
  return message.text ?? message.caption ?? kinds[kind] ?? "Message";
}

function button(column, message, cell) {
  if (cell.url) {
    const link = element("button", { type: "button", textContent: `${cell.text} ↗` });
    link.addEventListener("click", () => follow(cell.url));
    return link;
  }
  const made = element("button", { type: "button", textContent: cell.text });
  made.dataset.press = cell.callback_data ?? "";
  made.addEventListener("click", () => {
    made.setAttribute("aria-busy", "true");
    attempt(ask("press", { user: column.id, message_id: message.message_id, button: cell.callback_data ?? cell.text }));
  });
  return made;
}

function bubble(column, message) {
  const node = stamped("t-message");
  const find = (selector) => node.querySelector(selector);
  node.classList.toggle("mine", !message.by_bot);
  node.dataset.message = message.message_id;
  if (message.reply_to_message) {
    find(".quoted").hidden = false;
    find(".quoted").textContent = short(message.reply_to_message);
  }
  const shown = media(message);
  if (shown) find(".media").append(shown);
  find(".words").innerHTML = message.html; // escaped by the server, tag by tag
  find(".edited").hidden = !message.edited;
  find(".pinned").hidden = !message.pinned;
  find("time").textContent = hour(message.date);
  find("time").dateTime = new Date(message.date * 1000).toISOString();
  find(".reactions").textContent = message.reactions.join(" ");
  for (const cells of message.reply_markup?.inline_keyboard ?? []) {
    const row = element("div", { className: "row" });
    row.append(...cells.map((cell) => button(column, message, cell)));
    find(".buttons").append(row);
  }
  find("[data-act=edit]").hidden = message.by_bot || !("text" in message || "caption" in message);
  const who = message.by_bot ? column.view.bot.first_name : column.view.account.first_name;
  node.setAttribute("aria-label", `${who}, ${hour(message.date)}`);
  find("[data-act=reply]").addEventListener("click", () => column.about("reply", message));
  find("[data-act=edit]").addEventListener("click", () => column.about("edit", message));
  return node;
}

// --- one person --------------------------------------------------------------------------------------------------

class Column {
  constructor(id) {
    this.id = id;
    this.node = stamped("t-column");
    this.node.id = `personne-${id}`;
    this.shown = new Map();
    this.subject = null;
    this.heard = null;
    this.tab = element("button", { type: "button", className: "quiet small" });
    this.tab.addEventListener("click", () => this.node.scrollIntoView({ inline: "start" }));
    $("people").querySelector(".tabs").append(this.tab);
    $("columns").append(this.node);
    sight.observe(this.node);
    this.log = this.node.querySelector(".log");
    this.text = this.node.querySelector("textarea");
    this.low = true;
    this.painted = false;
    this.unseen = 0;
    new ResizeObserver(() => this.settle()).observe(this.log);
    this.listen();
  }

  settle() {
    if (this.low) this.log.scrollTop = this.log.scrollHeight;
    this.tall = this.log.scrollHeight;
  }

  seen() { this.unseen = 0; this.name(); }

  name() {
    const { first_name: name } = this.view?.account ?? { first_name: "" };
    this.tab.textContent = this.unseen ? `${name} (${this.unseen})` : name;
  }

  find(selector) { return this.node.querySelector(selector); }

  act(name, run) { this.find(`[data-act=${name}]`).addEventListener("click", run); }

  listen() {
    this.act("block", () => attempt(ask("block", { user: this.id, blocked: true })));
    this.act("unblock", () => attempt(ask("block", { user: this.id, blocked: false })));
    this.act("start", () => this.say("/start"));
    this.act("cancel", () => this.about(null));
    this.act("commands", () => this.offer(this.find(".commands").hidden ? "" : null));
    this.act("sticker", () => this.attached(ask("sticker", { user: this.id })));
    this.act("location", () => this.attached(ask("location", { user: this.id, latitude: 48.8566, longitude: 2.3522 })));
    this.find(".composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.text.addEventListener("input", () => this.typed());
    for (const input of this.node.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => this.upload(input));
    }
    this.find(".attach").addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.currentTarget.open = false; event.currentTarget.firstElementChild.focus(); }
    });
    this.log.addEventListener("click", (event) => this.clicked(event));
    this.log.addEventListener("load", () => this.settle(), true);
    this.log.addEventListener("scroll", () => {
      if (this.log.scrollHeight !== this.tall) { this.settle(); return; } // moved by the layout, not by a person
      this.low = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    });
    this.find(".commands").addEventListener("keydown", (event) => this.browse(event));
  }

  clicked(event) {
    const command = event.target.closest(".command");
    const link = event.target.closest("a[href]");
    if (command) this.say(command.dataset.say);
    if (link && startCode(link.href) !== null) { event.preventDefault(); follow(link.href); }
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
    if (event.key === "Escape") { this.about(null); this.offer(null); }
    if (event.key === "ArrowDown" && !this.find(".commands").hidden) {
      event.preventDefault();
      this.find(".commands button")?.focus();
    }
  }

  browse(event) {
    const here = document.activeElement;
    if (event.key === "ArrowDown") here.nextElementSibling?.focus();
    else if (event.key === "ArrowUp") (here.previousElementSibling ?? this.text).focus();
    else if (event.key === "Escape") { this.offer(null); this.text.focus(); }
    else return;
    event.preventDefault();
  }

  typed() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight + 2, 200)}px`;
    this.offer(/^\/\w*$/.test(this.text.value) ? this.text.value.slice(1) : null);
  }

  offer(beginning) {
    const menu = this.find(".commands");
    const commands = this.view?.commands ?? [];
    const fitting = beginning === null ? [] : commands.filter((one) => one.command.startsWith(beginning));
    if (beginning === "" && fitting.length === 0) tell("Le bot n’a pas encore donné de menu de commandes.");
    menu.hidden = fitting.length === 0;
    this.find("[data-act=commands]").setAttribute("aria-expanded", String(!menu.hidden));
    menu.replaceChildren(...fitting.map((one) => {
      const made = element("button", { type: "button" });
      made.append(element("b", { textContent: `/${one.command}` }), element("span", { textContent: one.description }));
      made.addEventListener("click", () => { this.offer(null); this.clear(); this.say(`/${one.command}`); this.text.focus(); });
      return made;
    }));
  }

  about(kind, message) {
    this.subject = kind && { kind, id: message.message_id };
    const strip = this.find(".about");
    strip.hidden = !kind;
    if (!kind) return;
    strip.firstElementChild.textContent = `${kind === "reply" ? "Répondre à" : "Modifier"} : ${short(message)}`;
    if (kind === "edit") this.text.value = message.text ?? message.caption;
    this.typed();
    this.text.focus();
  }

  clear() { this.text.value = ""; this.typed(); }

  send() {
    const text = this.text.value;
    if (!text.trim()) return;
    const subject = this.subject;
    const sent = subject?.kind === "edit"
      ? ask("edit", { user: this.id, message_id: subject.id, text })
      : ask("say", { user: this.id, text, reply_to: subject?.id ?? null });
    attempt(sent.then(() => { this.clear(); this.about(null); }));
  }

  say(text) { attempt(ask("say", { user: this.id, text })); }

  attached(promise) {
    this.find(".attach").open = false;
    attempt(promise);
  }

  upload(input) {
    const files = [...input.files];
    const album = files.length > 1 ? String(Date.now()) : "";
    const caption = this.text.value;
    this.clear();
    this.attached(files.reduce((before, one, index) => before.then(() => {
      const form = new FormData();
      const fields = { user: this.id, kind: input.dataset.kind, caption: index ? "" : caption, media_group_id: album };
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      form.set("file", one);
      return ask("upload", form);
    }), Promise.resolve()));
    input.value = "";
  }

  async refresh() {
    this.view = await ask(`history?user=${this.id}`);
    const { account, messages, blocked } = this.view;
    this.find("h2").textContent = account.first_name;
    this.find(".label").textContent = account.label || "sans rôle";
    this.node.setAttribute("aria-label", `${account.first_name}, ${account.label || "sans rôle"}`);
    this.log.setAttribute("aria-label", `Conversation de ${account.first_name}`);
    this.text.setAttribute("aria-label", `Message de ${account.first_name}`);
    this.find(".empty").hidden = messages.length > 0;
    this.log.hidden = messages.length === 0;
    this.find(".description").textContent = this.view.bot.description;
    this.find("[data-act=block]").hidden = blocked;
    this.find("[data-act=unblock]").hidden = !blocked;
    this.find(".composer").hidden = blocked;
    this.find(".blocked").hidden = !blocked;
    this.find("[data-act=start]").hidden = blocked;
    this.paint(messages);
    this.typing();
    this.keys();
    this.notice();
  }

  paint(messages) {
    const wanted = new Map();
    let last = "";
    for (const message of messages) {
      const date = day(message.date);
      if (date !== last) wanted.set(`day ${date} ${message.message_id}`, { mark: date, make: () => element("p", { className: "day", textContent: date }) });
      last = date;
      wanted.set(message.message_id, { mark: JSON.stringify(message), make: () => bubble(this, message) });
    }
    for (const [key, { node }] of this.shown) {
      if (!wanted.has(key)) { node.remove(); this.shown.delete(key); }
    }
    let at = this.log.firstChild;
    for (const [key, { mark, make }] of wanted) {
      const old = this.shown.get(key);
      if (old?.mark === mark) { at = old.node.nextSibling; continue; }
      const node = make();
      if (old) old.node.replaceWith(node);
      else { this.log.insertBefore(node, at); this.unseen += node.matches(".message:not(.mine)"); }
      this.shown.set(key, { mark, node });
      at = node.nextSibling;
    }
    this.settle();
    if (!this.painted || this.tab.getAttribute("aria-current") === "true") this.unseen = 0;
    this.painted = true;
    this.name();
  }

  typing() {
    clearTimeout(this.pause);
    const doing = this.view.action === "typing" ? "écrit" : "prépare un envoi";
    this.find(".typing").textContent = this.view.action ? `${this.view.bot.first_name} ${doing}…` : "";
    if (this.view.action) this.pause = setTimeout(() => this.refresh(), 5200);
  }

  keys() {
    const strip = this.find(".keys");
    const rows = this.view.blocked ? [] : this.view.keyboard?.keyboard ?? [];
    strip.hidden = rows.length === 0;
    strip.replaceChildren(...rows.map((cells) => {
      const row = element("div", { className: "row" });
      row.append(...cells.map((cell) => {
        const made = element("button", { type: "button", textContent: cell.text });
        made.addEventListener("click", () => this.say(cell.text));
        return made;
      }));
      return row;
    }));
    const last = this.view.messages.at(-1);
    const over = this.view.keyboard?.force_reply && this.view.keyboard.message_id !== last?.message_id;
    this.text.placeholder = (over ? null : this.view.keyboard?.input_field_placeholder) ?? "Message";
    if (this.view.keyboard?.force_reply && !over) this.asked(last);
  }

  asked(message) {
    if (this.forced !== message.message_id) this.about("reply", message); // once: a person may turn it down
    this.forced = message.message_id;
  }

  notice() {
    const press = this.view.press;
    if (!press?.answer) return;
    for (const busy of this.node.querySelectorAll(`[data-message="${press.message_id}"] [aria-busy]`)) busy.removeAttribute("aria-busy");
    if (this.heard === press.id || !press.answer.text) return;
    this.heard = press.id;
    if (press.answer.show_alert) {
      $("alert-text").textContent = press.answer.text;
      $("alert").showModal();
      return;
    }
    this.find(".notice").textContent = press.answer.text;
    setTimeout(() => { this.find(".notice").textContent = ""; }, 6000);
  }
}

const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const column = [...columns.values()].find((one) => one.node === target);
    column?.tab.setAttribute("aria-current", String(isIntersecting));
    if (isIntersecting) column?.seen();
  }
  hint();
}, { root: $("columns"), threshold: 0.6 });

// How many people stand out of sight on each side, and the way there.
function hint() {
  const all = [...columns.values()];
  const shown = all.map((column) => column.tab.getAttribute("aria-current") === "true");
  const before = Math.max(shown.indexOf(true), 0);
  const after = Math.max(all.length - 1 - shown.lastIndexOf(true), 0);
  $("people").hidden = before + after === 0;
  for (const [id, count, words] of [["before", before, (n) => `← ${n} à gauche`], ["after", after, (n) => `${n} à droite →`]]) {
    $(id).hidden = count === 0;
    $(id).textContent = words(count === 1 ? "1 personne" : `${count} personnes`);
  }
}

function slide(direction) {
  const width = columns.values().next().value.node.offsetWidth;
  $("columns").scrollBy({ left: direction * width, behavior: "smooth" });
}

$("before").addEventListener("click", () => slide(-1));
$("after").addEventListener("click", () => slide(1));

// --- links that begin a conversation -----------------------------------------------------------------------------

function follow(address) {
  const code = startCode(address);
  if (code === null) { window.open(address, "_blank", "noopener,noreferrer"); return; }
  const words = code ? `/start ${code}` : "/start";
  $("who-code").textContent = words;
  $("who-list").replaceChildren(...[...columns.values()].map((column) => {
    const made = element("button", { type: "submit", textContent: `${column.view.account.first_name}, ${column.view.account.label || "sans rôle"}` });
    made.addEventListener("click", () => { column.say(words); column.node.scrollIntoView({ inline: "nearest" }); });
    return made;
  }));
  $("who").showModal();
}

// --- clock, newcomers, news --------------------------------------------------------------------------------------

function showClock(clock) {
  $("clock").textContent = clock.words;
  $("clock").dateTime = clock.now;
  $("ahead").textContent = clock.offset === "PT0S" ? "(heure réelle)" : "";
  $("jump").disabled = !clock.can_jump;
  $("jump").title = clock.can_jump ? "" : "Le programme n’a pas dit quand il enverra.";
}

for (const made of document.querySelectorAll("[data-advance]")) {
  made.addEventListener("click", () => attempt(ask("clock", { advance: made.dataset.advance }).then((clock) => {
    showClock(clock);
    tell(clock.nothing_due ? "Aucun envoi n’est prévu." : `Il est maintenant ${clock.words}.`);
  })));
}

async function offerScenes() {
  const { title, labels } = await ask("scenes");
  const form = $("scenes");
  form.querySelector("span").textContent = title;
  form.querySelector("select").replaceChildren(...Object.entries(labels).map(([value, textContent]) => element("option", { value, textContent })));
  form.hidden = !Object.keys(labels).length;
}

$("scenes").addEventListener("submit", (event) => {
  event.preventDefault();
  const [choice, button] = [$("scenes").querySelector("select"), $("scenes").querySelector("button")];
  button.disabled = true;
  attempt(ask("scenes", { scene: choice.value }).then(({ words }) => { tell(words); return readClock(); }).finally(() => { button.disabled = false; }));
});

$("newcomer").addEventListener("click", () => { $("person").querySelector("form").reset(); $("person").showModal(); });
$("person").addEventListener("close", () => {
  if ($("person").returnValue !== "add") return;
  const form = new FormData($("person").querySelector("form"));
  attempt(ask("accounts", { name: form.get("name"), label: form.get("label") }));
});

async function show(user) {
  if (!columns.has(user)) columns.set(user, new Column(user));
  await columns.get(user).refresh();
}

function readClock() { return ask("clock").then(showClock, () => {}); }

async function watch() {
  let since = -1;
  for (;;) {
    try {
      const moved = await ask(`events?since=${since}`);
      for (const user of moved.users.sort((one, other) => one - other)) await show(user);
      if (since > moved.version) tell("La répétition a recommencé.");
      since = moved.version;
      await readClock();
    } catch {
      tell("La répétition ne répond pas. Rien n’est à refaire : la page essaie de nouveau.");
      await new Promise((resume) => { setTimeout(resume, 2000); });
    }
  }
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".attach[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

setInterval(readClock, 10_000);
offerScenes().catch(() => {});
watch();
