// A page opened for printing offers the print dialog by itself; without scripts the browser's menu does.
window.addEventListener("load", () => window.print());
