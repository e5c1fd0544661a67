// Watches that the picture of the fridges is fresh, and sounds the alarm. The worst failure of a
// wall is to stand still and look well, so its own silence is shouted.
const OLD_AFTER_S = 25; // The picture is renewed every 10 s: two tries were missed.
const SLOW_AFTER_S = 30; // The stream says "alive" every 10 s.
const BEEP_EVERY_S = 4;

const units = document.getElementById("wall-units");
const blind = document.getElementById("wall-blind");
const slow = document.getElementById("wall-slow");
let renewedAt = performance.now();
let heardAt = performance.now();

const seconds = (since) => Math.floor((performance.now() - since) / 1000);
const heard = () => { heardAt = performance.now(); };

document.body.addEventListener("htmx:sseOpen", (event) => {
  event.detail.source.addEventListener("changed", heard);
  event.detail.source.addEventListener("alive", heard);
});
units.addEventListener("htmx:afterSwap", () => { renewedAt = performance.now(); });

function look() {
  const age = seconds(renewedAt);
  const old = age > OLD_AFTER_S;
  document.body.classList.toggle("wall--blind", old);
  blind.hidden = !old;
  const length = age < 60
    ? blind.dataset.seconds.replace("{count}", OLD_AFTER_S)
    : blind.dataset.minutes.replace("{count}", Math.floor(age / 60));
  const words = old ? blind.dataset.text.replace("{time}", length) : "";
  // Written only when it says something else: a screen reader reads it out each minute.
  if (blind.textContent !== words) blind.textContent = words;
  if (slow) slow.hidden = old || seconds(heardAt) <= SLOW_AFTER_S;
  return old;
}

const sound = { context: null, lastBeep: 0 };

function beep(frequencies) {
  frequencies.forEach((frequency, place) => {
    const at = sound.context.currentTime + place * 0.25;
    const tone = sound.context.createOscillator();
    const volume = sound.context.createGain();
    tone.frequency.value = frequency;
    tone.type = "square";
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.3, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.22);
    tone.connect(volume).connect(sound.context.destination);
    tone.start(at);
    tone.stop(at + 0.24);
  });
}

function showSound() {
  const on = sound.context !== null && sound.context.state === "running";
  const button = document.getElementById("wall-sound-button");
  const state = document.getElementById("wall-sound-state");
  const words = on ? state.dataset.on : state.dataset.off;
  button.textContent = on ? button.dataset.on : button.dataset.off;
  if (state.textContent !== words) state.textContent = words;
  state.classList.toggle("wall-sound__state--on", on);
  return on;
}

async function switchSound() {
  if (sound.context !== null && sound.context.state === "running") {
    await sound.context.close();
    sound.context = null;
  } else {
    sound.context = sound.context ?? new AudioContext();
    await sound.context.resume();
    beep([880]); // The test tone: who pressed the button hears that it works.
    // A screen that goes dark is a wall that nobody sees; a refusal changes nothing else.
    navigator.wakeLock?.request("screen").catch(() => {});
  }
  showSound();
}

function alarm(old) {
  const unanswered = Number(units.querySelector("[data-open-alerts]")?.dataset.openAlerts ?? 0);
  const stopped = Number(units.querySelector("[data-stopped]")?.dataset.stopped ?? 0);
  if (!showSound() || (!old && unanswered === 0 && stopped === 0)) return;
  if (sound.context.currentTime - sound.lastBeep < BEEP_EVERY_S) return;
  sound.lastBeep = sound.context.currentTime;
  beep([988, 740, 988]);
}

const box = document.getElementById("wall-sound");
if (box) {
  box.hidden = false;
  document.getElementById("wall-sound-button").addEventListener("click", switchSound);
}
setInterval(() => {
  const old = look();
  if (box) alarm(old);
}, 1000);
