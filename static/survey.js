// Posts a screen and shows the next; offline it posts later. An edit stops that.
{
  const find = what => document.querySelector(what), offline = find("#offline"),
    here = () => location.pathname + location.search;
  let at = here(), form, body, busy, wait, timer, stop;

  const mark = on => document.body.classList.toggle("busy", busy = on);

  const rest = () => {
    body = null;
    stop?.abort();
    offline.hidden = true;
  };

  const send = () => {
    if (busy || !body) return;
    mark(1);
    clearTimeout(timer);
    setTimeout(own => own.abort(), 9000 * wait, stop = new AbortController());
    fetch(form.action, { method: "POST", body, headers: { "X-Screen": 1 }, signal: stop.signal })
      .then(async reply => {
        const to = reply.headers.get("X-At");
        if (!to && !/^2|404|410/.test(reply.status)) throw reply;
        to ? show(to, await reply.text()) : location.assign(reply.url);
      })
      .catch(() => {
        offline.hidden = !body;
        timer = setTimeout(send, 1000 * wait);
        wait = Math.min(2 * wait, 32);
      })
      .finally(() => mark(0));
  };

  const show = (to, html) => {
    const calm = !find(".help");
    find("main").outerHTML = html;
    history.pushState(null, "", at = to);
    rest();
    scrollTo(0, 0);
    const first = calm && find(".help") || find(".look, .error") || find("h1");
    first.tabIndex = -1;
    first.focus();
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
  addEventListener("popstate", () => at != here() && (body ? history.pushState(null, "", at) : location.reload()));
}
