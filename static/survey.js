// Posts a screen and shows the next; offline it posts later. An edit stops that.
const find = what => document.querySelector(what), offline = find("#offline"), [lost, ails] = offline.children,
  here = () => location.pathname + location.search;
location.search || history.replaceState(0, "", find("[data-screen]")?.dataset.screen);
let at = here(), form, body, busy, wait, timer, stop;

const mark = on => document.body.classList.toggle("busy", busy = on);
const rest = () => {
  body = null;
  stop?.abort();
  offline.hidden = 1;
};

const send = async () => {
  if (busy || !body) return;
  mark(1);
  clearTimeout(timer);
  setTimeout(own => own.abort(), 9000 * wait, stop = new AbortController());
  try {
    const got = await fetch(form.action, { method: "POST", body, headers: { "X-Screen": 1 }, signal: stop.signal }),
      to = got.headers.get("X-At");
    if (!to && !/^2|404|410/.test(got.status)) throw got;
    to ? show(to, await got.text()) : location.assign(got.url);
  } catch (fault) {
    offline.hidden = !body;
    ails.hidden = !(lost.hidden = fault.status);
    timer = setTimeout(send, 1000 * wait);
    wait = Math.min(2 * wait, 32);
  }
  mark(0);
};

const show = (to, html) => {
  const calm = !find(".help");
  find("main").outerHTML = html;
  history.pushState(0, "", at = to);
  rest();
  scrollTo(0, 0);
  const one = calm && find(".help") || find(".look, .error") || find("h1");
  one.tabIndex = -1;
  one.focus();
};

addEventListener("submit", event => {
  const { target, submitter } = event;
  if (!submitter || !target.dataset.screen) return;
  event.preventDefault();
  if (busy) return;
  form = target;
  body = new URLSearchParams(new FormData(form));
  if (submitter.name) body.set(submitter.name, submitter.value);
  form.layout?.forEach(one => one.offsetWidth && body.set("layout", one.value));
  wait = 1;
  send();
});
addEventListener("input", rest);
addEventListener("online", send);
addEventListener("popstate", () => at != here() && (body ? history.pushState(0, "", at) : location.reload()));
