// On a device that many people use: nothing of one person is left for the next.
(() => {
  "use strict";
  // A page that is brought back as it was left would show what somebody typed.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  const start = document.querySelector("a[data-start]");
  if (!start) return;
  // In place of this page, so that going back does not lead to it.
  const leave = () => location.replace(start.href);
  start.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });

  const idle = document.getElementById("idle");
  const after = 1000 * Number(start.dataset.after);
  let timer = setTimeout(leave, after);
  if (!idle) return;
  const warning = 30000;
  const warn = () => {
    idle.hidden = false;
    timer = setTimeout(leave, warning);
  };
  const stay = () => {
    idle.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(warn, after - warning);
  };
  for (const sign of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(sign, stay, { passive: true });
  stay();
})();
