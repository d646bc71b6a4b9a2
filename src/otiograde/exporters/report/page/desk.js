// The shot view: one shot large, before and after, beside another, with its scopes and what is known of it.

function makeDesk(store, order, paint, tell, smallPicture) {
  const desk = document.getElementById('desk');
  const find = (selector) => desk.querySelector(selector);
  const stage = find('#stage'), wipe = find('#wipe'), strength = find('#strength');
  const canvases = { before: find('.own .before'), after: find('.own .after'), other: find('.other .after') };
  const state = { shot: null, frame: null, mode: 'wipe', opener: null };
  let due = 0;

  /** Draw the pictures of the stage, and the scopes of what they show. */
  async function draw() {
    const { shot, frame } = state;
    if (!shot) return;
    await Promise.all([
      paint(canvases.before, shot, frame, false),
      paint(canvases.after, shot, frame, true),
      shot.beside && state.mode === 'beside' ? paint(canvases.other, store.shot(shot.beside), null, true) : null,
    ]);
    if (shot !== state.shot) return;
    stage.style.setProperty('--ratio', canvases.before.width / canvases.before.height);  // in every mode: nothing jumps
    for (const side of ['before', 'after']) {
      const { width, height } = canvases[side];
      const drawn = Object.fromEntries(Object.keys(counts).map((name) => [name, find(`[data-scope=${name}][data-side=${side}]`)]));
      if (width > 1) drawScopes(canvases[side].getContext('2d').getImageData(0, 0, width, height), drawn);
    }
    sayScale(desk, store.codes ? store.viewOf(shot) : null);
    drawCurves(find('#curves'), store.lut(shot.id, frame), store.strength(shot.id));
    drawSlices(find('#slices'), store.lut(shot.id, frame), store.strength(shot.id));
  }

  const redraw = () => {
    due ||= requestAnimationFrame(() => {
      due = 0;
      draw();
    });
  };

  function setWipe(percent) {
    wipe.value = percent;
    stage.style.setProperty('--wipe', `${wipe.value}%`);
  }

  function setMode(mode) {
    state.mode = stage.dataset.mode = mode;
    const radio = find(`[name=mode][value=${mode}]`);
    radio.checked = true;
    if (mode !== 'wipe' && document.activeElement === wipe) radio.focus({ preventScroll: true });  // the wipe goes
    redraw();
  }

  function setStrength(value) {
    store.setStrength(state.shot.id, value);
    saySlider();
    tell(state.shot.id);
  }

  function saySlider() {
    const percent = Math.round(store.strength(state.shot.id) * 100);
    strength.value = percent;
    strength.disabled = !store.lut(state.shot.id);
    find('#strength-said').value = strength.disabled ? 'no change' : `${percent} %`;
  }

  function fill(shot) {
    const card = document.querySelector(`.shot[data-shot="${CSS.escape(shot.id)}"]`);
    const copy = (selector) => card?.querySelector(selector)?.cloneNode(true) ?? '';
    find('#desk-name').replaceChildren(...(copy('h3').childNodes ?? []));
    find('#desk-numbers').replaceChildren(...(copy('.numbers').childNodes ?? []));
    find('#desk-done').textContent = card?.querySelector('.done')?.textContent ?? '';
    find('#desk-why').replaceChildren(copy('.reasons'));
    find('#desk-course .course')?.remove();
    find('#desk-course').append(copy('.course'));
    find('#desk-course').hidden = !card?.querySelector('.course');
    find('#desk-facts').replaceChildren(copy('.facts'));
    find('#frames').replaceChildren(...shot.frames.map((frame, k) => {
      const button = { type: 'button', 'data-frame': frame, 'aria-label': `Frame ${frame}`, 'aria-keyshortcuts': k + 1 };
      return make('button', button, smallPicture(shot, frame, ''));
    }));
    const beside = shot.beside && store.shot(shot.beside);
    find('.other figcaption').textContent = beside ? beside.name : '';
    find('[name=mode][value=beside]').disabled = !beside;
    if (!beside && state.mode === 'beside') setMode('wipe');
    find('.codes-switch')?.toggleAttribute('hidden', !store.viewOf(shot));
    drawEvidence(find('#evidence'), shot, store, smallPicture);
  }

  function setFrame(frame) {
    state.frame = frame;
    for (const button of find('#frames').children) button.setAttribute('aria-pressed', button.dataset.frame === String(frame));
    redraw();
  }

  function show(id) {
    if (!store.has(id)) return;
    state.shot = store.shot(id);
    desk.dataset.shot = id;
    fill(state.shot);
    saySlider();
    setFrame(state.shot.middle);
    find('#previous').disabled = order[0] === id;
    find('#next').disabled = order.at(-1) === id;
    if (!desk.open) {
      state.opener = document.activeElement;
      desk.showModal();
      setWipe(50);
      wipe.focus({ preventScroll: true });
    }
    desk.scrollTop = 0;
    document.dispatchEvent(new CustomEvent('otiograde:show', { detail: { shot: id } }));
  }

  const turn = (by) => show(order[order.indexOf(state.shot.id) + by]);

  desk.addEventListener('close', () => {
    state.shot = null;
    state.opener?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent('otiograde:show', { detail: { shot: null } }));
  });
  find('#close').addEventListener('click', () => desk.close());
  find('#previous').addEventListener('click', () => turn(-1));
  find('#next').addEventListener('click', () => turn(1));
  wipe.addEventListener('input', () => setWipe(wipe.value));
  strength.addEventListener('input', () => {
    setStrength(strength.value / 100);
    document.dispatchEvent(new CustomEvent('otiograde:strength', { detail: { shot: state.shot.id, value: strength.value / 100 } }));
  });
  desk.addEventListener('change', (event) => event.target.name === 'mode' && setMode(event.target.value));
  find('#frames').addEventListener('click', (event) => {
    const button = event.target.closest('[data-frame]');
    if (button) setFrame(Number(button.dataset.frame));
  });
  followPointer(stage, (share) => state.mode === 'wipe' && setWipe(100 * share));
  desk.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input:not([type=range]):not([type=radio]), textarea, select')) return;
    const keys = {
      n: () => turn(1), p: () => turn(-1), w: () => setMode('wipe'),
      b: () => setMode(state.mode === 'before' ? 'after' : 'before'),
      s: () => state.shot.beside && setMode('beside'),
      c: () => store.viewOf(state.shot) && find('[data-codes]').click(),
    };
    const number = state.shot.frames[Number(event.key) - 1];
    if (number !== undefined) setFrame(number);
    else keys[event.key.toLowerCase()]?.();
  });

  return { show, close: () => desk.close(), redraw, said: saySlider, current: () => state.shot?.id ?? null };
}

/** Call with the share of an element's width at which a pressed pointer is. */
function followPointer(element, call) {
  const tell = (event) => {
    const box = element.getBoundingClientRect();
    call(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    tell(event);
  });
  element.addEventListener('pointermove', (event) => element.hasPointerCapture(event.pointerId) && tell(event));
}
