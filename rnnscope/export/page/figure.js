// The pictures. Everything is drawn already: texts, widths, places and colours change.

/** Put a prefix before the names in SVG, and where they are meant: other scenes in the page have the same names. */
function prefixed(svg, prefix) {
  for (const part of svg.querySelectorAll("[id]")) part.id = prefix + part.id;
  for (const name of ["clip-path", "href"])
    for (const part of svg.querySelectorAll(`[${name}*="#"]`))
      part.setAttribute(name, part.getAttribute(name).replace("#", `#${prefix}`));
  for (const part of svg.querySelectorAll('[style*="url(#"]'))
    part.setAttribute("style", part.getAttribute("style").replaceAll("url(#", `url(#${prefix}`));
}

/** What there is of a phase, or of all. */
function inPhase(each, phase) {
  return each[each.length > 1 ? phase : 0];
}

/** One figure: the SVG of a scene, and the things in it that move. */
class Figure {
  constructor(explorer, view, trace) {
    Object.assign(this, { explorer, view, trace });
    this.pictures = made("div", { className: "pictures" });
    this.pictures.setAttribute("role", "img");
    this.places = new Places(this);
    const sheet = made("div", { className: "sheet" }, this.pictures, this.places.element);
    this.caption = made("figcaption");
    const scroll = made("div", { className: "scroll", tabIndex: 0 }, sheet); // by keys too, where it is wider than the page
    scroll.setAttribute("role", "group");
    scroll.setAttribute("aria-label", this.name);
    this.element = made("figure", {}, scroll, this.caption);
    this.parsed = new Map(); // scenes that were shown before
  }

  /** What it answers, and of which trace. */
  get name() {
    const { traces } = this.explorer.page;
    const question = this.view.headings.forward;
    return traces.length > 1 ? say("{name}: {question}", { name: traces[this.trace].name, question }) : question;
  }

  /** The scene of the moment, found along the axes of the view; or why there is none. */
  scene() {
    const { at, page } = this.explorer;
    const places = { ...at, trace: this.trace, phase: at.phases[this.trace] };
    let found = page.scenes[this.view.name];
    for (const axis of this.view.by) if (!found.trouble) found = found[places[axis]];
    return found;
  }

  show() {
    const scene = this.scene();
    if (scene !== this.now) this.enter(scene);
    this.places.show(scene);
    this.showStage(null);
    const verdict = this.verdict();
    Object.assign(this.caption, { textContent: verdict, hidden: !verdict });
    for (const [name, axis, dx, dy] of scene.moves ?? []) this.move(name, axis, dx, dy);
    for (const heat of scene.heats ?? []) this.showHeat(...heat);
    for (const stack of scene.stacks ?? []) this.showStack(stack);
    for (const columns of scene.columns ?? []) this.showColumns(columns);
    for (const fall of scene.falls ?? []) this.showFall(fall);
  }

  /** Say whether something else is computed than at a moment before: a cell with fewer phases waits for the others. */
  hasMoved(before) {
    const { at } = this.explorer;
    const isThere = before.layer === at.layer && before.time === at.time && before.epoch === at.epoch;
    return !isThere || before.phases[this.trace] !== at.phases[this.trace];
  }

  /** Show how far the phase has come, from 0 to 1, if information flows here. */
  flow(part) {
    const flow = this.now.flows?.[this.explorer.at.phases[this.trace]];
    if (!flow) return;
    const [count, travel] = [flow.waiting.length, this.explorer.page.travel];
    const stage = part < 1 ? Math.floor(part * count) : null;
    if (stage !== this.stage) this.showStage(stage, flow);
    this.travel?.show(Math.min((part * count - stage) / travel, 1));
  }

  /** Show what is there when a stage of the phase begins; with null, when all of it has been computed. */
  showStage(stage, flow) {
    const { at, numbers, page } = this.explorer;
    const [scene, phase] = [this.now, at.phases[this.trace]];
    this.travel?.end();
    [this.stage, this.travel] = [stage, null];
    this.hidden = new Set(flow?.hidden[stage]);
    const result = scene.result && (stage === null ? numbers.text(inPhase(scene.result, phase), at) : "…");
    for (const [k, [name, axes, pieces]] of (scene.frags ?? []).entries())
      this.showPiece(name, page.pool[flow?.waiting[stage]?.[k] ?? this.pick(axes, pieces)], result);
    for (const [name, channel, around, colours, most] of scene.texts ?? []) {
      const colour = inPhase(colours, phase);
      this.showText(name, colour < 0 || this.hidden.has(name) ? "" : this.framed(numbers.text(channel, at), around, most), colour);
    }
    for (const bar of scene.bars ?? []) this.showBar(bar, phase);
    if (stage === null) return;
    const travels = flow.travels.filter(([when]) => when === stage);
    this.travel = new Travel(page, scene.bead, this.parts.get(scene.flowsBelow), travels);
  }

  /** Show another scene; its SVG is parsed and laid out once, and then waits in the page. */
  enter(scene) {
    if (!this.parsed.has(scene)) {
      this.parsed.set(scene, this.parse(scene));
      this.pictures.append(this.parsed.get(scene).root);
    }
    const { root, prefix, parts, shown } = this.parsed.get(scene);
    Object.assign(this, { now: scene, prefix, parts, shown });
    for (const other of this.pictures.children) other.className = other === root ? "shown" : "waiting";
  }

