// Renews the bar of a running import, and goes on to where the page leads once it is done.
"use strict";

const bar = document.querySelector("progress[data-renew]");

async function renew() {
  try {
    const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (reply.redirected || !reply.ok) {
      location.replace(reply.url);
      return;
    }
    const found = /<progress[^>]* value="(\d+)"/.exec(await reply.text());
    if (found) {
      bar.value = Number(found[1]);
    }
  } catch {
    // The network is away for a moment: the next look tells.
  }
  setTimeout(renew, 500);
}

if (bar) {
  setTimeout(renew, 500);
}
