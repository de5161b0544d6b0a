"use strict";
// Moves the pictures of a page by its numbers. Everything is drawn already: texts, widths, places and colours change.

const VIEWS = {
  cell: "What happens in one step?",
  equation: "How did this number come about?",
  gates: "Which gate opened?",
  training: "Is it learning?",
};
const MOST_LETTERS = 6; // of a mean that has its word beside it
const SPEEDS = [0.5, 1, 2, 4, 8, 16, 30];
const el = (id) => document.getElementById(id);

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(el(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// ------------------------------------------------------------------------------------------------------------ numbers

/** Undo what packed them: bytes by weight, differences, and the sign in the last bit. */
function whole(bytes, start, count) {
  const found = new Int32Array(count);
  let sum = 0;
  for (let k = 0; k < count; k++) {
    let step = 0;
    for (let weight = 3; weight >= 0; weight--) step = (step << 8) | bytes[start + weight * count + k];
    sum = (sum + ((step >>> 1) ^ -(step & 1))) | 0;
    found[k] = sum;
  }
  return found;
}

const FIRST = -60; // the smallest power of ten
const TEXTS = 1 << 28;

class Numbers {
  constructor(page, bytes) {
    this.page = page;
    const [numbers, colours] = page.counts;
    this.codes = whole(bytes, 0, numbers);
    this.colours = Uint16Array.from(whole(bytes, 4 * numbers, colours));
  }

  code(channel, at) {
    const [start, , units, times, samples, epochs] = this.page.channels[channel];
    const place = (k, count) => (count === 1 ? 0 : k);
    const row = (place(at.unit, units) * times + place(at.time, times)) * samples + place(at.sample, samples);
    return this.codes[start + row * epochs + place(at.epoch, epochs)];
  }

  /** The number as the figures write it. */
  text(channel, at) {
    const code = this.code(channel, at);
    if (code === 0) return "0";
    if (code >= TEXTS) return this.page.texts[code - TEXTS];
    const digits = this.page.channels[channel][1];
    const least = 10 ** (digits - 1);
    const place = Math.abs(code) - 1;
    const power = Math.floor(place / (9 * least)) + FIRST;
    const mantissa = (place % (9 * least)) + least;
    const size =
      power < -3 ? `${Number(`${mantissa}e${1 - digits}`)}e${power}` : `${Number(`${mantissa}e${power - digits + 1}`)}`;
    return (code < 0 ? "−" : "") + size.replace("-", "−");
  }

  value(channel, at) {
    const found = Number(this.text(channel, at).replaceAll("−", "-").replace("∞", "Infinity"));
    return Number.isNaN(found) ? 0 : found;
  }

  /** A heat map as a picture: a pixel for each time step and unit. */
  picture(heat, table, at) {
    const [start, units, times, samples, epochs] = this.page.heats[heat];
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [times, units];
    const context = canvas.getContext("2d");
    const image = context.createImageData(times, units);
    for (let unit = 0; unit < units; unit++)
      for (let time = 0; time < times; time++) {
        const colour = this.colours[start + ((unit * times + time) * samples + at.sample) * epochs + at.epoch];
        for (let k = 0; k < 3; k++) {
          const byte = table.slice(6 * colour + 2 * k, 6 * colour + 2 * k + 2);
          image.data[4 * (unit * times + time) + k] = parseInt(byte, 16);
        }
        image.data[4 * (unit * times + time) + 3] = 255;
      }
    context.putImageData(image, 0, 0);
    return canvas.toDataURL();
  }
}

// ----------------------------------------------------------------------------------------------------------- pictures

/** One figure: the SVG of a scene, and the things in it that move. */
class Figure {
  constructor(explorer, view, trace) {
    Object.assign(this, { explorer, view, trace });
    this.element = document.createElement("figure");
    this.element.setAttribute("role", "img");
    this.shown = new Map(); // what each thing shows now
  }

  scene() {
    const { at, page } = this.explorer;
    const scenes = page.scenes[this.view];
    if (this.view === "training") return scenes[this.trace];
    if (this.view === "gates") return scenes[at.layer][this.trace];
    const found = scenes[at.layer][at.direction][this.trace];
    return this.view === "equation" ? found[at.phases[this.trace]] : found;
  }

  show() {
    const scene = this.scene();
    if (scene !== this.now) {
      this.now = scene;
      if (scene.trouble) this.element.textContent = scene.trouble;
      else this.element.innerHTML = this.explorer.page.pool[scene.svg];
      this.parts = new Map([...this.element.querySelectorAll("[id]")].map((part) => [part.id, part]));
      for (const part of this.parts.values()) if (/^(m|bar|tick|heat)\d/.test(part.id)) part.removeAttribute("id");
      this.shown.clear();
    }
    const { at, numbers } = this.explorer;
    const phase = this.view === "equation" ? 0 : at.phases[this.trace];
    for (const [name, axes, pieces] of scene.frags ?? []) this.showPiece(name, this.pick(axes, pieces));
    for (const [name, channel, around, colours] of scene.texts ?? []) {
      const colour = colours[colours.length > 1 ? phase : 0];
      this.showText(name, colour < 0 ? "" : this.framed(numbers.text(channel, at), around), colour);
    }
    for (const bar of scene.bars ?? []) this.showBar(bar, phase);
    for (const [name, axis, dx, dy] of scene.moves ?? []) this.move(name, axis, dx, dy);
    for (const heat of scene.heats ?? []) this.showHeat(...heat);
  }

  /** What is kept for the moment among pieces laid out along axes. */
  pick(axes, pieces) {
    const { at, page } = this.explorer;
    const counts = { epoch: page.epochs.length, sample: page.samples.length, time: page.steps };
    let place = 0;
    for (const axis of axes) place = axis === "phase" ? at.phases[this.trace] : place * counts[axis] + at[axis];
    return pieces[place];
  }

  framed(text, around) {
    if (text === "") return this.view === "equation" ? "?" : ""; // it was not recorded
    if (around === "mean " && text.length > MOST_LETTERS) return text;
    if (around !== "()") return around + text;
    return text.startsWith("−") ? `(${text})` : text;
  }

  /** Call `set` with a part if what it shows is new. */
  change(name, value, set) {
    if (this.shown.get(name) === value || !this.parts.has(name)) return;
    this.shown.set(name, value);
    set(this.parts.get(name));
  }

  showPiece(name, piece) {
    this.change(name, piece, (part) => (part.innerHTML = this.explorer.page.pool[piece]));
  }

  showText(name, text, colour) {
    this.change(name, `${colour} ${text}`, (part) => {
      const letters = part.querySelector("text");
      letters.textContent = text;
      const isOdd = /NaN|∞/.test(text);
      letters.style.fill = isOdd ? "#ff00c8" : `var(--c${colour})`;
    });
  }

  showBar([name, channel, left, right, low, high, kind, known], phase) {
    const { at, numbers } = this.explorer;
    const place = (value) => left + ((right - left) * (Math.min(Math.max(value, low), high) - low)) / (high - low);
    const end = place(numbers.value(channel, at));
    const isThere = (!known || known[phase]) && numbers.text(channel, at) !== "";
    this.change(name, isThere ? end : null, (part) => {
      part.style.display = isThere ? "" : "none";
      if (kind === "tick") return part.setAttribute("x", end - 0.8);
      const zero = place(0);
      part.setAttribute("x", Math.min(zero, end));
      part.setAttribute("width", Math.max(Math.abs(end - zero), 0.5));
    });
  }

  move(name, axis, dx, dy) {
    const { at, page } = this.explorer;
    const by = axis === "unit" ? page.units[at.unit] : at[axis];
    this.change(name, by, (part) => part.setAttribute("transform", `translate(${dx * by} ${dy * by})`));
  }

  showHeat(name, heat, table) {
    const { at, numbers, page } = this.explorer;
    this.change(name, `${at.epoch} ${at.sample}`, (part) =>
      part.setAttribute("href", numbers.picture(heat, page.pool[table], at)),
    );
  }

  /** What is shown, in words. */
  words() {
    const { at, numbers, page } = this.explorer;
    const trace = page.traces[this.trace];
    const [phases, meanings] = [trace.phases[at.layer], trace.meanings[at.layer]];
    const phase = at.phases[this.trace];
    const scene = this.now;
    const of = at.direction === "backward" ? `∂L/∂${phases[phase]}` : phases[phase];
    if (this.view === "cell")
      return `${trace.name}, phase ${phases[phase]}, ${meanings[phase]}: ${of} = ${numbers.text(scene.results[phase], at)} at unit ${page.units[at.unit]}.`;
    if (scene.trouble) return scene.trouble;
    if (this.view === "equation") {
      const terms = scene.words.terms.map(
        ([symbol, channel]) => `${symbol} = ${numbers.text(channel, at) || "not recorded"}`,
      );
      return `${trace.name}: ${scene.words.text}, with ${terms.join(", ")}.`;
    }
    if (this.view === "gates") {
      const means = scene.means.map(([name, channel]) => `${name} ${numbers.text(channel, at)}`);
      return `${trace.name}, means over all units at time step ${at.time}: ${means.join(", ")}.`;
    }
    return page.pool[this.pick(...scene.words)];
  }
}

// ------------------------------------------------------------------------------------------------------------ a walk

/** The moments in the order in which they are computed, as in a notebook. */
class Walk {
  constructor(page) {
    this.page = page;
  }

  way(at) {
    return at.direction === "backward" ? -1 : 1;
  }

  counts(layer) {
    return this.page.traces.map((trace) => trace.phases[layer].length);
  }

  phasesAt(layer, way, place) {
    return this.counts(layer).map((count) => {
      const found = Math.min(place, count - 1);
      return way > 0 ? found : count - 1 - found;
    });
  }

  place(at) {
    const counts = this.counts(at.layer);
    return Math.max(...at.phases.map((phase, k) => (this.way(at) > 0 ? phase : counts[k] - 1 - phase)));
  }

  /** The next moment (by 1) or the one before (by −1); nothing at an end. */
  step(at, over, by) {
    if (over === "epoch") {
      const epoch = at.epoch + by;
      return epoch >= 0 && epoch < this.page.epochs.length ? { ...at, epoch } : null;
    }
    if (over === "time") return this.carried(at, by);
    const place = this.place(at) + by;
    const most = Math.max(...this.counts(at.layer));
    if (place >= 0 && place < most) return { ...at, phases: this.phasesAt(at.layer, this.way(at), place) };
    const after = this.carried(at, by);
    const last = after && Math.max(...this.counts(after.layer)) - 1;
    return after && { ...after, phases: this.phasesAt(after.layer, this.way(after), by > 0 ? 0 : last) };
  }

  carried(at, by) {
    const way = this.way(at) * by;
    const [steps, layers] = [this.page.steps, this.page.layers.length];
    const time = at.time + way;
    if (time >= 0 && time < steps) return { ...at, time };
    const begin = { ...at, time: way > 0 ? 0 : steps - 1 };
    const layer = at.layer + way;
    if (layer >= 0 && layer < layers) return this.inLayer(begin, layer);
    const after = this.step(begin, "epoch", by);
    return after && this.inLayer(after, way > 0 ? 0 : layers - 1);
  }

  /** The same moment in another layer; a phase that it does not have is its last one. */
  inLayer(at, layer) {
    const phases = this.page.traces.map((trace, k) => {
      const found = trace.phases[layer].indexOf(trace.phases[at.layer][at.phases[k]]);
      return found < 0 ? trace.phases[layer].length - 1 : found;
    });
    return { ...at, layer, phases };
  }

  first(at, over) {
    if (over === "epoch") return { ...at, epoch: 0 };
    const way = this.way(at);
    const begin = this.inLayer(at, way > 0 ? 0 : this.page.layers.length - 1);
    begin.time = way > 0 ? 0 : this.page.steps - 1;
    return over === "time" ? begin : { ...begin, phases: this.phasesAt(begin.layer, way, 0) };
  }
}

// ---------------------------------------------------------------------------------------------------------- explorer

class Explorer {
  constructor(page, numbers) {
    Object.assign(this, { page, numbers, walk: new Walk(page), playing: null, speed: 4, last: "time" });
    const phases = page.traces.map((trace) => trace.phases[0].length - 1);
    this.at = {
      epoch: page.epochs.length - 1, layer: 0, sample: 0, time: page.steps - 1, unit: 0, phases, direction: "forward",
    };
    this.views = new Set(Object.keys(VIEWS));
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
    const was = this.playing;
    this.pause();
    if (was === over) return;
    this.last = over;
    this.playing = over;
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
    this.show();
  }

  // ---------------------------------------------------------------------------------------------------------- showing

  layOut() {
    const main = el("pictures");
    main.replaceChildren();
    for (const view of Object.keys(VIEWS)) {
      if (!this.views.has(view)) continue;
      const part = document.createElement("div");
      const heading = document.createElement("h2");
      heading.textContent = VIEWS[view];
      const grid = document.createElement("div");
      grid.className = "grid";
      for (const k of [...this.nets].sort()) {
        const key = `${view} ${k}`;
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
    if (!this.playing) this.showWords();
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
    this.kinds().forEach(([, k], place) => {
      const names = page.traces[k].phases[at.layer];
      set(this.phases[place], names.length - 1, at.phases[k], `${names[at.phases[k]]} (${at.phases[k] + 1} of ${names.length})`);
    });
    for (const [over, dial] of Object.entries(this.dials)) {
      dial.play.textContent = this.playing === over ? "❚❚" : "▶\uFE0E";
      dial.play.setAttribute("aria-label", `${this.playing === over ? "pause" : "play"}: ${dial.name}`);
    }
    [this.layer.value, this.unit.value, this.sample.value] = [at.layer, at.unit, at.sample];
    this.direction.value = at.direction;
  }

  // --------------------------------------------------------------------------------------------------------- controls

  /** Each kind of cell, and the first trace of it: they share a slider. */
  kinds() {
    const found = new Map();
    this.page.traces.forEach((trace, k) => found.has(trace.kinds[0]) || found.set(trace.kinds[0], k));
    return [...found];
  }

  makeControls() {
    const { page } = this;
    this.dials = {
      epoch: this.dial("epoch", "epoch", (value) => ({ epoch: value })),
      time: this.dial("time step", "time", (value) => ({ time: value })),
    };
    const kinds = this.kinds();
    const ofKind = (kind) => (value) => {
      const phases = this.at.phases.map((phase, k) => (page.traces[k].kinds[0] === kind ? value : phase));
      return { phases };
    };
    this.phases = kinds.map(([kind], place) => {
      const name = kinds.length > 1 ? `phase, ${kind}` : "phase";
      return this.dial(name, place === 0 ? "phase" : null, ofKind(kind));
    });
    this.dials.phase = this.phases[0];
    const row = document.createElement("div");
    row.className = "row";
    this.direction = this.choice(row, "direction", page.directions.map((way) => [way, way]), (direction) => ({ direction }));
    this.layer = this.choice(row, "layer", page.layers.map((name, k) => [k, name]), (k) => this.walk.inLayer(this.at, Number(k)));
    this.unit = this.choice(row, "unit", page.units.map((unit, k) => [k, unit]), (k) => ({ unit: Number(k) }));
    const samples = page.samples.map(([sample, inputs], k) => [k, `${sample}: ${inputs}`]);
    this.sample = this.choice(row, "sample", samples, (k) => ({ sample: Number(k) }));
    const speed = this.choice(row, "speed", SPEEDS.map((each) => [each, `${each} / s`]), (each) => {
      this.speed = Number(each);
      return {};
    });
    speed.value = this.speed;
    for (const view of Object.keys(VIEWS)) this.check(row, view, this.views, view);
    if (page.traces.length > 1) page.traces.forEach((trace, k) => this.check(row, trace.name, this.nets, k));
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
    button("◂", `one step back: ${name}`, () => this.step(over, -1));
    const play = button("▶\uFE0E", `play: ${name}`, () => this.toggle(over));
    button("▸", `one step on: ${name}`, () => this.step(over, 1));
    row.append(input, output);
    el("controls").append(row);
    return { input, output, play, name };
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
    const isTyped = event.getModifierState("AltGraph") || "[]".includes(event.key);
    if (!isTyped && (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)) return;
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
    el("trouble").textContent = `The page could not be opened: ${error.message}. It needs a browser of 2023 or newer.`;
  });
