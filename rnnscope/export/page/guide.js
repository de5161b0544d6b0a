// The walk through the page: stops that go to a moment, show some views, and say what is to be seen there.

class Guide {
  constructor(explorer, stops) {
    Object.assign(this, { explorer, stops, place: 0 });
    this.again = made("button", { textContent: say("Back to this stop"), hidden: true });
    this.again.addEventListener("click", () => this.goTo(this.place));
    this.back = this.button("Back", -1);
    this.count = made("span", { className: "count" });
    this.next = this.button("Next", 1);
    el("stops").append(this.back, this.count, this.next);
    el("guide").hidden = el("stops").hidden = !stops.length;
    this.fill();
  }

  /** Make the parts that hold what a stop says. */
  fill() {
    this.heading = made("h2", { tabIndex: -1 });
    this.text = made("p");
    this.says = made("ul");
    el("guide").append(this.heading, this.text, this.says, this.again);
    el("guide").setAttribute("aria-live", "polite");
  }

  begin() {
    if (this.stops.length) this.goTo(0);
    else this.explorer.layOut();
  }

  button(name, by) {
    const found = made("button", { textContent: say(name), className: "stop" });
    found.addEventListener("click", () => this.step(by));
    return found;
  }

  step(by) {
    const place = this.place + by;
    if (place < 0 || place >= this.stops.length) return;
    this.goTo(place);
    el("guide").scrollIntoView({ block: "start" });
  }

  /** Go to a stop: its moment, its views, its text. */
  goTo(place) {
    const stop = this.stops[place];
    this.place = place;
    this.heading.textContent = stop.title;
    this.text.textContent = stop.text;
    const isOne = this.explorer.page.traces.length === 1;
    this.says.replaceChildren(
      ...stop.says.map(([name, said]) => made("li", {}, ...(isOne ? [] : [made("b", { textContent: `${name}: ` })]), said)),
    );
    this.showButtons();
    this.visit(stop.moment, stop.views);
  }

  /** Show a moment in some views, and the picture of a change if there is one. */
  visit(moment, views, still) {
    const { explorer } = this;
    if (explorer.playing) explorer.pause();
    const { at } = explorer.address.resolve(moment);
    this.at = JSON.stringify(at);
    explorer.at = at;
    explorer.showViews(views, still);
  }

  /** Show at which stop it is, and whether there is a way on. */
  showButtons(mayGoOn = true) {
    const [place, count] = [this.place + 1, this.stops.length];
    this.count.textContent = say("{place} of {count}", { place, count });
    this.back.disabled = place === 1;
    this.next.disabled = place === count || !mayGoOn;
  }

  /** Offer the way back where the reader has gone elsewhere. */
  show() {
    const is = Object.keys(this.stops[this.place]?.moment ?? {}).length && JSON.stringify(this.explorer.at) !== this.at;
    this.again.hidden = !is;
  }
}
