"use strict";
// Trials, filtered, sorted and paged. Texts are from outside: they become text nodes, and nothing else.
(() => {
  const PER_PAGE = 25;
  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("filter");
  const list = document.getElementById("list");
  const pager = document.getElementById("pager");
  const back = document.getElementById("back");
  const on = document.getElementById("on");
  const names = new Map(Object.entries(data.names));
  const classes = data.classes;
  const JOINER = /[\u200c\u200d]/;
  const UNSEEN = /[\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u;

  const trials = data.predictions.map(([number, model, before, after, sure, then, ...smallest]) => {
    const [attack, trial, of, edits] = data.draws[number];
    const [example, label, text, unseen] = data.examples[of];
    const change = sure === null || then === null ? null : then - sure;
    return { attack, trial, example, label, text, unseen, edits, model, before, after, sure, then, change, smallest };
  });

  const element = (tag, content, kind) => {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    made.append(...[content ?? []].flat());
    return made;
  };

  const codePoint = (character) =>
    "U+" + character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

  const chip = (character) => {
    const made = element("span", codePoint(character), "chip");
    made.title = names.get(character) ?? "";
    return made;
  };

  /** Characters as nodes: hidden ones as chips, look-alikes followed by one. */
  const written = (characters, unseen, alike = "") => {
    const nodes = [];
    let run = "";
    characters.forEach((character, place) => {
      const foreign = alike.includes(character);
      if (!unseen.includes(place) && !foreign) {
        run += character;
        return;
      }
      nodes.push(run);
      run = "";
      if (foreign && !UNSEEN.test(character)) nodes.push(character);
      nodes.push(chip(character));
    });
    return [...nodes, run].filter((node) => node !== "");
  };

  // Where an edit cuts in, a joiner or selector has nothing to join or select.
  const part = (characters, unseen, start, stop) => {
    const hidden = (place, what) => place >= start && place < stop && what.test(characters[place]);
    const places = unseen.filter((place) => place >= start && place < stop);
    if (start > 0 && hidden(start, UNSEEN) && names.has(characters[start])) places.push(start);
    if (stop < characters.length && hidden(stop - 1, JOINER)) places.push(stop - 1);
    return written(characters.slice(start, stop), places.map((place) => place - start));
  };

  const marked = ({ text, unseen, edits }) => {
    const characters = Array.from(text);
    const shown = element("p", [], "text");
    shown.dir = "auto";
    let place = 0;
    for (const [start, stop, replacement, alike, hidden = []] of edits) {
      shown.append(...part(characters, unseen, place, start));
      if (stop > start) shown.append(element("del", part(characters, unseen, start, stop)));
      if (replacement) shown.append(element("ins", written(Array.from(replacement), hidden, alike)));
      place = stop;
    }
    shown.append(...part(characters, unseen, place, characters.length));
    return shown;
  };

  /** The smallest failure, with all edits a click away; or these, where no smaller one is known. */
  const texts = (trial) => {
    const [became, number, of, edits] = trial.smallest;
    if (number === undefined) return [marked(trial)];
    const told = `${number} of ${of} edits: ${classes[trial.before]} → ${classes[became]}`;
    const all = element("details", [element("summary", `all ${of} edits`), marked(trial)]);
    return [element("p", told, "meta"), marked({ ...trial, edits }), all];
  };

  const perturbed = (trial) => {
    const characters = Array.from(trial.text);
    let made = "";
    let place = 0;
    for (const [start, stop, replacement] of trial.edits) {
      made += characters.slice(place, start).join("") + replacement;
      place = stop;
    }
    return made + characters.slice(place).join("");
  };

  // Once for each trial, and only when a text is looked for.
  const searched = (trial) => (trial.search ??= (trial.text + "\n" + perturbed(trial)).toLowerCase());

  const unusual = (trial) => {
    const put = trial.edits.flatMap(([, , replacement, alike = "", hidden = []]) =>
      Array.from(replacement).filter((character, place) => alike.includes(character) || hidden.includes(place)));
    const found = [...new Set(put)];
    if (!found.length) return [];
    const told = found.flatMap((character, place) =>
      [place ? ", " : "inserted: ", codePoint(character), " ", element("span", names.get(character), "name")]);
    return [element("p", told, "meta")];
  };

  // A model may have given no prediction, where the run was to skip such texts.
  const predicted = ({ before, after }) => before !== null && after !== null;

  const probability = ({ sure, then, change }) => {
    if (change === null) return "";
    const sign = change > 0 ? "+" : change < 0 ? "−" : "";
    const told = `${sure.toFixed(3)} → ${then.toFixed(3)} `;
    return [told, element("b", `${sign}${Math.abs(change).toFixed(3)}`)];
  };

  const shown = (trial) => {
    const [model, modelQuoted] = data.models[trial.model];
    const [attack, attackQuoted] = data.attacks[trial.attack];
    const correct = trial.after === trial.label;
    const prediction = predicted(trial)
      ? element("span", `${classes[trial.before]} → ${classes[trial.after]}, ${correct ? "correct" : "wrong"}`,
          trial.before === trial.after ? "" : correct ? "won" : "lost")
      : "none";
    const command = [`robustaudit replay ${data.run} ${trial.trial} `, element("span", "--model", "whole"),
      ` ${modelQuoted} `, element("span", "--attack", "whole"), ` ${attackQuoted}`];
    const facts = element("dl", [
      ["model", model],
      ["attack", element("code", attack)],
      ["label", classes[trial.label]],
      ["prediction", prediction],
      ["probability of the label", probability(trial)],
    ].map(([name, value]) => element("div", [element("dt", name), element("dd", value)])));
    return element("li", [
      facts,
      ...texts(trial),
      ...unusual(trial),
      element("p", [`trial ${trial.trial}, example ${trial.example} `, element("code", command)], "again"),
    ], "trial");
  };

  const PREDICTIONS = {
    "": () => true,
    flipped: (trial) => predicted(trial) && trial.before !== trial.after,
    lost: (trial) => predicted(trial) && trial.before === trial.label && trial.after !== trial.label,
    won: (trial) => predicted(trial) && trial.before !== trial.label && trial.after === trial.label,
    kept: (trial) => predicted(trial) && trial.before === trial.after,
    none: (trial) => !predicted(trial),
    same: (trial) => trial.edits.length === 0,
  };
  const fall = (a, b) => (a.change ?? 2) - (b.change ?? 2);
  const ORDERS = {
    flips: (a, b) => PREDICTIONS.flipped(b) - PREDICTIONS.flipped(a) || fall(a, b),
    fall,
    rise: (a, b) => (b.change ?? -2) - (a.change ?? -2),
    trial: (a, b) => a.trial - b.trial,
  };

  let found = [];
  let first = 0;

  const draw = () => {
    list.replaceChildren(...found.slice(first, first + PER_PAGE).map(shown));
    list.start = first + 1;
    const last = Math.min(first + PER_PAGE, found.length);
    const told = found.length === 1 ? "1 trial" : `${found.length.toLocaleString("en")} trials`;
    document.getElementById("status").textContent = told;
    document.getElementById("page").textContent = `${first + 1}–${last} of ${found.length.toLocaleString("en")}`;
    pager.hidden = found.length <= PER_PAGE;
    back.disabled = first === 0;
    on.disabled = last === found.length;
  };

  const choose = () => {
    const { model, attack, label, prediction, order, text } = Object.fromEntries(new FormData(form));
    const sought = text.toLowerCase();
    found = trials.filter((trial) =>
      (model === "" || trial.model === Number(model)) &&
      (attack === "" || trial.attack === Number(attack)) &&
      (label === "" || trial.label === Number(label)) &&
      PREDICTIONS[prediction](trial) &&
      (sought === "" || searched(trial).includes(sought)));
    found.sort(ORDERS[order]);
    first = 0;
    draw();
  };

  const turn = (by) => {
    first += by;
    draw();
    document.getElementById("trials").scrollIntoView();
  };

  const offer = (name, values) => {
    const options = [["", "all"], ...values].map(([value, told]) => new Option(told, value));
    form.elements[name].replaceChildren(...options);
  };

  offer("model", data.models.map(([name], number) => [number, name]));
  offer("attack", data.attacks.map(([name], number) => [number, name]));
  const labels = [...new Set(data.examples.map(([, label]) => label))].sort((a, b) => a - b);
  offer("label", labels.map((label) => [label, classes[label]]));

  form.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  back.addEventListener("click", () => turn(-PER_PAGE));
  on.addEventListener("click", () => turn(PER_PAGE));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-model]");
    if (!link) return;
    const place = (things, name) => String(things.findIndex(([known]) => known === name));
    form.elements.model.value = place(data.models, link.dataset.model);
    form.elements.attack.value = place(data.attacks, link.dataset.attack);
    choose();
  });

  form.hidden = false;
  choose();
})();
