// The explorer: one moment behind sliders, buttons, keys and pictures.

const el = (id) => document.getElementById(id);

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(el(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

class Explorer {
  constructor(page, numbers) {
    Object.assign(this, { page, numbers, walk: new Walk(page), playing: null, speed: page.speed, last: "time" });
    const phases = page.traces.map((trace) => trace.phases[0].length - 1);
    this.at = {
      epoch: page.epochs.length - 1, layer: 0, sample: 0, time: page.steps - 1, unit: 0, phases, direction: "forward",
    };
    this.views = new Set(page.views.map((view) => view.name));
    this.nets = new Set(page.traces.keys());
    this.figures = new Map();
    this.makeControls();
    this.layOut();
    el("leftout").textContent = page.leftOut;
    document.addEventListener("keydown", (event) => this.hear(event));
  }

  go(at) {
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
    this.showControls();
  }

  later() {
    this.timer = setTimeout(() => {
      if (this.step(this.playing, 1)) this.later();
      else this.pause();
    }, 1000 / this.speed);
  }

  pause() {
    clearTimeout(this.timer);
    this.playing = null;
    el("words").setAttribute("aria-live", "polite");
    this.showControls();
    this.showWords();
  }

  // ---------------------------------------------------------------------------------------------------------- showing

  layOut() {
    const main = el("pictures");
    main.replaceChildren();
    this.headings = [];
    for (const view of this.page.views) {
      if (!this.views.has(view.name) || !this.nets.size) continue;
      const part = document.createElement("div");
      const heading = document.createElement("h2");
      this.headings.push([heading, view.headings]);
      const grid = document.createElement("div");
      grid.className = "grid";
      for (const k of [...this.nets].sort()) {
        const key = `${view.name} ${k}`;
        if (!this.figures.has(key)) this.figures.set(key, new Figure(this, view, k));
        grid.append(this.figures.get(key).element);
      }
      part.append(heading, grid);
      main.append(part);
    }
    this.show();
  }

  get visible() {
    return [...this.figures.values()].filter((figure) => figure.element.isConnected);
  }

  show() {
    for (const figure of this.visible) figure.show();
    this.showControls();
    this.showWords();
  }

  showWords() {
    const words = el("words");
    words.replaceChildren();
    const when = document.createElement("p");
    when.textContent = this.when();
    words.append(when);
    for (const figure of this.visible) {
      const line = document.createElement("p");
      line.textContent = figure.words();
      figure.element.setAttribute("aria-label", line.textContent);
      words.append(line);
    }
  }

  when() {
    const { at, page } = this;
    const [sample, inputs] = page.samples[at.sample];
    return `Epoch ${page.epochs[at.epoch]}, sample ${sample} (${inputs}), layer ${page.layers[at.layer]}, time step ${at.time}, unit ${page.units[at.unit]}, ${at.direction}.`;
  }

  showControls() {
    const { at, page } = this;
    const set = (dial, max, value, text) => {
      [dial.input.max, dial.input.value, dial.output.textContent] = [max, value, text];
      dial.input.setAttribute("aria-valuetext", text);
      dial.input.disabled = max < 1;
    };
    set(this.dials.epoch, page.epochs.length - 1, at.epoch, `${page.epochs[at.epoch]}`);
    set(this.dials.time, page.steps - 1, at.time, `${at.time} (0 to ${page.steps - 1})`);
    const kinds = this.kinds(at.layer);
    this.phases.forEach((dial, place) => {
      dial.row.hidden = place >= kinds.length;
      if (dial.row.hidden) return;
      const [kind, k] = kinds[place];
      const [names, phase] = [page.traces[k].phases[at.layer], at.phases[k]];
      dial.label.textContent = kinds.length > 1 ? `phase, ${kind}` : "phase";
      set(dial, names.length - 1, phase, `${names[phase]} (${phase + 1} of ${names.length})`);
    });
    for (const [over, dial] of Object.entries(this.dials)) {
      dial.play.textContent = this.playing === over ? "❚❚" : "▶\uFE0E";
      dial.play.setAttribute("aria-label", `${this.playing === over ? "pause" : "play"}: ${dial.said}`);
    }
    [this.layer.value, this.unit.value, this.sample.value] = [at.layer, at.unit, at.sample];
    this.direction.value = at.direction;
    for (const [heading, texts] of this.headings) heading.textContent = texts[at.direction];
  }

  // --------------------------------------------------------------------------------------------------------- controls

  /** Each kind of cell in a layer, that with most phases first, and the first trace of it: they share a slider. */
  kinds(layer) {
    const found = new Map();
    this.page.traces.forEach((trace, k) => found.has(trace.kinds[layer]) || found.set(trace.kinds[layer], k));
    const count = ([, k]) => this.page.traces[k].phases[layer].length;
    return [...found].sort((one, other) => count(other) - count(one));
  }

  /** The phases of all traces when those of one kind, by its place among the kinds, go to another. */
  phasesWith(place, value) {
    const { at, page } = this;
    const [kind] = this.kinds(at.layer)[place];
    return at.phases.map((phase, k) => (page.traces[k].kinds[at.layer] === kind ? value : phase));
  }

  makeControls() {
    const { page } = this;
    this.dials = {
      epoch: this.dial("epoch", "epoch", (value) => ({ epoch: value })),
      time: this.dial("time step", "time", (value) => ({ time: value })),
    };
    const most = Math.max(...page.layers.map((_, layer) => this.kinds(layer).length));
    this.phases = Array.from({ length: most }, (_, place) =>
      this.dial(`phase-${place}`, place === 0 ? "phase" : null, (value) => ({ phases: this.phasesWith(place, value) })),
    );
    this.dials.phase = this.phases[0];
    const row = document.createElement("div");
    row.className = "row";
    this.direction = this.choice(row, "direction", page.directions.map((way) => [way, way]), (direction) => ({ direction }));
    this.layer = this.choice(row, "layer", page.layers.map((name, k) => [k, name]), (k) => this.walk.inLayer(this.at, Number(k)));
    this.unit = this.choice(row, "unit", page.units.map((unit, k) => [k, unit]), (k) => ({ unit: Number(k) }));
    const samples = page.samples.map(([sample, inputs], k) => [k, `${sample}: ${inputs}`]);
    this.sample = this.choice(row, "sample", samples, (k) => ({ sample: Number(k) }));
    const speed = this.choice(row, "speed", page.speeds.map((each) => [each, `${each} / s`]), (each) => {
      this.speed = Number(each);
      return {};
    });
    speed.value = this.speed;
    for (const { name } of page.views) this.check(row, name, this.views, name);
    if (page.traces.length > 1) page.traces.forEach((trace, k) => this.check(row, trace.name || trace.kinds[0], this.nets, k));
    el("controls").append(row);
  }

  dial(name, over, changes) {
    const row = document.createElement("div");
    row.className = this.page.traces.length > 1 ? "dial wide" : "dial";
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: 0, step: 1, id: `dial-${name}` });
    input.addEventListener("input", () => this.go({ ...this.at, ...changes(Number(input.value)) }));
    const label = document.createElement("label");
    [label.textContent, label.htmlFor] = [name, input.id];
    const output = document.createElement("output");
    row.append(label);
    const button = (sign, said, work) => {
      const made = document.createElement("button");
      [made.textContent, made.title] = [sign, said];
      made.setAttribute("aria-label", said);
      made.addEventListener("click", work);
      if (!over) made.style.visibility = "hidden";
      row.append(made);
      return made;
    };
    const said = over === "phase" ? "phase" : name;
    button("◂", `one step back: ${said}`, () => this.step(over, -1));
    const play = button("▶\uFE0E", `play: ${said}`, () => this.toggle(over));
    button("▸", `one step on: ${said}`, () => this.step(over, 1));
    row.append(input, output);
    el("dials").append(row);
    return { row, label, input, output, play, said };
  }

  choice(row, name, options, changes) {
    const label = document.createElement("label");
    const select = document.createElement("select");
    for (const [value, text] of options) select.append(new Option(text, value));
    select.addEventListener("change", () => this.go({ ...this.at, ...changes(select.value) }));
    select.setAttribute("aria-label", name);
    label.append(`${name} `, select);
    row.append(label);
    return select;
  }

  check(row, name, set, key) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      if (box.checked) set.add(key);
      else set.delete(key);
      this.layOut();
    });
    label.append(box, ` ${name}`);
    row.append(label);
  }

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

Promise.all([unpacked("scenes"), unpacked("numbers")])
  .then(([scenes, numbers]) => {
    const page = JSON.parse(new TextDecoder().decode(scenes));
    window.explorer = new Explorer(page, new Numbers(page, numbers));
  })
  .catch((error) => {
    el("trouble").hidden = false;
    const isOld = typeof DecompressionStream === "undefined";
    const why = isOld ? "it needs a browser of 2023 or newer" : error.message;
    el("trouble").textContent = `The page could not be opened: ${why}.`;
  });
