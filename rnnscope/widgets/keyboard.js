// Hears the keys pressed anywhere in an explorer, and tells the kernel which pictures are on the screen.

const TYPING = "input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable=true]";
const PRESSED = "button, input[type=checkbox]"; // take the space bar themselves
const SLIDER = "[role=slider]"; // take the arrows themselves

function isFor(key, target) {
  if (target.closest(TYPING)) return false;
  if (key === " ") return !target.closest(PRESSED);
  return !(key.startsWith("Arrow") && target.closest(SLIDER));
}

const PATIENCE = 1000; // ms that a key held down waits for the picture of the key before it

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
    const appeared = new MutationObserver(() => {
      if (!root()) return;
      root().tabIndex = 0; // a click on a picture puts the focus into the explorer
      appeared.disconnect();
    });
    appeared.observe(document.body, { childList: true, subtree: true });
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
    return () => {
      appeared.disconnect();
      window.removeEventListener("keydown", onKey, true);
    };
  },
};
