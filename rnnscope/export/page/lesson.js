// A lesson in the place of the walk: its stops go to moments and views of the page, and wait for a guess.

class LessonGuide extends Guide {
  fill() {
    this.box = made("div", { className: "lesson" });
    el("guide").append(this.box, this.again);
  }

  begin() {
    const host = {
      go: (...where) => this.go(...where),
      moment: () => this.explorer.address.moment,
      keep: () => this.showPlace(),
      root: document.body,
    };
    this.lesson = showLesson(this.box, this.explorer.page.lesson, host);
    if (!this.stops[0].moment) this.explorer.showViews([]); // the trace lacks what the lesson needs
    this.showPlace();
  }

  step(by) {
    this.lesson.step(by);
  }

  goTo(place) {
    if (place === this.place) this.lesson.go();
    else this.lesson.goTo(place);
  }

  /** Show a moment in the views of a stop; once its question is answered, what that is about. */
  go(moment, stop, isAnswered) {
    const { views = [], still } = (isAnswered && stop.question) || {};
    const place = this.stops.indexOf(stop);
    this.visit(moment, views.length || still ? views : stop.views, still);
    if (place !== this.place) this.toTop();
  }

  showPlace() {
    this.place = this.lesson.state.stop;
    this.showButtons(this.lesson.isAnswered);
  }

  /** Show the beginning of a stop, wherever the reader was in the one before. */
  toTop() {
    el("guide").scrollTop = 0;
    if (getComputedStyle(el("guide")).position !== "fixed") el("guide").scrollIntoView({ block: "start" });
  }

  show() {
    this.lesson?.moved();
    super.show();
  }
}
