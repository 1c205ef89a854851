// What every page adds where JavaScript runs: copying by a press. Pages work without it.
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
