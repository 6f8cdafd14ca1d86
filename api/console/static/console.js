// What the pages need in the browser beside NiceGUI: telling, the address, and where the focus was.
(() => {
  let hide;
  window.consoleTell = (words, kind) => {
    const place = document.getElementById("tell");
    if (!place) return;
    clearTimeout(hide);
    place.className = `tell ${kind} shown`;
    place.textContent = words;
    place.setAttribute("role", kind === "alarm" ? "alert" : "status");
    hide = setTimeout(() => { place.className = "tell"; place.textContent = ""; }, kind === "alarm" ? 10000 : 5000);
  };

  window.consoleAddress = (address) => {
    if (address !== location.pathname + location.search) history.pushState({}, "", address);
  };
  addEventListener("popstate", () => location.reload());

  // A page that keeps up with the world draws parts of itself anew: the focus stays where it was.
  let held;
  addEventListener("focusin", (event) => { held = event.target.dataset?.key; });
  addEventListener("focusout", (event) => {
    const left = event.target;
    queueMicrotask(() => { if (left.isConnected && document.activeElement === document.body) held = undefined; });
  });
  new MutationObserver(() => {
    if (!held || document.activeElement !== document.body) return;
    document.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Files of a form go ahead of it: each is kept when it is chosen, and the form names it.
  const listOf = (input) => input.closest("fieldset").querySelector("ul");
  const give = async (input, file) => {
    const { give: field, sending, drop, failed } = input.dataset;
    const item = listOf(input).appendChild(document.createElement("li"));
    const name = item.appendChild(document.createElement("span"));
    const button = item.appendChild(document.createElement("button"));
    name.textContent = `${file.name} · ${sending}`;
    button.type = "button";
    button.className = "quiet";
    button.textContent = drop;
    button.setAttribute("aria-label", `${drop} ${file.name}`);
    button.addEventListener("click", () => { item.remove(); settle(input); input.focus(); });
    let words = failed;
    try {
      const answer = await fetch(`/console/attachments?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
      const told = await answer.json();
      if (answer.status === 201) {
        const id = item.appendChild(document.createElement("input"));
        Object.assign(id, { type: "hidden", name: field, value: told.id });
        name.textContent = file.name;
        return;
      }
      words = told.words;
    } catch { /* the line is down, or the session is over: said below */ }
    name.textContent = `${file.name} · ${words}`;
    item.className = "bad";
  };
  // A file that there has to be is there once it is kept.
  const settle = (input) => {
    input.required = "needed" in input.dataset && !listOf(input).querySelector("[type=hidden]");
  };
  addEventListener("change", async (event) => {
    const input = event.target;
    if (!input.matches?.("input[data-give]")) return;
    if (input.required) input.dataset.needed = "";
    const chosen = [...input.files];
    const button = input.form.querySelector("[type=submit]");
    input.disabled = button.disabled = true;
    for (const file of chosen) await give(input, file);
    input.value = "";
    input.disabled = button.disabled = false;
    settle(input);
  });

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches?.("input, textarea, select, [contenteditable]")) return;
    if (event.key === "/") {
      const box = document.querySelector("[data-slash]");
      if (box) { event.preventDefault(); box.focus(); }
    } else if (event.key === "j" || event.key === "k") {
      const rows = [...document.querySelectorAll("table.queue tbody a")];
      const at = rows.indexOf(document.activeElement);
      rows[at < 0 ? 0 : at + (event.key === "j" ? 1 : -1)]?.focus();
    }
  });
})();
