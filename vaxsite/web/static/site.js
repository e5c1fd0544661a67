// Starts the components of a page. Every page works without this file.
import { initAll } from "./vendor/components.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
