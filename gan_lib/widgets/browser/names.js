// Gives the sliders and pictures around it the names that a screen reader says.
// ipywidgets writes a slider's description beside it, but does not tie the two together.

function name(box, pictures) {
  const own = (each) => each.closest(".gan-panel") === box; // a panel may stand in another
  for (const slider of [...box.querySelectorAll(".widget-slider")].filter(own)) {
    const label = slider.querySelector(".widget-label");
    for (const handle of slider.querySelectorAll(".noUi-handle"))
      if (label) handle.setAttribute("aria-label", label.textContent);
  }
  [...box.querySelectorAll("img.widget-image")].filter(own).forEach((picture, i) => {
    if (picture.alt !== pictures[i]) picture.alt = pictures[i] ?? "";
  });
}

function render({ model, el }) {
  el.style.display = "none";
  let observer, waiting;
  const begin = () => {
    const box = el.closest(".gan-panel");
    if (!box) return (waiting = requestAnimationFrame(begin)); // not on the page yet
    const again = () => name(box, model.get("pictures"));
    observer = new MutationObserver(again);
    observer.observe(box, { childList: true, subtree: true });
    model.on("change:pictures", again);
    again();
  };
  begin();
  return () => {
    cancelAnimationFrame(waiting);
    observer?.disconnect();
  };
}

export default { render };
