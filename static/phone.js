// The demo's phone: it looks again every 5 seconds, but not while somebody writes.
"use strict";
const form = document.getElementById("write"), box = document.getElementById("text");
if (form) form.hidden = false;
setInterval(() => {
  if (!box || !box.value && document.activeElement !== box) location.reload();
}, 5000);
