// Starts the components of a page. Every page works without this file.
import { initAll } from "./vendor/components.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();

// A table that is wider than its place says so in the line above it; one that fits keeps quiet.
function sayWhatScrolls() {
  for (const hint of document.querySelectorAll(".site-scroll__hint")) {
    const table = hint.nextElementSibling;
    hint.hidden = table.scrollWidth - table.clientWidth < 8; // Less is no column.
  }
}
sayWhatScrolls();
addEventListener("resize", sayWhatScrolls);
addEventListener("toggle", sayWhatScrolls, true);
