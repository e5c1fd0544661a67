// What has the focus, where it stands, and whether anybody can see that it has it.
// A radio button or a box is drawn by its label.
() => {
  const one = document.activeElement;
  const label = one.labels?.[0];
  const styles = [getComputedStyle(one)];
  if (label) styles.push(getComputedStyle(label, "::before"));
  const clear = (colour) => colour === "transparent" || /^rgba\(.*, 0\)$/.test(colour);
  const outlined = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && !clear(s.outlineColor);
  const shadowed = (s) => s.boxShadow !== "none" && !s.boxShadow.includes("inset");
  const box = (label && /radio|checkbox/.test(one.type) ? label : one).getBoundingClientRect();
  const inside = box.width > 1 && box.bottom > 0 && box.top < innerHeight;
  return {
    name: (label?.innerText || one.innerText || one.id || one.tagName).trim(),
    top: box.top + scrollY,
    shown: inside && styles.some((s) => outlined(s) || shadowed(s)),
  };
}
