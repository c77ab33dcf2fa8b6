// Makes the form kinder and nothing more: without it everything works all the same.
// A draft stays in this browser only, until the form is sent or cleared.
(() => {
  "use strict";
  const place = `selaras-draft:${location.pathname}`;
  const forget = () => {
    try {
      localStorage.removeItem(place);
    } catch {
      // A browser that keeps nothing has nothing to forget.
    }
  };

  // Only the thank-you page proves that the answers are stored: until then the draft stays.
  if (document.querySelector("[data-sent]")) forget();
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  // On a device that many people use nothing is kept, not even until the form is sent.
  const keeps = form.dataset.draft !== "none";
  const progress = document.getElementById("answered");
  const missed = document.getElementById("missed");
  const items = () => [...form.querySelectorAll("fieldset.item")].filter((item) => !item.closest("[hidden]"));
  let asked = false;
  // Names are looked for by the server only: none of them is sent to a browser.
  const contact =
    /[^\s@<>(),;:"]{1,64}@[^\s@<>(),;:"]{1,63}\.[^\s@<>(),;:".]{2,63}|(?:\+|\b00)[1-9](?:[ ().\/-]{0,3}\d){6,13}\b|\b0[1-9]\d?\)?(?:[ .-]{0,3}\d){7,8}\b/;

  const isAnswered = (item) =>
    item.querySelector("input:checked") !== null ||
    [...item.querySelectorAll("select")].some((select) => select.value !== "");

  // A question that an earlier answer brings comes and goes with it; the server asks the same way.
  const bring = () => {
    const shown = [];
    for (const place of form.querySelectorAll("[data-by]")) {
      const codes = place.dataset.codes.split(" ");
      const given = [...form.querySelectorAll(`[name="${CSS.escape(place.dataset.by)}"]:checked`)];
      place.hidden = !given.some((one) => codes.includes(one.value) && !one.closest("[hidden]"));
      if (!place.hidden) shown.push(place.dataset.field);
    }
    if (form.elements.brought) form.elements.brought.value = shown.join(" ");
  };

  const fields = () => [...new FormData(form)].filter(([name, value]) => name.startsWith("answer-") && value !== "");

  const count = () => {
    bring();
    const done = items().filter(isAnswered).length;
    progress.textContent = form.dataset.answered.replace("0", done).replace("#", items().length);
    progress.hidden = false;
  };

  const save = () => {
    if (!keeps) return;
    try {
      localStorage.setItem(place, JSON.stringify(fields()));
    } catch {
      // A browser that keeps nothing only loses the convenience.
    }
  };

  const restore = () => {
    let kept = [];
    try {
      kept = JSON.parse(localStorage.getItem(place) || "[]");
    } catch {
      return;
    }
    for (const [name, value] of kept) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "radio" || field.type === "checkbox") field.checked ||= field.value === value;
        else if (field.tagName === "TEXTAREA") field.value = value;
        else if ([...field.options].some((option) => option.value === value)) field.value = value;
      }
    }
  };

  // What the server has put back after a refusal is newer than any draft.
  if (keeps && fields().length === 0) restore();
  count();
  form.addEventListener("input", () => {
    count();
    save();
  });
  form.querySelector("[data-clear]").hidden = false;
  form.querySelector("[data-clear]").addEventListener("click", () => {
    form.reset();
    for (const field of form.querySelectorAll("input:checked")) field.checked = false;
    for (const field of form.querySelectorAll("textarea, select")) field.value = "";
    forget();
    count();
    if (location.hash) location.hash = "";
    document.querySelector("h1").scrollIntoView();
  });
  // A question on another page of the form: turn to it first.
  const turn = (control) => {
    const page = control.closest(".page");
    if (page && control.offsetParent === null) location.hash = page.id;
  };

  const ask = (event, words, before, control) => {
    event.preventDefault();
    turn(control);
    missed.textContent = words;
    missed.hidden = false;
    before.before(missed);
    control.focus();
    before.scrollIntoView({ block: "center" });
  };

  // An address or a phone number in a comment, of which the writer has not been asked yet.
  const telling = (event) => {
    if (form.elements.checked) return;
    const words = [...form.querySelectorAll("textarea")].find((area) => contact.test(area.value));
    if (!words) return;
    const mark = document.createElement("input");
    Object.assign(mark, { type: "hidden", name: "checked", value: "contacts" });
    form.append(mark);
    ask(event, form.dataset.contacts.replace("#", contact.exec(words.value)[0]), words.parentElement, words);
  };

  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.name === "only") {
      // Another language stores nothing; and Enter on an answer is not yet the end of the form.
      if (event.submitter.value === "page") event.preventDefault();
      return;
    }
    const left = items().filter((item) => !isAnswered(item));
    if (left.length > 0 && !asked) {
      // Asked once, never twice: leaving questions out is everybody's right.
      asked = true;
      ask(event, form.dataset.missed.replace("0", left.length), left[0], left[0].querySelector("input, select"));
    } else {
      telling(event);
    }
  });
})();
