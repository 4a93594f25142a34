// Posts a screen in the background and shows the next from the same reply; offline it keeps the answer on screen and
// posts it once the connection is back.
{
  const find = what => document.querySelector(what), offline = find("#offline");
  const here = () => location.pathname + location.search;
  let at = here(), form, body, busy, wait, timer;

  const mark = on => document.body.classList.toggle("busy", busy = on);

  const rest = () => {
    body = null;
    offline.hidden = true;
  };

  const send = () => {
    if (busy || !body) return;
    mark(true);
    clearTimeout(timer);
    const signal = AbortSignal.timeout?.(9000 * wait);
    fetch(form.action, { method: "POST", body, headers: { "X-Screen": 1 }, signal })
      .then(async reply => {
        if (reply.status > 428) throw reply;
        const place = reply.headers.get("X-At");
        place ? show(place, await reply.text()) : location.assign(reply.url);
      })
      .catch(() => {
        offline.hidden = false;
        timer = setTimeout(send, 1000 * wait);
        wait = Math.min(2 * wait, 32);
      })
      .finally(() => mark(false));
  };

  const show = (place, html) => {
    const calm = !find(".help");
    find("main").outerHTML = html;
    history.pushState(null, "", at = place);
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
  addEventListener("input", () => busy || rest());
  addEventListener("online", send);
  addEventListener("popstate", () => at != here() && location.reload());
}
