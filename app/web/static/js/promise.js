// Says beside the fields what the form would promise, as soon as one of them is changed.
"use strict";

const form = document.querySelector("form#step-privacy");

async function look() {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("then", "look");
  try {
    const reply = await fetch(form.action, { method: "POST", body: fields });
    if (!reply.ok) {
      return;
    }
    for (const [code, sentences] of Object.entries(await reply.json())) {
      const list = document.querySelector(`[data-promise="${code}"]`);
      list.replaceChildren(
        ...sentences.map((sentence) => {
          const line = document.createElement("li");
          line.textContent = sentence;
          return line;
        }),
      );
    }
  } catch {
    // The network is away for a moment: saving shows the promise as well.
  }
}

if (form) {
  form.addEventListener("change", look);
}
