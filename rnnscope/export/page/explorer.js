// The explorer: one moment behind sliders, buttons, keys and pictures.

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(el(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

class Explorer {
  constructor(page, numbers) {
    this.nets = new Set(page.traces.keys());
    this.views = new Set(page.views.map((view) => view.name));
    Object.assign(this, { page, numbers, walk: new Walk(page, this.nets), playing: null, speed: page.speed });
    const phases = page.traces.map(() => 0);
    this.at = { ...page.start, epoch: 0, layer: 0, time: 0, phases, direction: "forward" };
    this.figures = new Map();
    this.controls = new Controls(this);
    this.layOut();
    el("leftout").textContent = page.leftOut;
    document.addEventListener("keydown", (event) => this.hear(event));
  }

  go(at) {
    cancelAnimationFrame(this.flowing);
    this.at = at;
    this.show();
  }

  step(over, by) {
    const after = this.walk.step(this.at, over, by);
    if (after) this.go(after);
    return after !== null;
  }

  // ---------------------------------------------------------------------------------------------------------- playing

  toggle(over) {
    if (this.playing === over) return this.pause();
    clearTimeout(this.timer);
    this.last = over;
    this.playing = over;
    el("words").setAttribute("aria-live", "off"); // nobody can listen so fast
    if (!this.walk.step(this.at, over, 1)) this.go(this.walk.first(this.at, over));
    this.later();
    this.controls.show();
  }

  later() {
    this.timer = setTimeout(() => {
      const before = this.at;
      if (!this.step(this.playing, 1)) return this.pause();
      this.flow(before);
      this.later();
    }, 1000 / this.speed);
  }

  /** Let information flow to what has been computed, in a first part of the time that the moment is shown. */
  flow(before) {
    const time = (1000 * this.page.flowing) / this.speed;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.playing === "epoch" || time < LEAST_FLOW || isCalm) return;
    const moved = this.visible.filter((figure) => figure.hasMoved(before));
    const start = performance.now();
    const draw = (now) => {
      const part = Math.min((now - start) / time, 1);
      for (const figure of moved) figure.flow(part);
      this.flowing = part < 1 ? requestAnimationFrame(draw) : null;
    };
    draw(start);
  }

  pause() {
    clearTimeout(this.timer);
    this.playing = null;
    el("words").setAttribute("aria-live", "polite");
    this.go(this.at); // all of the moment, wherever information was
  }

  // ---------------------------------------------------------------------------------------------------------- showing

  layOut() {
    const main = el("pictures");
    main.replaceChildren();
    this.headings = [];
    for (const view of this.page.views) {
      if (!this.views.has(view.name) || !this.nets.size) continue;
      const [heading, grid] = [made("h2"), made("div", { className: "grid" })];
      this.headings.push([heading, view.headings]);
      for (const k of this.walk.shown) {
        const key = `${view.name} ${k}`;
        if (!this.figures.has(key)) this.figures.set(key, new Figure(this, view, k));
        grid.append(this.figures.get(key).element);
      }
      main.append(made("div", {}, heading, grid));
    }
    this.show();
  }

  get visible() {
    return [...this.figures.values()].filter((figure) => figure.element.isConnected);
  }

  show() {
    for (const figure of this.visible) figure.show();
    this.controls.show();
    for (const [heading, texts] of this.headings) heading.textContent = texts[this.at.direction];
    el("task").textContent = this.page.tasks[this.at.sample];
    this.showWords();
  }

  showWords() {
    const lines = this.visible.map((figure) => figure.showWords());
    el("words").replaceChildren(...[this.when(), ...lines].map((textContent) => made("p", { textContent })));
  }

  /** The label of the time step in brackets, if it has one. */
  get stepName() {
    const { at, page } = this;
    const name = page.names[at.layer][at.sample][at.time];
    return name === undefined ? "" : ` (${name})`;
  }

  when() {
    const { at, page } = this;
    const [sample, inputs] = page.samples[at.sample];
    return `Epoch ${page.epochs[at.epoch]}, sample ${sample} (${inputs}), layer ${page.layers[at.layer]}, time step ${at.time}${this.stepName}, unit ${page.units[at.unit]}, ${at.direction}.`;
  }

  // ------------------------------------------------------------------------------------------------------------- keys

  hear(event) {
    const isBracket = "[]".includes(event.key); // some keyboards need Alt for it
    const isCommand = event.ctrlKey || event.metaKey || (!isBracket && (event.altKey || event.shiftKey));
    if (isCommand && !event.getModifierState("AltGraph")) return;
    const target = event.target.closest("input[type=range], select, button, input") ?? document.body;
    const takes = (name) => target.matches(name);
    const beside = this.at.direction === "backward" ? -1 : 1;
    const does = {
      ArrowRight: () => this.step("time", beside),
      ArrowLeft: () => this.step("time", -beside),
      PageDown: () => this.step("epoch", 1),
      PageUp: () => this.step("epoch", -1),
      "]": () => this.step("phase", 1),
      "[": () => this.step("phase", -1),
      " ": () => this.toggle(this.playing ?? this.last),
    }[event.key];
    if (!does || (event.key.startsWith("Arrow") && takes("input[type=range], select"))) return;
    if (event.key === " " && takes("button, select, input[type=checkbox]")) return;
    event.preventDefault();
    does();
  }
}

Promise.all(["scenes", "numbers", "heats"].map(unpacked))
  .then(([scenes, numbers, heats]) => {
    const page = JSON.parse(new TextDecoder().decode(scenes));
    window.explorer = new Explorer(page, new Numbers(page, numbers, heats));
  })
  .catch((error) => {
    el("trouble").hidden = false;
    const isOld = typeof DecompressionStream === "undefined";
    const why = isOld ? "it needs a browser of 2023 or newer" : error.message;
    el("trouble").textContent = `The page could not be opened: ${why}.`;
  });
