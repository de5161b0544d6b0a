// The explorer: one moment behind sliders, buttons, keys and pictures.

/** The bytes of a text: five letters for four of them, compressed. */
async function unpacked(id) {
  const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;.=>?@^_`{|}~";
  const digits = new Uint8Array(128);
  for (let k = 0; k < 85; k++) digits[letters.charCodeAt(k)] = k;
  const given = el(id).textContent;
  const over = (5 - (given.length % 5)) % 5;
  const text = given + "~".repeat(over);
  const words = new DataView(new ArrayBuffer((text.length / 5) * 4));
  for (let k = 0; k < text.length; k += 5) {
    let word = 0;
    for (let j = k; j < k + 5; j++) word = word * 85 + digits[text.charCodeAt(j)];
    words.setUint32((k / 5) * 4, word);
  }
  return inflated(new Uint8Array(words.buffer, 0, words.byteLength - over));
}

/** What compressed bytes hold. */
async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

class Explorer {
  constructor(page, numbers) {
    this.nets = new Set(page.traces.keys());
    this.views = new Set(page.views.map((view) => view.name));
    Object.assign(this, { page, numbers, walk: new Walk(page, this.nets), playing: null, speed: page.speed });
    const phases = page.traces.map(() => 0);
    this.at = { ...page.start, epoch: 0, layer: 0, time: this.walk.begin(0, 1), phases, direction: "forward" };
    this.figures = new Map();
    this.address = new Address(this);
    this.guide = page.lesson ? new LessonGuide(this, page.lesson.stops) : new Guide(this, page.stops);
    this.controls = new Controls(this);
    this.tip = new Tip(this);
    el("leftout").textContent = page.leftOut;
    document.addEventListener("keydown", (event) => this.hear(event));
    this.guide.begin();
    this.address.read();
  }

  go(at) {
    cancelAnimationFrame(this.flowing);
    this.at = at;
    this.show();
  }

  /** Show some views by name, or all of them; or the picture of a change. */
  showViews(names, still = null) {
    this.still = still && new Still(this, still);
    this.views = new Set(names.length || still ? names : this.page.views.map((view) => view.name));
    this.controls?.showChecks();
    this.layOut();
  }

  /** Say what is wrong, in one sentence, or that nothing is. */
  trouble(said) {
    Object.assign(el("trouble"), { textContent: said, hidden: !said });
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
    if (this.still) main.append(this.still.element);
    for (const name of this.nets.size ? this.views : []) {
      const view = this.page.views.find((each) => each.name === name);
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
    this.showAnswers();
    this.showWords();
    this.guide.show();
    this.address.write();
  }

  showWords() {
    const lines = [...(this.still ? [this.still.words] : []), ...this.visible.map((figure) => figure.showWords())];
    el("words").replaceChildren(...[this.when(), ...lines].map((textContent) => made("p", { textContent })));
  }

  /** What each net answers at the moment. */
  showAnswers() {
    const { at, page } = this;
    const counts = { epoch: page.epochs.length, sample: page.samples.length, time: page.steps.at(-1) };
    const time = Math.min(at.time, counts.time - 1);
    const lines = this.walk.shown.map((k) => {
      const [axes, pieces] = page.answers[k];
      const place = axes.reduce((sum, axis) => sum * counts[axis] + (axis === "time" ? time : at[axis]), 0);
      const said = page.pool[pieces[place]];
      const name = page.traces.length > 1 ? [made("b", { textContent: `${page.traces[k].name}: ` })] : [];
      return said ? made("p", {}, ...name, said) : "";
    });
    el("answers").replaceChildren(...lines);
  }

  /** The label of the time step, if it has one. */
  get stepLabel() {
    const { at, page } = this;
    return page.names[at.layer][at.sample][at.time];
  }

  when() {
    const { at, page } = this;
    const [sample, inputs] = page.samples[at.sample];
    const label = this.stepLabel;
    const time = label === undefined ? at.time : say("{number} ({label})", { number: at.time, label });
    const parts = { epoch: page.epochs[at.epoch], sample, inputs, layer: page.layers[at.layer], time, unit: this.walk.unit(at) };
    const forward = "Epoch {epoch}, sample {sample} ({inputs}), layer {layer}, time step {time}, unit {unit}, forward.";
    const backward = "Epoch {epoch}, sample {sample} ({inputs}), layer {layer}, time step {time}, unit {unit}, backward.";
    return say(at.direction === "backward" ? backward : forward, parts);
  }

  // ------------------------------------------------------------------------------------------------------------- keys

  hear(event) {
    const isBracket = "[]".includes(event.key); // some keyboards need Alt for it
    const isCommand = event.ctrlKey || event.metaKey || (!isBracket && (event.altKey || event.shiftKey));
    if (isCommand && !event.getModifierState("AltGraph")) return;
    if (event.target.closest(".lesson :is(input, select)")) return; // a guess is typed or chosen
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
      n: () => this.guide.step(1),
      p: () => this.guide.step(-1),
      Escape: () => this.tip.hide(),
      " ": () => this.toggle(this.playing ?? this.last),
    }[event.key];
    if (!does || (event.key.startsWith("Arrow") && takes("input[type=range], select"))) return;
    if (event.key === " " && takes("button, select, input[type=checkbox]")) return;
    if ("np".includes(event.key) && takes("select")) return;
    event.preventDefault();
    does();
  }
}

Promise.all(["scenes", "numbers", "heats"].map(unpacked))
  .then(([scenes, numbers, heats]) => {
    const page = JSON.parse(new TextDecoder().decode(scenes));
    texts = page.words;
    window.explorer = new Explorer(page, new Numbers(page, numbers, heats));
  })
  .catch((error) => {
    const isOld = typeof DecompressionStream === "undefined";
    const why = isOld ? say("it needs a browser of 2023 or newer") : error.message;
    el("trouble").hidden = false;
    el("trouble").textContent = say("The page could not be opened: {why}.", { why });
  });
