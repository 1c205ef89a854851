// What every page adds where JavaScript runs: copying by a press, a menu that gives way, and forms that a double click
// sends once. Pages work without it.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('.copy');
  if (!button) return;
  const text = button.parentElement.querySelector('code').textContent;
  await navigator.clipboard.writeText(text);
  const label = button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = label; }, 1500);
});

function show() {
  for (const button of document.querySelectorAll('.copy[hidden]')) button.hidden = !navigator.clipboard;
}
show();
document.addEventListener('htmx:after:swap', show);

// A phone's menu lies over the page: it closes behind who goes on by Tab.
const menu = document.querySelector('.menu');
menu?.addEventListener('focusout', ({ relatedTarget: next }) => {
  if (next && !menu.contains(next) && !next.matches('.menu-button')) menu.hidePopover?.();
});

// The answer to a second sending would take the place of the first, which may show a secret that is shown once.
const AGAIN = 10000; // milliseconds after which who still waits may send it once more
const sent = new WeakMap();
document.addEventListener('submit', (event) => {
  if (event.defaultPrevented || event.target.method !== 'post') return; // htmx sends its own
  if (performance.now() - sent.get(event.target) < AGAIN) event.preventDefault();
  else sent.set(event.target, performance.now());
});
