// A canvas to draw a digit on: with a mouse, a finger or a pen, or with the keys.

const SIZE = 112; // pixels each way, four times MNIST's
const STEP = 4; // how far a key moves the pen

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  canvas.className = "gan-pad";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute(
    "aria-label",
    "Drawing pad. Arrow keys move the pen, space lowers or lifts it, Delete clears.",
  );
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let at = { x: SIZE / 2, y: SIZE / 4 };
  let down = false; // the pen of the keys
  const ring = document.createElement("div"); // where that pen is, also while it is lifted
  ring.className = "gan-pen";

  function dot(to) {
    pen.beginPath();
    pen.moveTo(at.x, at.y);
    pen.lineTo(to.x, to.y + 0.01); // a canvas draws no line without a length, so a click no dot
    pen.stroke();
    move(to);
  }
  function move(to) {
    at = to;
    ring.style.left = `${(100 * at.x) / SIZE}%`;
    ring.style.top = `${(100 * at.y) / SIZE}%`;
  }
  function show() {
    const grey = model.get("pixels");
    const image = pen.createImageData(SIZE, SIZE);
    for (let i = 0; i < SIZE * SIZE; i++) {
      const level = grey.byteLength === SIZE * SIZE ? grey.getUint8(i) : 0;
      image.data.set([level, level, level, 255], 4 * i);
    }
    pen.putImageData(image, 0, 0);
    Object.assign(pen, { lineWidth: 10, lineCap: "round", lineJoin: "round", strokeStyle: "white" });
  }
  function send() {
    const rgba = pen.getImageData(0, 0, SIZE, SIZE).data;
    const grey = new Uint8Array(SIZE * SIZE).map((_, i) => rgba[4 * i]);
    model.set("pixels", new DataView(grey.buffer));
    model.save_changes();
  }
  function position(event) {
    const box = canvas.getBoundingClientRect();
    const scale = SIZE / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  }
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    at = position(event);
    dot(at);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) dot(position(each));
  });
  canvas.addEventListener("pointerup", send);
  canvas.addEventListener("pointercancel", send);
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (moves[event.key]) {
      const [x, y] = moves[event.key];
      const inside = (value) => Math.min(SIZE, Math.max(0, value));
      const to = { x: inside(at.x + STEP * x), y: inside(at.y + STEP * y) };
      down ? dot(to) : move(to);
      if (down) send();
    } else if (event.key === " ") {
      down = !down;
      canvas.classList.toggle("gan-pen-down", down);
      if (down) {
        dot(at);
        send();
      }
    } else if (event.key === "Delete" || event.key === "Backspace") {
      model.set("pixels", new DataView(new ArrayBuffer(0)));
      model.save_changes();
      show();
    } else return;
    event.preventDefault(); // or the page would scroll, or JupyterLab delete a cell
    event.stopPropagation();
  });
  model.on("change:pixels", show);
  show();
  move(at);
  const box = document.createElement("div");
  box.className = "gan-pad-box";
  box.append(canvas, ring);
  el.append(box);
}

export default { render };
