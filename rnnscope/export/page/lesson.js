// A lesson in the place of the walk: its stops go to moments and views of the page, as far as they are in it.

class LessonGuide {
  constructor(explorer, data) {
    Object.assign(this, { explorer, data });
    el("guide").classList.add("lesson");
    el("guide").hidden = false;
    el("stops").hidden = true;
  }

  begin() {
    const host = { go: (...where) => this.go(...where), moment: () => this.moment, root: el("guide") };
    this.lesson = showLesson(el("guide"), this.data, host);
  }

  go(moment, stop, isAnswered) {
    const { explorer } = this;
    const wanted = isAnswered && stop.question?.views.length ? stop.question.views : stop.views;
    const there = wanted.filter((name) => explorer.page.views.some((view) => view.name === name));
    if (explorer.playing) explorer.pause();
    explorer.at = explorer.address.resolve(moment).at;
    explorer.showViews(there.length ? there : [...explorer.views]);
  }

  /** The moment that is shown, with names and numbers of the trace. */
  get moment() {
    const fields = Object.fromEntries(new URLSearchParams(this.explorer.address.text()));
    for (const name of ["epoch", "sample", "time", "unit"]) fields[name] = Number(fields[name]);
    return fields;
  }

  step(by) {
    this.lesson.step(by);
  }

  show() {
    this.lesson?.moved();
  }
}
