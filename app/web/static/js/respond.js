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
  const progress = document.getElementById("answered");
  const missed = document.getElementById("missed");
  const items = [...form.querySelectorAll("fieldset.item")];
  let asked = false;

  const isAnswered = (item) =>
    item.querySelector("input:checked") !== null ||
    [...item.querySelectorAll("select")].some((select) => select.value !== "");

  const fields = () => [...new FormData(form)].filter(([name, value]) => name.startsWith("answer-") && value !== "");

  const count = () => {
    const done = items.filter(isAnswered).length;
    progress.textContent = form.dataset.answered.replace("0", done).replace("#", items.length);
    progress.hidden = false;
  };

  const save = () => {
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
  if (fields().length === 0) restore();
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
    document.querySelector("h1").scrollIntoView();
  });
  form.addEventListener("submit", (event) => {
    const left = items.filter((item) => !isAnswered(item));
    if (left.length === 0 || asked) return;
    // Asked once, never twice: leaving questions out is everybody's right.
    event.preventDefault();
    asked = true;
    missed.textContent = form.dataset.missed.replace("0", left.length);
    missed.hidden = false;
    left[0].before(missed);
    left[0].querySelector("input, select").focus();
    left[0].scrollIntoView({ block: "center" });
  });
})();
