// Looks where this browser stands, and solves the puzzle. Without this file the page refreshes
// itself, and the person answers a sum instead.
const room = document.getElementById("room");
const join = document.getElementById("join");

const look = async () => {
  try {
    const answer = await fetch(room.dataset.url, { headers: { Accept: "application/json" } });
    const found = await answer.json();
    if (found.stand !== room.dataset.stand) return window.location.reload();
    const ahead = document.getElementById("ahead");
    if (ahead) {
      ahead.textContent = found.ahead;
      document.getElementById("wait").textContent = found.wait;
    }
    window.setTimeout(look, found.again * 1000);
  } catch {
    window.setTimeout(look, 15000); // No network for a moment: the place is kept.
  }
};

const solve = async (challenge, bits) => {
  const encoder = new TextEncoder();
  for (let n = 0; ; n += 1) {
    const bytes = await crypto.subtle.digest("SHA-256", encoder.encode(`${challenge}:${n}`));
    if (new DataView(bytes).getUint32(0) >>> (32 - bits) === 0) return `${n}`;
  }
};

if (room) window.setTimeout(look, Number(room.dataset.again) * 1000);
if (join?.dataset.challenge && window.crypto?.subtle) {
  const solved = solve(join.dataset.challenge, Number(join.dataset.bits));
  const sum = document.getElementById("sum");
  if (!sum.querySelector(".nhsuk-error-message")) sum.hidden = true;
  join.addEventListener("submit", async (event) => {
    const field = join.querySelector("[name=solved]");
    if (field.value) return;
    event.preventDefault();
    field.value = await solved;
    join.submit();
  });
}
