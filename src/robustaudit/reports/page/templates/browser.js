"use strict";
// Runs, filtered and sorted. The table is there without it; names from outside stay text.
(() => {
  const form = document.getElementById("filter");
  const body = document.querySelector("#table tbody");
  const heads = [...document.querySelectorAll("#table thead th")];
  const rows = [...body.rows].map((row) => ({
    row,
    sought: row.dataset.sought,
    gate: row.dataset.gate,
    models: JSON.parse(row.dataset.models),
    attacks: JSON.parse(row.dataset.attacks),
  }));

  const choose = () => {
    const { model, attack, gate, text } = Object.fromEntries(new FormData(form));
    const sought = text.toLowerCase();
    let shown = 0;
    for (const each of rows) {
      const wanted = (model === "" || each.models.includes(model)) &&
        (attack === "" || each.attacks.includes(attack)) &&
        (gate === "" || each.gate === gate) &&
        each.sought.includes(sought);
      each.row.hidden = !wanted;
      shown += wanted;
    }
    document.getElementById("status").textContent =
      shown === rows.length ? `${shown} ${shown === 1 ? "run" : "runs"}` : `${shown} of ${rows.length} runs`;
  };

  const key = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent.trim();

  // Numbers by size, what is missing last, texts as a reader would sort them.
  const compared = (first, second) => {
    if (first === "" || second === "") return (first === "") - (second === "");
    const [one, other] = [Number(first), Number(second)];
    return Number.isNaN(one - other) ? first.localeCompare(second, "en", { numeric: true }) : one - other;
  };

  const sort = (column) => {
    const falling = heads[column].getAttribute("aria-sort") === "ascending";
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", falling ? "descending" : "ascending");
    rows.sort((a, b) => (falling ? -1 : 1) * compared(key(a.row, column), key(b.row, column)));
    body.replaceChildren(...rows.map(({ row }) => row));
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });
  form.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  choose();
})();
