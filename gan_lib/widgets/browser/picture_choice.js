// A sheet of small pictures in rows, one of them in a frame: a click chooses another, or the keys.

function render({ model, el }) {
  const [columns, count, name] = ["columns", "count", "name"].map((each) => model.get(each));
  const rows = Math.ceil(count / columns);
  const sheet = document.createElement("div");
  sheet.className = "gan-choice";
  sheet.tabIndex = 0;
  const said = { role: "slider", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": count - 1 };
  for (const [key, value] of Object.entries(said)) sheet.setAttribute(key, value);
  const picture = new Image();
  picture.alt = "";
  picture.src = URL.createObjectURL(new Blob([model.get("png")], { type: "image/png" }));
  const frame = document.createElement("div");
  frame.className = "gan-frame";
  frame.style.width = `${100 / columns}%`;
  frame.style.height = `${100 / rows}%`;

  function show() {
    const value = model.get("value");
    frame.style.left = `${(100 * (value % columns)) / columns}%`;
    frame.style.top = `${(100 * Math.floor(value / columns)) / rows}%`;
    sheet.setAttribute("aria-valuenow", value);
    sheet.setAttribute("aria-valuetext", `${name} ${value}`);
  }
  function choose(value) {
    if (value < 0 || value >= count) return;
    model.set("value", value);
    model.save_changes();
  }
  sheet.addEventListener("click", (event) => {
    const box = sheet.getBoundingClientRect();
    const column = Math.floor((columns * (event.clientX - box.left)) / box.width);
    const row = Math.floor((rows * (event.clientY - box.top)) / box.height);
    choose(Math.min(column, columns - 1) + columns * Math.min(row, rows - 1));
  });
  sheet.addEventListener("keydown", (event) => {
    const value = model.get("value");
    const ways = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const ends = { Home: -value, End: count - 1 - value };
    const way = { ...ways, ...ends }[event.key];
    if (way === undefined) return;
    choose(value + way);
    event.preventDefault(); // or the page would scroll, or JupyterLab go to another cell
    event.stopPropagation();
  });
  model.on("change:value", show);
  show();
  sheet.append(picture, frame);
  el.append(sheet);
  return () => {
    model.off("change:value", show);
    URL.revokeObjectURL(picture.src);
  };
}

export default { render };
