// While you are the callee: tells that you are typing, empties the field once its words are said, and keeps you in it.
(() => {
  const AGAIN = 8000; // ms after which we tell anew that somebody types
  let told = -AGAIN, field;

  const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, '0')).join('');

  // The field that is there now; one that has just appeared takes the focus, unless somebody is elsewhere.
  function find() {
    const found = document.querySelector('[data-typing]');
    if (found && found !== field && [document.body, null].includes(document.activeElement)) found.focus();
    field = found;
    if (field && field === document.activeElement) field.scrollIntoView({ block: 'nearest' });
  }

  document.addEventListener('input', ({ target }) => {
    if (target !== field || !field.value.trim() || performance.now() - told < AGAIN) return;
    told = performance.now();
    const csrf = field.form.elements.csrf.value;
    fetch(field.dataset.typing, { method: 'POST', headers: { 'X-CSRF-Token': csrf } }).catch(() => {});
  });

  document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
    if (ctx.sourceElement.id === 'say') ctx.said = field.value;
  });
  document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
    if (ctx.said === undefined) return;
    ctx.sourceElement.elements.nonce.value = nonce(); // this form is kept, and is sent again
    if (ctx.response.status < 400 && field.value === ctx.said) field.value = '';
    told = -AGAIN;
  });
  document.addEventListener('htmx:after:swap', find);
  find();
})();
