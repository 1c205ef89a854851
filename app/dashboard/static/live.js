// Hears which topics have changed, and has htmx fetch anew what shows them: elements with data-live="call:<id> calls",
// which name their topics and wait for the event `live`. While nothing can be heard they are fetched now and then.
(() => {
  const FOLD = 100, ASK = 3000, TRY = 30000, MOST = 20; // ms, but for the last
  const changed = new Set(), flying = new Map();
  let source, heard = [], asking, trying, folding, told = -FOLD;

  const shown = () => [...document.querySelectorAll('[data-live]')];
  const topicsOf = (element) => element.dataset.live.split(/\s+/).filter(Boolean);

  function tell(topic) {
    changed.add(topic);
    folding ??= setTimeout(pass, Math.max(0, told + FOLD - performance.now()));
  }

  // What is being fetched, itself or as a part, is told afterwards: what comes may be older.
  function pass() {
    folding = undefined;
    told = performance.now();
    const topics = new Set(changed);
    changed.clear();
    for (const element of shown()) {
      const mine = topicsOf(element).filter((topic) => topics.has(topic) || topics.has('all'));
      if (!mine.length) continue;
      if ([...flying.values()].some((other) => other.contains(element))) mine.forEach((topic) => changed.add(topic));
      else htmx.trigger(element, 'live', {}, false); // not what it is a part of
    }
  }

  function ask() {
    asking ??= setInterval(tell, ASK, 'all');
  }

  function close() {
    source?.close();
    clearInterval(asking);
    clearTimeout(trying);
    source = asking = trying = undefined;
    heard = [];
  }

  function listen() {
    const wanted = document.hidden ? [] : [...new Set(shown().flatMap(topicsOf))];
    if (wanted.length && wanted.every((topic) => heard.includes(topic))) return;
    close();
    if (!wanted.length) return;
    heard = wanted;
    ask();
    const query = new URLSearchParams(wanted.slice(0, MOST).map((topic) => ['topic', topic]));
    source = new EventSource(`/live?${query}`);
    source.onmessage = ({ data }) => {
      if (data === 'none') return ask();
      if (data === 'all' && wanted.length <= MOST) asking = clearInterval(asking);
      tell(data);
    };
    source.onerror = () => {
      ask();
      if (source.readyState === EventSource.CLOSED) trying ??= setTimeout(() => { close(); listen(); }, TRY);
    };
  }

  document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
    if (ctx.sourceElement.matches('[data-live]')) flying.set(ctx, ctx.sourceElement);
  });
  document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
    if (!flying.has(ctx)) return;
    if (ctx.response.raw.redirected) location.reload(); // to the sign-in
    if (ctx.response.raw.redirected || ctx.response.status >= 400) ctx.swap = 'none';
  });
  document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => {
    if (flying.delete(ctx) && changed.size) tell(changed.values().next().value);
    listen();
  });
  document.addEventListener('visibilitychange', listen);
  listen();
})();
