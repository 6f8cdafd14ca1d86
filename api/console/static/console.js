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
