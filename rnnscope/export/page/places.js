// Places of pictures that stand for something: a click goes there, and what is there is said.

/** The one note that says what is at a place: with a mouse, with a finger, and with the keyboard. */
class Tip {
  constructor(explorer) {
    this.explorer = explorer;
    document.addEventListener("scroll", () => this.hide(), { passive: true, capture: true });
  }

  show(text, x, y) {
    const tip = el("tip");
    Object.assign(tip, { textContent: text, hidden: false });
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.max(4, Math.min(x - width / 2, document.documentElement.clientWidth - width - 4));
    Object.assign(tip.style, { left: `${left}px`, top: `${y - height - 12 < 4 ? y + 18 : y - height - 12}px` });
  }

  hide() {
    el("tip").hidden = true;
  }
}

class Places {
  constructor(figure) {
    Object.assign(this, { figure, explorer: figure.explorer });
    this.element = made("div", { className: "places" });
    this.element.addEventListener("pointermove", (event) => this.point(event));
    this.element.addEventListener("pointerleave", () => this.explorer.tip.hide());
    this.element.addEventListener("click", (event) => this.click(event));
    this.sets = new Map();
  }

  show(scene) {
    if (!this.sets.has(scene)) this.sets.set(scene, (scene.boxes ?? []).map((box) => this.button(box)));
    if (scene !== this.scene) this.element.replaceChildren(...this.sets.get(scene));
    this.scene = scene;
    const { phases, layer } = this.explorer.at;
    const now = this.explorer.page.traces[this.figure.trace].phases[layer][phases[this.figure.trace]];
    for (const button of this.sets.get(scene)) button.setAttribute("aria-current", button.phase === now);
  }

  /** The size of the picture in its own units. */
  size(scene) {
    const [, wide, high] = this.explorer.page.pool[scene.svg].match(/viewBox="\S+ \S+ (\S+) ([^"]+)"/).map(Number);
    return [wide, high];
  }

  /** A box of a wiring: a button over it. */
  button([left, top, right, bottom, phase]) {
    const [wide, high] = this.size(this.figure.now);
    const button = made("button", { className: "place", phase });
    const share = (value, whole) => `${(100 * value) / whole}%`;
    Object.assign(button.style, {
      left: share(left, wide),
      top: share(top, high),
      width: share(right - left, wide),
      height: share(bottom - top, high),
    });
    button.setAttribute("aria-label", say("go to {name}: {meaning}", { name: phase, meaning: this.meaning(phase) }));
    button.setAttribute("aria-describedby", "tip");
    const tell = () => {
      const box = button.getBoundingClientRect();
      this.explorer.tip.show(this.said(phase, this.explorer.at), (box.left + box.right) / 2, box.top);
    };
    button.addEventListener("focus", tell);
    button.addEventListener("pointerenter", tell);
    button.addEventListener("blur", () => this.explorer.tip.hide());
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      if (this.explorer.playing) this.explorer.pause();
      this.explorer.go(this.explorer.walk.inPhase(this.explorer.at, phase));
      tell();
    });
    return button;
  }

  meaning(phase) {
    const trace = this.explorer.page.traces[this.figure.trace];
    const { layer } = this.explorer.at;
    return trace.meanings[layer][trace.phases[layer].indexOf(phase)] ?? "";
  }

  /** Name, value and meaning of a phase at a moment. */
  said(phase, at) {
    const { numbers, page } = this.explorer;
    const trace = page.traces[this.figure.trace];
    const place = trace.phases[at.layer].indexOf(phase);
    const found = page.scenes.cell?.[at.layer];
    const scene = found?.trouble ? null : found?.[at.direction]?.[this.figure.trace];
    const value = scene?.result ? numbers.text(inPhase(scene.result, place), at) || "?" : "…";
    const name = at.direction === "backward" ? `∂L/∂${phase}` : phase;
    return say("{name} = {value}: {meaning}", { name, value, meaning: this.meaning(phase) });
  }

  /** What is at a place of the screen: a panel, and the fields of the moment there. */
  at(event) {
    const svg = this.figure.pictures.querySelector(".shown svg");
    if (!svg || !this.scene.grids) return null;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const grid = this.scene.grids.find(({ box: [left, top, right, bottom] }) => left <= x && x <= right && top <= y && y <= bottom);
    if (!grid) return null;
    const near = (pairs, place) => pairs.reduce((best, pair) => (Math.abs(pair[1] - place) < Math.abs(best[1] - place) ? pair : best));
    const fields = grid.fields.map(([field, axis, places]) => [
      field,
      axis === "rows" ? near(this.rows(...places), y)[0] : near(places, axis === "x" ? x : y)[0],
    ]);
    return { grid, fields: Object.fromEntries(fields) };
  }

  /** Where the units of the page stand in a map whose rows are in an order of the moment. */
  rows(order, top, high) {
    const { at, numbers, page } = this.explorer;
    const [, , rows] = page.channels[order];
    const units = new Set(page.units);
    const found = [];
    for (let row = 0; row < rows; row++) {
      const unit = numbers.value(order, { ...at, unit: row });
      if (units.has(unit)) found.push([unit, top + high * (row + 0.5)]);
    }
    return found;
  }

  point(event) {
    if (event.target !== this.element) return;
    const found = this.at(event);
    this.element.style.cursor = found ? "pointer" : "";
    if (found) this.explorer.tip.show(this.words(found), event.clientX, event.clientY);
    else this.explorer.tip.hide();
  }

  words({ grid, fields }) {
    const { at } = this.explorer.address.resolve(fields);
    const named = { time: "time step {time}", unit: "unit {unit}", epoch: "epoch {epoch}" };
    const where = Object.entries(fields).map(([field, value]) => say(named[field], { [field]: value }));
    return [where.join(", "), ...(grid.phase ? [this.said(grid.phase, { ...at, direction: "forward" })] : [])].join("\n");
  }

  click(event) {
    const found = this.at(event);
    if (!found) return;
    const { explorer } = this;
    if (explorer.playing) explorer.pause();
    const { at } = explorer.address.resolve(found.fields);
    explorer.go(found.grid.phase ? explorer.walk.inPhase(at, found.grid.phase) : at);
    explorer.tip.show(this.words(found), event.clientX, event.clientY);
  }
}
