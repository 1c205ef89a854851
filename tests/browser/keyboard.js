// Notes how everything looks while it has not the focus. A radio button stands for its group, within which arrows move.
() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const style = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return { ring: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2, boxShadow };
  };
  const name = (element) => element.outerHTML.slice(0, 120).replace(/\s+/g, ' ');
  const visible = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const all = () => [...document.querySelectorAll(wanted)].filter((one) => !one.disabled && one.tabIndex >= 0 && visible(one));
  const group = (one) => (one.type === 'radio' && one.name ? document.querySelectorAll(`input[type=radio][name="${one.name}"]`) : [one]);
  const reached = new Set(), before = new Map(all().map((one) => [one, style(one).boxShadow]));
  let last, within = 0; // a date has several parts, through which Tab goes
  document.activeElement.blur();
  window.keyboard = {
    seen() {
      const one = document.activeElement, wrong = [];
      if (one && one === last && within++ < 10) return { wrong };
      if (!one || one === document.body || reached.has(one)) return { end: true, wrong };
      within = 0;
      const now = style(one), box = one.getBoundingClientRect();
      if (one.tabIndex > 0) wrong.push(`has a tabindex of its own: ${name(one)}`);
      if (!all().includes(one)) wrong.push(`has the focus and is not seen: ${name(one)}`);
      if (last?.isConnected && !(last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)) wrong.push(`leads back: ${name(one)}`);
      if (!now.ring && now.boxShadow === (before.get(one) ?? 'none')) wrong.push(`shows no focus: ${name(one)}`);
      if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) wrong.push(`is out of sight: ${name(one)}`);
      if (one.hasAttribute('tabindex') && !(one.getAttribute('role') && one.getAttribute('aria-label'))) wrong.push(`is nothing that has a name: ${name(one)}`);
      reached.add(one);
      last = one;
      const closed = one.matches('details:not([open]) > summary') || (one.popoverTargetElement && !one.popoverTargetElement.matches(':popover-open'));
      const wide = one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(one).overflowX) && !one.matches('input, textarea, select');
      return { closed: Boolean(closed), wide, wrong };
    },
    opened: () => document.activeElement.matches('details[open] > summary') || Boolean(document.activeElement.popoverTargetElement?.matches(':popover-open')),
    scrolled: () => new Promise((tell) => {
      const until = performance.now() + 2000, one = document.activeElement;
      const look = () => (one.scrollLeft > 0 || performance.now() > until ? tell(one.scrollLeft > 0) : requestAnimationFrame(look));
      look();
    }),
    dim: () => all().filter((one) => {
      one.focus({ focusVisible: true, preventScroll: true });
      const now = style(one);
      return !now.ring && now.boxShadow === before.get(one);
    }).map((one) => `shows no focus: ${name(one)}`),
    missed: () => all().filter((one) => ![...group(one)].some((other) => reached.has(other))).map((one) => `cannot be reached: ${name(one)}`),
    unheld: () => [...document.querySelectorAll('body *')]
      .filter((one) => visible(one) && !one.matches('input, textarea, select') && !one.querySelector(wanted) && one.tabIndex < 0
        && ((one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(one).overflowX))
          || (one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY))))
      .map((one) => `cannot be scrolled: ${name(one)}`),
  };
}
