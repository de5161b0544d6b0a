// Hears keys and clicks anywhere in an explorer, and tells the kernel of theme, room, and which pictures are shown.

const TYPING = "input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable=true]";
const PRESSED = "button, input[type=checkbox], summary"; // take the space bar themselves
const SLIDER = "[role=slider]"; // take the arrows themselves

function isFor(key, target) {
  if (target.closest(TYPING)) return false;
  if (key === " ") return !target.closest(PRESSED);
  return !(key.startsWith("Arrow") && target.closest(SLIDER));
}

const PATIENCE = 1000; // ms that a key held down waits for the picture of the key before it
const CALM = 250; // ms for which theme and room stay as they are before the kernel hears of them

// JupyterLab and Notebook, VS Code, and Colab each say in their own way that they are dark.
function isDark() {
  const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
  if (jpThemeLight) return jpThemeLight === "false";
  if (vscodeThemeKind) return !vscodeThemeKind.includes("light");
  return document.documentElement.getAttribute("theme") === "dark";
}

function hearClicks(model, root) {
  const onClick = (event) => {
    const image = event.target.closest("img");
    const panel = image && image.closest("[class*=rnnscope-view-]");
    if (!panel || !root().contains(panel)) return;
    const view = [...panel.classList].find((name) => name.startsWith("rnnscope-view-"));
    const { left, top, width, height } = image.getBoundingClientRect();
    const place = [(event.clientX - left) / width, (event.clientY - top) / height];
    model.send({ click: [view.slice("rnnscope-view-".length), ...place] });
  };
  root().addEventListener("click", onClick);
  return () => root()?.removeEventListener("click", onClick);
}

function tellPlace(model, root) {
  let timer;
  const tell = () => {
    const stage = root()?.querySelector(".rnnscope-stage");
    if (!stage || !stage.clientWidth) return; // it is hidden
    const before = model.get("place");
    const now = { is_dark: isDark(), room: stage.clientWidth };
    if (before.is_dark === now.is_dark && before.room === now.room) return;
    model.set("place", now);
    model.save_changes();
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, CALM);
  };
  const themes = new MutationObserver(soon);
  themes.observe(document.body, { attributes: true });
  themes.observe(document.documentElement, { attributes: true });
  const sizes = new ResizeObserver(soon);
  sizes.observe(root());
  soon();
  return () => {
    clearTimeout(timer);
    themes.disconnect();
    sizes.disconnect();
  };
}

// While the explorer is on the page, the still picture that is saved in its place is not.
function hideStill(model) {
  const style = document.createElement("style");
  style.textContent = `.${model.get("still")} { display: none; }`;
  document.head.append(style);
  return () => style.remove();
}

function hearKeys(model, root) {
  let sent = { at: -PATIENCE, drawn: -1 }; // the last key: when, and how many pictures there were
  const onKey = (event) => {
    if (!root() || !root().contains(event.target) || event.isComposing) return;
    const isBracket = "[]".includes(event.key); // some keyboards need Alt for it
    const isCommand = event.ctrlKey || event.metaKey || (!isBracket && (event.altKey || event.shiftKey));
    const isPlain = !isCommand || event.getModifierState("AltGraph");
    event.target.toggleAttribute("data-lm-suppress-shortcuts", isPlain); // the notebook leaves plain keys alone
    if (!isPlain || !model.get("heard").includes(event.key) || !isFor(event.key, event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    const isDrawn = model.get("drawn") !== sent.drawn || performance.now() - sent.at >= PATIENCE;
    if (event.repeat && !isDrawn) return;
    sent = { at: performance.now(), drawn: model.get("drawn") };
    model.send({ key: event.key });
  };
  window.addEventListener("keydown", onKey, true); // before the notebook hears it
  return () => window.removeEventListener("keydown", onKey, true);
}

export default {
  initialize({ model }) {
    model.on("change:drawn", () =>
      requestAnimationFrame(() => {
        model.set("seen", model.get("drawn"));
        model.save_changes();
      }),
    );
  },

  render({ model, el }) {
    el.textContent = model.get("help");
    const root = () => el.closest(".rnnscope-explorer");
    const ends = [hearKeys(model, root), hideStill(model)];
    const appeared = new MutationObserver(() => {
      if (!root()) return;
      root().tabIndex = 0; // a click on a picture puts the focus into the explorer
      ends.push(hearClicks(model, root), tellPlace(model, root));
      appeared.disconnect();
    });
    appeared.observe(document.body, { childList: true, subtree: true });
    return () => {
      appeared.disconnect();
      ends.forEach((end) => end());
    };
  },
};