  /** The SVG of a scene, its parts by name, and what each of them shows now. */
  parse(scene) {
    const root = document.createElement("div");
    if (scene.trouble) root.textContent = scene.trouble;
    else root.innerHTML = this.explorer.page.pool[scene.svg];
    const parts = new Map([...root.querySelectorAll("[id]")].map((part) => [part.id, part]));
    for (const part of parts.values()) if (/^(m|bar|tick|heat|share|left|fall)[\d-]{1,7}[tl]?$/.test(part.id)) part.removeAttribute("id");
    const prefix = `${this.view.name}-${this.trace}-${this.parsed.size}-`;
    prefixed(root, prefix);
    return { root, prefix, parts, shown: new Map() };
  }

  /** What is kept for the moment among pieces laid out along axes. */
  pick(axes, pieces) {
    const { at, page } = this.explorer;
    const { epochs, samples, steps, units } = page;
    const counts = { epoch: epochs.length, sample: samples.length, time: steps[at.layer], unit: units.length };
    let place = 0;
    for (const axis of axes) place = axis === "phase" ? at.phases[this.trace] : place * counts[axis] + at[axis];
    return pieces[place];
  }

  framed(text, around, most) {
    if (text === "") return this.view.missing; // it was not recorded
    if (around !== "()") return text.length > (most ?? Infinity) ? text : around + text;
    return text.startsWith("−") ? `(${text})` : text;
  }

  /** Call `set` with a part if what it shows is new. */
  change(name, value, set) {
    if (this.shown.get(name) === value || !this.parts.has(name)) return;
    this.shown.set(name, value);
    set(this.parts.get(name), value);
  }

  /** Put a piece into a part, with the result of the phase where it leaves room for it. */
  showPiece(name, piece, result) {
    this.change(name, result === undefined ? piece : piece.replace(this.explorer.page.room, result || "?"), (part, svg) => {
      part.innerHTML = svg;
      prefixed(part, this.prefix);
    });
  }

  showText(name, text, colour) {
    this.change(name, `${colour} ${text}`, (part) => {
      const letters = part.querySelector("text");
      letters.textContent = text;
      const isOdd = /NaN|∞/.test(text);
      letters.style.fill = isOdd ? "var(--odd)" : `var(--c${colour})`;
    });
  }

  showBar([name, channel, left, right, low, high, kind, known], phase) {
    const { at, numbers } = this.explorer;
    const place = (value) => left + ((right - left) * (Math.min(Math.max(value, low), high) - low)) / (high - low);
    const end = place(numbers.value(channel, at));
    const isThere = (!known || known[phase]) && !this.hidden.has(name) && numbers.text(channel, at) !== "";
    this.change(name, isThere ? end : null, (part) => {
      part.style.display = isThere ? "" : "none";
      if (kind === "tick") return part.setAttribute("x", end - part.getAttribute("width") / 2);
      const zero = place(0);
      part.setAttribute("x", Math.min(zero, end));
      part.setAttribute("width", Math.max(Math.abs(end - zero), 0.5));
    });
  }

  move(name, axis, dx, dy) {
    const { at, walk } = this.explorer;
    const by = axis === "unit" ? walk.unit(at) : at[axis];
    this.change(name, by, (part) => part.setAttribute("transform", `translate(${dx * by} ${dy * by})`));
  }

  showHeat(name, heat, table, order) {
    const { at, numbers, page } = this.explorer;
    this.change(name, `${at.epoch} ${at.sample}`, (part) =>
      part.setAttribute("href", numbers.picture(heat, page.pool[table], order, at)),
    );
  }

  showWords() {
    const words = this.words();
    this.pictures.setAttribute("aria-label", words);
    return words;
  }

  /** What is shown, in words: the template of the scene with what is known of the moment. */
  words() {
    const { at, numbers, page, walk } = this.explorer;
    const trace = page.traces[this.trace];
    const place = at.phases[this.trace];
    const [phase, meaning] = [trace.phases[at.layer][place], trace.meanings[at.layer][place]];
    const symbol = at.direction === "backward" ? `∂L/∂${phase}` : phase;
    const name = trace.name || trace.kinds[at.layer];
    const facts = { name, phase, meaning, symbol, time: at.time, unit: walk.unit(at) };
    if (this.now.trouble) return say("{name}: {trouble}", { name, trouble: this.now.trouble });
    const said = (part) => {
      if (typeof part === "string") return part;
      if (part.fact) return facts[part.fact];
      if (part.pieces) return page.pool[this.pick(part.axes, part.pieces)];
      return numbers.text(inPhase(part.channels, place), at) || part.missing;
    };
    return this.now.words.map(said).join("").trim();
  }

  /** What is to be seen, in computed sentences; nothing where there is nothing to say. */
  verdict() {
    return this.now.says ? this.explorer.page.pool[this.pick(...this.now.says)] : "";
  }
}

/** A picture that stands still: what a change does at one moment, which it says itself. */
class Still {
  constructor(explorer, { title, svg, says, words }) {
    const { pool } = explorer.page;
    this.words = pool[words];
    const picture = made("div", { className: "shown", innerHTML: pool[svg] });
    prefixed(picture, "still-");
    const pictures = made("div", { className: "pictures" }, picture);
    pictures.setAttribute("role", "img");
    pictures.setAttribute("aria-label", this.words);
    const scroll = made("div", { className: "scroll", tabIndex: 0 }, made("div", { className: "sheet" }, pictures));
    scroll.setAttribute("role", "group");
    scroll.setAttribute("aria-label", title);
    const caption = made("figcaption", { textContent: pool[says] });
    this.element = made("div", {}, made("h2", { textContent: title }), made("figure", {}, scroll, caption));
  }
}
