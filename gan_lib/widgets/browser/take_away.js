// Two buttons: copy a text to the clipboard, and save a picture as a file.

function render({ model, el }) {
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  said.className = "gan-said";
  const button = (words, press) => {
    const made = document.createElement("button");
    made.className = "jupyter-button lm-Widget jupyter-widgets";
    made.style.width = "auto";
    made.textContent = words;
    made.addEventListener("click", press);
    el.append(made);
  };
  button("Copy this z", async () => {
    try {
      await navigator.clipboard.writeText(model.get("text"));
      said.textContent = "copied";
    } catch {
      said.textContent = "The browser does not allow copying here.";
    }
  });
  button("Save as PNG", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([model.get("png")], { type: "image/png" }));
    link.download = model.get("file");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    said.textContent = `saved as ${link.download}`;
  });
  el.append(said);
  model.on("change:text", () => (said.textContent = ""));
}

export default { render };
