// What is too small to press, lies over something else or runs out of the window, in words.
// 44 CSS px: WCAG 2.2, 2.5.5; a radio button or a box counts with its label.
() => {
  const LEAST_PX = 43.5;
  const hidden = ".nhsuk-skip-link, .nhsuk-u-visually-hidden";
  const seen = (e) => e.checkVisibility() && e.getClientRects().length && !e.closest(hidden);
  const all = (which) => [...document.querySelectorAll(which)].filter(seen);
  const name = (e) => (e.innerText || e.name || e.id || e.tagName).trim().slice(0, 40);
  const found = [];
  for (const one of all("a[href], button, select, summary, input:not([type=hidden])")) {
    const label = one.labels?.[0]?.getBoundingClientRect().height ?? 0;
    const height = Math.max(one.getBoundingClientRect().height, label);
    if (height < LEAST_PX) found.push(`${name(one)} is ${height} px high`);
  }
  const texts = all("h1, h2, h3, p, li, dt, dd, label, legend, a, button");
  const boxes = texts.map((e) => [e, e.getBoundingClientRect()]);
  for (const [one, a] of boxes) {
    for (const [two, b] of boxes) {
      if (one.contains(two) || two.contains(one)) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 3 && high > 3) found.push(`${name(one)} lies over ${name(two)}`);
    }
  }
  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) found.push(`${width} px wide in a window of ${innerWidth} px`);
  return found;
}
