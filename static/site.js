// What HTML and htmx cannot say: keys, focus, announcements, double clicks, lost connections. Pages work without it.
(() => {
  'use strict';
  const QUIET_MS = 250; // right after a swap a second click or key was meant for what stood there before
  const KEPT_MS = 300_000;
  const find = (selector, root = document) => root.querySelector(selector);
  let swappedAt = -QUIET_MS;
  const isTooSoon = () => performance.now() - swappedAt < QUIET_MS;

  // Announce and focus

  function say(text) {
    const place = find('#announce');
    place.textContent = '';
    setTimeout(() => { place.textContent = text.replace(/\s+/g, ' ').trim(); }, 100);
  }

  // A block that scrolls sideways must be reachable by keyboard; one that does not must not cost a tab stop.
  function openScrollers(root) {
    for (const block of root.querySelectorAll('pre, .scroll')) {
      if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
      else block.removeAttribute('tabindex');
    }
  }

  addEventListener('resize', () => openScrollers(document)); // a phone that is turned

  // The focus stands on a button at the end; the eye has to begin at the verdict, or at the top of a new question.
  function showStart(root) {
    const verdict = find('.verdict', root);
    if (verdict) {
      const { top, bottom } = verdict.getBoundingClientRect();
      if (top < 0 || bottom + 120 > (find('.bar', root)?.getBoundingClientRect().top ?? innerHeight)) verdict.scrollIntoView();
    } else if (root.id === 'review') scrollTo(0, 0);
  }

  function complain(text) {
    const place = find('#problem'), kept = find('#kept');
    if (kept) kept.textContent = 'Not kept: no connection, or you are signed out. Copy your text before you leave.';
    if (!place) return;
    place.className = 'flash bad';
    place.textContent = text;
    place.scrollIntoView({ block: 'center' });
  }

  document.addEventListener('htmx:after:swap', event => {
    const { target } = event;
    if (event.detail.ctx.target?.id === 'result') return showResult(find('#result'));
    if (target.id === 'search') return showFound(event.detail.ctx);
    if (target.id === 'problem' || find('#problem strong')) return find('#problem').scrollIntoView({ block: 'nearest' });
    const root = target.closest('#review, #try') || find('#review, #try');
    if (root) begin(root);
  });

  // Results come while somebody types: the address keeps up, so that it can be kept and shared, and the count is said.
  function showFound({ request }) {
    history.replaceState(null, '', request.action);
    say([...document.querySelectorAll('#found [data-say]')].map(part => part.textContent).join(' '));
  }

  // What a query gives: the focus stays where it was, in the middle of writing.
  function showResult(place) {
    openScrollers(place);
    say(place.textContent.slice(0, 400));
    place.scrollIntoView({ block: 'nearest' });
  }

  function begin(root) {
    swappedAt = performance.now();
    openScrollers(root);
    say([...root.querySelectorAll('[data-say]')].map(part => part.textContent).join(' '));
    showStart(root);
  }

  // The next card comes with the feedback: taking the proposed grade, which is kept already, needs no server.
  // After a long pause it may be another card's turn: then the server is asked.
  function showNext(root) {
    const next = find('#next', root)?.content.firstElementChild;
    const waited = Math.round(performance.now() - swappedAt);
    if (!next || waited > KEPT_MS) return false;
    const ask = find('#ask', next);
    const field = Object.assign(document.createElement('input'), { type: 'hidden', name: 'waited', value: waited });
    ask.append(field); // what was spent on the feedback is no time spent on the card
    root.replaceWith(next);
    htmx.process(next);
    begin(next);
    find('[autofocus]', next)?.focus({ preventScroll: true });
    return true;
  }

  // Nothing typed is lost when the server cannot be reached

  document.addEventListener('htmx:error', event => {
    const ctx = event.detail.ctx;
    if (ctx && !ctx.response) complain('Not sent: no connection. Your answer is still here; try again.');
  });

  // A refusal takes the place of #problem, unless it brings a fresh review; a proxy's page takes no place at all.
  document.addEventListener('htmx:before:swap', event => {
    const { ctx: { response, text }, tasks } = event.detail;
    if (!(response?.status >= 400) || /id="(review|try)"/.test(text)) return;
    const place = find('#problem');
    const main = tasks.find(task => task.type === 'main');
    if (place && main && text.includes('id="problem"')) {
      main.target = place;
      return;
    }
    event.preventDefault();
    complain('Not sent: the server gave no proper answer. Yours is still here; try again.');
  });

  document.addEventListener('htmx:finally:request', event => {
    const { submitter } = event.detail.ctx.request;
    setTimeout(() => { if (submitter?.isConnected && !document.activeElement?.matches('textarea')) submitter.focus(); }); // htmx enables the buttons after this event
  });

  // One press, one answer

  const guarded = '#review button, #try button';

  addEventListener('click', event => {
    if (event.target.closest?.(guarded) && (event.detail > 1 || isTooSoon())) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.target.closest?.('#review .grades .primary') && showNext(find('#review'))) event.preventDefault();
  }, true);

  // Keys

  const KEYS_OFF = 'keys-off';
  const areKeysOn = () => { try { return !localStorage.getItem(KEYS_OFF); } catch { return true; } };

  function rememberKeys(isOn) {
    try { if (isOn) localStorage.removeItem(KEYS_OFF); else localStorage.setItem(KEYS_OFF, '1'); } catch { /* private window */ }
  }

  function press(key, root) {
    const part = find(`[aria-keyshortcuts="${CSS.escape(key)}"]`, root);
    if (!part || isTooSoon()) return false;
    part.click();
    if (part.matches('input')) part.focus();
    return true;
  }

  // Space and Enter where the focus stands on nothing of its own: show, send or take what is proposed.
  function goOn(root) {
    const button = find('[data-go], .grades .primary', root);
    if (!button || isTooSoon()) return false;
    const options = [...root.querySelectorAll('.option input')];
    if (options.length && !options.some(option => option.checked)) options[0].focus();
    else button.click();
    return true;
  }

  addEventListener('keydown', event => {
    const root = find('#review');
    const { key, target } = event;
    if (key === 'Enter' && (event.ctrlKey || event.metaKey) && target.closest('#review .writing')) {
      event.preventDefault();
      if (!event.repeat) press('Control+Enter', root);
      return;
    }
    if (!root || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isGo = key === 'Enter' || key === ' ';
    const isTyping = target.matches('input:not([type=radio], [type=checkbox]), textarea, select');
    if (event.repeat) { // a key held down
      if (isGo && !(isTyping && key === ' ')) event.preventDefault();
      return;
    }
    if (key === 'Enter' && target.matches('#review select') && goOn(root)) event.preventDefault();
    if (isTyping || find('dialog[open]') || !areKeysOn()) return;
    const isOwn = target.closest('a, button, summary') || (key === ' ' && target.matches('input'));
    let isDone = false;
    if (isGo) isDone = !isOwn && goOn(root);
    else if (key === '?') { find('#keys')?.showModal(); isDone = true; }
    else if (/^[0-9u]$/.test(key)) isDone = press(key, root);
    if (isDone) event.preventDefault();
  }, true);

  // What is selected in an entry becomes the question of a card

  let chosen = '';
  document.addEventListener('selectionchange', () => {
    const pick = find('#pick'), selection = getSelection(), text = `${selection}`.trim();
    if (!pick) return;
    const isMine = text && find('#entry').contains(selection.anchorNode);
    if (isMine) chosen = text;
    pick.hidden = !isMine;
  });
  addEventListener('click', event => {
    if (!event.target.closest('#pick')) return;
    find('#make-card').open = true;
    find('#front').value = chosen.slice(0, 1000);
    find('#front').focus();
  });

  // A form that was opened in a row of a list closes again, and the focus goes back to what opened it

  addEventListener('click', event => {
    const panel = event.target.closest('[data-close]')?.closest('.act');
    if (!panel) return;
    event.preventDefault();
    panel.replaceChildren();
    find(`[hx-target="#${panel.id}"]`)?.focus();
  });

  // The study timer: the server says how long it has run, the hands move here

  const begun = new WeakMap();
  setInterval(() => {
    for (const clock of document.querySelectorAll('[data-seconds]')) {
      if (!begun.has(clock)) begun.set(clock, Date.now() - clock.dataset.seconds * 1000);
      clock.textContent = `${Math.floor((Date.now() - begun.get(clock)) / 60_000)} min`;
    }
  }, 3000);

  // Maps of numbers: one stop for the tab key, arrows from cell to cell, Enter or a click opens what is behind one

  const stopOf = cell => find('a', cell) ?? cell;

  function makeGrid(table) {
    for (const link of table.querySelectorAll('a')) link.tabIndex = -1;
    table.setAttribute('role', 'grid');
    stopOf(table.tBodies[0].rows[0].cells[0]).tabIndex = 0;
  }

  function moveTo(table, cell) {
    if (!cell) return;
    const last = find('[tabindex="0"]', table), stop = stopOf(cell);
    if (last) last.tabIndex = -1;
    stop.tabIndex = 0;
    stop.focus();
  }

  function behind(table, cell) {
    const name = find('a', cell.parentElement), heading = find('a', table.tHead.rows[table.tHead.rows.length - 1].cells[cell.cellIndex]);
    if (!name) return null;
    return heading && !heading.hash ? name.href.replace(/[^/]+$/, heading.pathname.split('/').pop()) : name.href;
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] };
  addEventListener('keydown', event => {
    const cell = event.target.closest?.('[data-cells] :is(td, th)'), table = cell?.closest('table');
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [table.tHead.rows[table.tHead.rows.length - 1], ...table.tBodies[0].rows];
    const at = rows.indexOf(cell.parentElement), step = STEPS[event.key];
    if (event.key === 'Enter' && cell === event.target && behind(table, cell)) location.href = behind(table, cell);
    else if (event.key === 'Home' || event.key === 'End') moveTo(table, event.key === 'Home' ? cell.parentElement.cells[0] : cell.parentElement.lastElementChild);
    else if (step) moveTo(table, rows[Math.min(Math.max(at + step[0], 0), rows.length - 1)].cells[cell.cellIndex + step[1]]);
    else return;
    event.preventDefault();
  });
  addEventListener('click', event => {
    const cell = event.target.closest?.('[data-cells] tbody td'), to = cell && behind(cell.closest('table'), cell);
    if (to && !`${getSelection()}`) location.href = to;
  });

  // Once the page stands

  for (const table of document.querySelectorAll('[data-cells]')) makeGrid(table);

  openScrollers(document);
  addEventListener('resize', () => openScrollers(document)); // a phone that is turned
  const review = find('#review');
  if (review) requestAnimationFrame(() => setTimeout(() => showStart(review))); // the browser focuses first
  const keysOn = find('#keys-on');
  if (keysOn) {
    keysOn.checked = areKeysOn();
    keysOn.addEventListener('change', () => rememberKeys(keysOn.checked));
  }
  const zone = find('form[action$="/sign-up"] [name=zone]');
  if (zone && !find('.error') && (!zone.value || zone.value === 'UTC')) { // nobody has chosen yet
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (here && (!zone.options || [...zone.options].some(option => option.value === here))) zone.value = here;
  }
})();
