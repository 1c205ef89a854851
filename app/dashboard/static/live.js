// Hears which topics have changed, and has htmx fetch anew what shows them: elements with data-live="call:<id> calls",
// which name their topics and wait for the event `live`. While nothing can be heard they are fetched now and then.
(() => {
  const ASK = 3000, TRY = 30000; // milliseconds
  const MOST = 20; // topics of a stream
  const SHARE = 4; // a topic rests for so many times what fetching took, but never for longer than ASK
  const changed = new Set(), rested = new Map(), flying = new Map();
  let source, heard = [], asking, trying, folding, took = 0;

  const shown = () => [...document.querySelectorAll('[data-live]')];
  const topicsOf = (element) => element.dataset.live.split(/\s+/).filter(Boolean);
  const rest = (topic) => Math.min(ASK, Math.max(/^(call|delivery):/.test(topic) ? 100 : 1000, SHARE * took));
  const busy = (element) => [...flying.values()].some((flight) => flight.element.contains(element));

  function tell(topic) {
    changed.add(topic);
    fold();
  }

  function fold() {
    if (!changed.size) return;
    const next = Math.min(...[...changed].map((topic) => rested.get(topic) ?? 0));
    folding ??= setTimeout(pass, Math.max(0, next - performance.now()));
  }

  // What is being fetched, itself or as a part, is told afterwards: what comes may be older.
  function pass() {
    const moment = performance.now(), topics = new Set();
    folding = undefined;
    for (const topic of changed) {
      if (moment < rested.get(topic)) continue;
      topics.add(topic);
      changed.delete(topic);
      rested.set(topic, moment + rest(topic));
    }
    for (const element of shown()) {
      const mine = topicsOf(element).filter((topic) => topics.has(topic) || topics.has('all'));
      if (!mine.length) continue;
      if (busy(element)) mine.forEach((topic) => changed.add(topic));
      else htmx.trigger(element, 'live', {}, false); // not what it is a part of
    }
    fold();
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
    const element = ctx.sourceElement;
    if (element.matches('[data-live]')) flying.set(ctx, { element, began: performance.now() });
  });
  document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
    if (!flying.has(ctx)) return;
    if (ctx.response.raw.redirected) location.reload(); // to the sign-in
    if (ctx.response.raw.redirected || ctx.response.status >= 400) ctx.swap = 'none';
  });
  document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => {
    const flight = flying.get(ctx);
    if (flight) took = performance.now() - flight.began;
    flying.delete(ctx);
    fold();
    listen();
  });
  document.addEventListener('visibilitychange', listen);
  listen();
})();
