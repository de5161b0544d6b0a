// Hears the keys pressed anywhere in an explorer, and tells the kernel which pictures are on the screen.

const TYPING = "input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable=true]";
const PRESSED = "button, input[type=checkbox]"; // take the space bar themselves
const SLIDER = "[role=slider]"; // take the arrows themselves

function isFor(key, target) {
  if (target.closest(TYPING)) return false;
  if (key === " ") return !target.closest(PRESSED);
  return !(key.startsWith("Arrow") && target.closest(SLIDER));
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
    const prepare = () => {
      const found = root();
      if (found && found.tabIndex < 0) {
        found.tabIndex = 0; // a click on a picture puts the focus into the explorer
        found.dataset.lmSuppressShortcuts = "true"; // the notebook leaves the keys pressed here alone
      }
    };
    const onKey = (event) => {
      const found = root();
      if (!found || !found.contains(event.target)) return;
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (!model.get("heard").includes(event.key) || !isFor(event.key, event.target)) return;
      event.preventDefault();
      event.stopPropagation();
      model.send({ key: event.key });
    };
    const appeared = new MutationObserver(prepare);
    appeared.observe(document.body, { childList: true, subtree: true });
    prepare();
    window.addEventListener("keydown", onKey, true);
    return () => {
      appeared.disconnect();
      window.removeEventListener("keydown", onKey, true);
    };
  },
};
