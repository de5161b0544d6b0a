// Shows a lesson: its stops, its questions, a guess beside the truth. It needs no library, and no page of its own.
//
//   const lesson = showLesson(element, data, { go, moment, state, keep, root });
//
// `element` is filled with the lesson; `data` is what `lecture.data()` returns. What the host brings:
//   go(moment, stop, isAnswered)  shows a moment: {epoch, layer, sample, time, unit, phase, direction}, in `stop.views`;
//                                 once its question is answered in `stop.question.views`, if there are any, and with
//                                 what it changed in the net, if the host can do that
//   moment()                      returns the moment that is shown; call `lesson.moved()` when it is another one
//   state, keep(state)            where a reader is, {stop, guesses}, to go on there; both may be left out
//   root                          hears the keys N and P; `element` if it is left out
// `lesson.end()` lets go of the keys. Texts in `data` whose names say html are safe HTML; all others are plain.

const LESSON_ROWS = 8; // so many choices stand one below the other; more are a list, and columns
const LESSON_TYPING = "input:not([type=radio]), textarea, select, [contenteditable=true]";
const LESSON_SVG = "http://www.w3.org/2000/svg";

function lessonMake(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function lessonDrawn(name, attributes = {}, ...children) {
  const made = document.createElementNS(LESSON_SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function lessonHtml(html, name = "div") {
  const made = lessonMake(name, { class: "rnnscope-lesson-text" });
  made.innerHTML = html; // made of Markdown without HTML, names and numbers escaped
  return made;
}

const lessonFilled = (text, parts) => text.replace(/\{(\w+)\}/g, (all, key) => (key in parts ? parts[key] : all));

// "1,083,901", "12.5 %", "0,5" and "−3" are numbers as people write them.
function lessonNumber(text) {
  let plain = text.replace(/[\s%_]/g, "").replaceAll("−", "-");
  plain = /^-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(plain) ? plain.replaceAll(",", "") : plain.replace(",", ".");
  return plain === "" ? NaN : Number(plain);
}

function lessonWritten(value) {
  if (Number.isInteger(value)) return value.toLocaleString("en-US").replace("-", "−");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

// A line from the lowest number to the highest: the guess below it, the truth above it, the gap between them.
function lessonLine(question, guess, words) {
  const { truth, tolerance, unit } = question;
  const shown = (value) => lessonWritten(value) + (unit ? ` ${unit}` : "");
  const all = [truth - tolerance, truth + tolerance, ...(guess === null ? [] : [guess])];
  const low = Math.min(question.low ?? Math.min(...all), ...all);
  const high = Math.max(question.high ?? Math.max(...all), ...all);
  const span = high - low || Math.abs(truth) || 1;
  const from = high === low ? low - span / 2 : low;
  const place = (value) => 4 + (92 * (value - from)) / span;
  const at = (value) => `${place(value)}%`;
  const anchor = (value) => (place(value) < 20 ? "start" : place(value) > 80 ? "end" : "middle");
  const label = (value, y, text, name) =>
    lessonDrawn("text", { x: at(value), y, "text-anchor": anchor(value), class: name }, text);
  const band = { x: at(truth - tolerance), width: `${(92 * 2 * tolerance) / span}%`, y: 36, height: 16 };
  const parts = [`${words.truth}: ${question.shown}`];
  const svg = lessonDrawn("svg", { class: "rnnscope-lesson-line", role: "img", height: 86 });
  if (tolerance > 0) {
    svg.append(lessonDrawn("rect", { ...band, class: "rnnscope-lesson-band" }));
    parts.push(`${words.tolerance}: ${shown(truth - tolerance)} – ${shown(truth + tolerance)}`);
  }
  svg.append(lessonDrawn("line", { x1: "4%", x2: "96%", y1: 44, y2: 44, class: "rnnscope-lesson-axis" }));
  if (guess !== null) {
    parts.unshift(`${words.guess}: ${shown(guess)}`);
    const gap = { x1: at(guess), x2: at(truth), y1: 44, y2: 44, class: "rnnscope-lesson-gap" };
    svg.append(
      lessonDrawn("line", gap),
      lessonDrawn("circle", { cx: at(guess), cy: 44, r: 7, class: "rnnscope-lesson-guess" }),
      label(guess, 76, `${words.guess}: ${shown(guess)}`, "rnnscope-lesson-label"),
    );
  }
  svg.append(
    lessonDrawn("circle", { cx: at(truth), cy: 44, r: 6, class: "rnnscope-lesson-truth" }),
    label(truth, 22, `${words.truth}: ${question.shown}`, "rnnscope-lesson-label"),
  );
  svg.setAttribute("aria-label", parts.join(". "));
  return svg;
}

// One bar for each choice: the right ones and the chosen one are marked, in words too.
function lessonRows(choices, right, guess, words) {
  const values = choices.map((choice) => choice.value);
  const low = Math.min(0, ...values);
  const span = Math.max(0, ...values) - low || 1;
  const rows = choices.map((choice, place) => {
    const left = Math.min(0, choice.value) - low;
    const bar = { x: `${(100 * left) / span}%`, width: `${(100 * Math.abs(choice.value)) / span}%`, y: 3, height: 12 };
    const marks = [...(right.includes(place) ? [words.truth] : []), ...(guess === place ? [words.guess] : [])];
    const svg = lessonDrawn("svg", { height: 18, "aria-hidden": "true" }, lessonDrawn("rect", bar));
    const name = `rnnscope-lesson-row${right.includes(place) ? " rnnscope-lesson-right" : ""}`;
    const says = marks.length ? ` ← ${marks.join(", ")}` : "";
    return lessonMake(
      "li",
      { class: name },
      lessonMake("span", {}, choice.name),
      svg,
      lessonMake("span", {}, `${choice.shown}${says}`),
    );
  });
  return lessonMake("ul", { class: "rnnscope-lesson-rows" }, ...rows);
}

function lessonColumns(choices, right, guess, words) {
  const values = choices.map((choice) => choice.value);
  const low = Math.min(0, ...values);
  const span = Math.max(0, ...values) - low || 1;
  const wide = 100 / choices.length;
  const height = 90;
  const columns = choices.map((choice, place) => {
    const top = height - (height * (Math.max(0, choice.value) - low)) / span;
    const size = { x: `${place * wide + wide / 10}%`, width: `${0.8 * wide}%`, y: top + 2 };
    const kinds = [...(right.includes(place) ? ["rnnscope-lesson-right"] : []), ...(guess === place ? ["rnnscope-lesson-chosen"] : [])];
    return lessonDrawn("rect", { ...size, height: (height * Math.abs(choice.value)) / span, class: kinds.join(" ") });
  });
  const best = right.map((place) => `${choices[place].name} (${choices[place].shown})`).join(", ");
  const ends = lessonMake("p", { class: "rnnscope-lesson-ends", "aria-hidden": "true" });
  ends.append(lessonMake("span", {}, choices[0].name), lessonMake("span", {}, choices[choices.length - 1].name));
  const svg = { height: height + 4, role: "img", "aria-label": `${words.truth}: ${best}` };
  return lessonMake("div", { class: "rnnscope-lesson-columns" }, lessonDrawn("svg", svg, ...columns), ends);
}

const lessonBars = (choices, ...rest) => (choices.length > LESSON_ROWS ? lessonColumns : lessonRows)(choices, ...rest);

// Each kind of question: `ask(question, words)` returns controls and what they say, `draw` what is shown afterwards.
const lessonKinds = {
  number: {
    ask(question, words) {
      const input = lessonMake("input", { type: "text", inputmode: "decimal", autocomplete: "off", size: 12 });
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return; // a notebook would take it for one of its own keys
        event.preventDefault();
        event.stopPropagation();
        input.form.requestSubmit();
      });
      const label = lessonMake("label", {}, `${words.guess} `, input, question.unit ? ` ${question.unit}` : "");
      return { body: label, read: () => lessonNumber(input.value), missing: words.number, first: input };
    },
    isMissing: (guess) => !Number.isFinite(guess),
    isRight: (question, guess) =>
      Math.abs(guess - question.truth) <= question.tolerance + 1e-9 * Math.abs(question.truth) ||
      guess === lessonNumber(question.shown), // nobody can guess more digits than are shown
    said: (question, guess) => lessonWritten(guess) + (question.unit ? ` ${question.unit}` : ""),
    truth: (question) => question.shown,
    draw: (question, guess, words) => (guess === null && !question.tolerance ? "" : lessonLine(question, guess, words)),
  },

  which: {
    ask(question, words) {
      if (question.choices.length > LESSON_ROWS) {
        const options = question.choices.map((choice, k) => lessonMake("option", { value: k }, choice.name));
        const select = lessonMake("select", {}, lessonMake("option", { value: "" }, "…"), ...options);
        const read = () => (select.value === "" ? null : Number(select.value));
        return { body: lessonMake("label", {}, `${words.guess} `, select), read, missing: words.choose, first: select };
      }
      const name = `rnnscope-lesson-${Math.random().toString(36).slice(2)}`;
      const labels = question.choices.map((choice, k) =>
        lessonMake("label", {}, lessonMake("input", { type: "radio", name, value: k }), ` ${choice.name}`),
      );
      const legend = lessonMake("legend", {}, words.guess);
      const body = lessonMake("fieldset", {}, legend, ...labels);
      const read = () => {
        const chosen = body.querySelector("input:checked");
        return chosen ? Number(chosen.value) : null;
      };
      return { body, read, missing: words.choose, first: body.querySelector("input") };
    },
    isMissing: (guess) => guess === null,
    isRight: (question, guess) => question.right.includes(guess),
    said: (question, guess) => question.choices[guess].name,
    truth: (question) => question.choices[question.truth].name,
    draw: (question, guess, words) => lessonBars(question.choices, question.right, guess, words),
  },
};

lessonKinds.what_if = {
  ...lessonKinds.which,
  draw(question, guess, words) {
    const changed = lessonFilled(words.changed, { changes: question.changes.join("; ") });
    return lessonMake("div", {}, lessonMake("p", {}, changed), lessonRows(question.numbers, [], null, words));
  },
};

lessonKinds.go = {
  ...lessonKinds.which,
  ask: (question, words) => ({ body: lessonMake("p", { class: "rnnscope-lesson-do" }, words.go), read: null }),
  said: (question, guess) => `${question.choices[guess].name} (${question.choices[guess].shown})`,
  truth: (question) => lessonKinds.go.said(question, question.truth),
  draw: (question, guess, words) => lessonBars(question.choices, question.right, null, words),
};

class LessonView {
  constructor(element, data, host) {
    this.data = data;
    this.words = data.words;
    this.host = host;
    this.state = { stop: 0, guesses: {}, ...host.state };
    this.box = lessonMake("section", { class: "rnnscope-lesson", "aria-label": data.title, lang: data.lang });
    element.replaceChildren(this.box);
    this.root = host.root ?? element;
    this.onKey = (event) => this.hear(event);
    this.root.addEventListener("keydown", this.onKey);
    this.show();
    if (!host.state) this.go();
  }

  get stop() {
    return this.data.stops[this.state.stop];
  }

  get isAnswered() {
    const { question } = this.stop;
    return !question || question.worked || this.state.stop in this.state.guesses;
  }

  // Shows the stop, and its question as far as it is answered.
  show() {
    const { words, stop, data } = this;
    const [number, count] = [this.state.stop + 1, data.stops.length];
    const head = lessonMake("header", {}, lessonMake("strong", {}, data.title));
    head.append(lessonMake("span", {}, lessonFilled(words.stop, { number, count })));
    const progress = { max: count, value: number, "aria-hidden": "true" };
    this.heading = lessonMake("h3", { tabindex: -1 }, stop.title);
    this.answer = lessonMake("div", { role: "status", class: "rnnscope-lesson-answer" });
    const parts = [head, lessonMake("progress", progress)];
    if (number === 1 && data.about) parts.push(lessonMake("p", { class: "rnnscope-lesson-about" }, data.about));
    const texts = lessonMake("div", {}, this.heading);
    if (stop.lacks) texts.append(lessonMake("p", { role: "note", class: "rnnscope-lesson-lacks" }, stop.lacks));
    texts.append(lessonHtml(stop.html));
    const body = lessonMake("div", { class: "rnnscope-lesson-body" }, texts);
    if (stop.question) body.append(this.question(stop.question));
    parts.push(body);
    this.box.replaceChildren(...parts, this.navigation(), lessonMake("p", { class: "rnnscope-lesson-keys" }, words.keys));
    if (stop.question && this.isAnswered) this.reveal();
    this.showButtons();
  }

  question(question) {
    const { words } = this;
    const kind = question.worked ? words.worked : words.question;
    const box = lessonMake("div", { class: "rnnscope-lesson-question" });
    box.append(lessonMake("p", { class: "rnnscope-lesson-kind" }, kind), lessonHtml(question.ask));
    if (!question.worked) box.append(this.form(question));
    box.append(this.answer);
    return box;
  }

  form(question) {
    const { words } = this;
    const asked = lessonKinds[question.kind].ask(question, words);
    const show = lessonMake("button", { type: "button" }, words.show);
    show.addEventListener("click", () => this.give(null));
    const form = lessonMake("form", { novalidate: "" }, asked.body);
    if (asked.read) form.append(lessonMake("button", { type: "submit", class: "rnnscope-lesson-check" }, words.check));
    form.append(show);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!asked.read) return;
      const guess = asked.read();
      if (lessonKinds[question.kind].isMissing(guess)) {
        this.answer.replaceChildren(lessonMake("p", {}, asked.missing));
        asked.first.focus();
      } else this.give(guess);
    });
    return form;
  }

  // Takes a guess, or none where the answer was asked for.
  give(guess) {
    if (this.stop.question.kind === "go" && guess === null) {
      const { moment, question } = this.stop;
      this.host.go({ ...moment, [question.over]: question.to }, this.stop, false);
    }
    this.state.guesses[this.state.stop] = guess;
    this.keep();
    this.reveal();
    this.showButtons();
    const { kind, views } = this.stop.question;
    if (kind === "what_if" || views.length) this.go();
    this.answer.scrollIntoView({ block: "nearest" });
    this.buttons.next.focus({ preventScroll: true });
  }

  // Shows the answer beside the guess.
  reveal() {
    const { question } = this.stop;
    const { words } = this;
    const kind = lessonKinds[question.kind];
    const guess = question.worked ? null : this.state.guesses[this.state.stop];
    const shown = kind.truth(question);
    const isRight = guess !== null && kind.isRight(question, guess);
    let says = lessonFilled(words.answer, { shown });
    if (question.kind === "go" && guess !== null) says = lessonFilled(words.there, { shown: kind.said(question, guess) });
    else if (isRight) says = lessonFilled(words.right, { shown });
    else if (guess !== null) {
      const text = question.kind === "number" ? words.off : words.wrong;
      says = lessonFilled(text, { shown, guess: kind.said(question, guess) });
    }
    const verdict = lessonMake("p", { class: `rnnscope-lesson-verdict${isRight ? " rnnscope-lesson-right" : ""}` }, says);
    if (question.kind === "number" && guess !== null && !isRight) {
      const gap = lessonWritten(Math.abs(guess - question.truth));
      const isShare = question.unit === "%";
      const size = question.unit && !isShare ? `${gap} ${question.unit}` : gap;
      verdict.append(` ${lessonFilled(isShare ? words.points : words.gap, { gap: size })}`);
    }
    this.answer.replaceChildren(verdict, kind.draw(question, guess, words));
    if (question.after) this.answer.append(lessonHtml(question.after));
  }

  navigation() {
    const { words } = this;
    const button = (name, does) => {
      const made = lessonMake("button", { type: "button", class: `rnnscope-lesson-${name}` }, words[name]);
      made.addEventListener("click", does);
      return made;
    };
    this.buttons = {
      back: button("back", () => this.step(-1)),
      next: button("next", () => this.step(1)),
      again: button("again", () => this.goTo(0)),
    };
    this.end = lessonMake("span", { class: "rnnscope-lesson-end" }, words.done);
    return lessonMake("nav", { "aria-label": this.data.title }, ...Object.values(this.buttons), this.end);
  }

  showButtons() {
    const isLast = this.state.stop === this.data.stops.length - 1;
    this.buttons.back.disabled = this.state.stop === 0;
    this.buttons.next.hidden = isLast;
    this.buttons.next.disabled = !this.isAnswered;
    this.buttons.again.hidden = !isLast || this.data.stops.length === 1;
    this.end.hidden = !isLast || !this.isAnswered || this.data.stops.length === 1;
  }

  step(by) {
    const to = this.state.stop + by;
    if (to >= 0 && to < this.data.stops.length && (by < 0 || this.isAnswered)) this.goTo(to);
  }

  goTo(stop) {
    this.state.stop = stop;
    this.keep();
    this.show();
    this.go();
    this.heading.focus({ preventScroll: true });
    this.box.scrollIntoView({ block: "nearest" });
  }

  go() {
    const { moment, question } = this.stop;
    if (moment) this.host.go(moment, this.stop, Boolean(question) && this.isAnswered);
  }

  // Shows the stop at which the host says that the reader is; the host has gone there itself.
  take(state) {
    const isElsewhere = state.stop !== this.state.stop;
    this.state = { ...this.state, ...state };
    if (isElsewhere) this.show();
  }

  keep() {
    this.host.keep?.({ stop: this.state.stop, guesses: { ...this.state.guesses } });
  }

  // Recognises that the reader has moved where a question asked to.
  moved() {
    const { question, moment } = this.stop;
    if (question?.kind !== "go" || this.isAnswered) return;
    const now = this.host.moment();
    if (!now || now.layer !== moment.layer) return;
    const place = question.places.indexOf(now[question.over]);
    if (place < 0) return;
    this.state.guesses[this.state.stop] = question.right[place];
    this.keep();
    this.reveal();
    this.showButtons();
  }

  hear(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(LESSON_TYPING)) return;
    const by = { n: 1, p: -1, b: -1 }[event.key.toLowerCase()];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(by);
  }

  end() {
    this.root.removeEventListener("keydown", this.onKey);
  }
}

const showLesson = (element, data, host) => new LessonView(element, data, host);
