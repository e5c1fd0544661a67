// Counts the minutes of the observation down. Without it the page shows them as they were.
// The server says how much is left: the clock of a tablet may be wrong.
const started = new WeakMap();

function shown(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function left(clock) {
  if (!started.has(clock)) started.set(clock, performance.now());
  const passed = (performance.now() - started.get(clock)) / 1000;
  return Math.round(Number(clock.dataset.left) - passed);
}

function tick() {
  const clocks = [...document.querySelectorAll("[data-left]")];
  for (const clock of clocks) clock.textContent = shown(Math.max(0, left(clock)));
  return clocks.some((clock) => left(clock) <= 0);
}

if (document.getElementById("board")) {
  const timer = setInterval(() => {
    if (!tick()) return;
    clearInterval(timer);
    // The server says what may happen next.
    setTimeout(() => location.reload(), 1500);
  }, 1000);
  tick();
}
