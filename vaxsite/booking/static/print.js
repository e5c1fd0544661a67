// Shows the button that prints the page. Without this file the page says in words how to print it.
const place = document.getElementById("print");

if (place) {
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => window.print());
}
