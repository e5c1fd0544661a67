// Counts down how long the seat is kept. The page says the same in words without this file.
// The length comes from the server, so a wrong clock of the device does not matter.
const clock = document.getElementById("seat-clock");
const shown = clock?.querySelector(".seat-clock__left");
const said = document.getElementById("seat-clock-said");
const SAID_AT_S = [300, 120, 60];

if (clock && shown) {
  const began = performance.now();
  const length = Number(clock.dataset.seconds);
  let before = length;

  const words = (seconds) => {
    const minutes = Math.floor(seconds / 60);
    const rest = String(seconds % 60).padStart(2, "0");
    return clock.dataset.left.replace("{time}", `${minutes}:${rest}`);
  };
  const tick = () => {
    const left = Math.max(0, Math.round(length - (performance.now() - began) / 1000));
    shown.textContent = words(left);
    if (SAID_AT_S.some((mark) => before > mark && left <= mark)) said.textContent = words(left);
    before = left;
    if (left > 0) return;
    window.clearInterval(timer);
    shown.textContent = "";
    said.textContent = clock.dataset.over;
    said.classList.remove("nhsuk-u-visually-hidden");
    clock.classList.add("seat-clock--over");
  };
  const timer = window.setInterval(tick, 1000);
  tick();
}
