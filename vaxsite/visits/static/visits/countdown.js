// Counts the minutes of the observation down. Without it the page shows them as they were.
function shown(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

function tick() {
  let over = false;
  for (const clock of document.querySelectorAll("[data-until]")) {
    const left = Math.round((Date.parse(clock.dataset.until) - Date.now()) / 1000);
    if (left > 0) clock.textContent = shown(left);
    else over = true;
  }
  return over;
}

if (document.querySelector("[data-until]")) {
  const timer = setInterval(() => {
    if (!tick()) return;
    clearInterval(timer);
    // The server says what may happen next.
    setTimeout(() => location.reload(), 1500);
  }, 1000);
  tick();
}
