// The lesson above the pictures of an explorer: what it asks for goes to the kernel, which says where the pictures are.

export default {
  render({ model, el }) {
    let lesson;
    const host = (root) => ({
      go: (moment, stop, isAnswered) => model.send({ go: [moment, model.get("data").stops.indexOf(stop), isAnswered] }),
      moment: () => model.get("moment"),
      state: model.get("state"),
      keep(state) {
        model.set("state", state);
        model.save_changes();
      },
      root,
    });
    const moved = () => lesson?.moved();
    const told = () => lesson?.take(model.get("state"));
    model.on("change:moment", moved);
    model.on("change:state", told);
    const begin = () => {
      const root = el.closest(".rnnscope-explorer");
      if (!root) return false;
      lesson = showLesson(el, model.get("data"), host(root));
      return true;
    };
    const appeared = new MutationObserver(() => begin() && appeared.disconnect());
    if (!begin()) appeared.observe(document.body, { childList: true, subtree: true });
    return () => {
      appeared.disconnect();
      model.off("change:moment", moved);
      model.off("change:state", told);
      lesson?.end();
    };
  },
};
