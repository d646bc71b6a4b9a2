// The page: pictures where they are seen, cards that open the shot view, and the door for other scripts.

const data = JSON.parse(document.getElementById('data').textContent);
const store = makeStore(data);
let made = null;
const renderer = () => (made ??= makeRenderer());  // when it is first needed: the page is to be seen first
const contextOf = new WeakMap();

/** Draw a shot's picture into a canvas, as shot or through its LUT at its strength. */
async function paint(canvas, shot, frame, graded) {
  const bitmap = await store.bitmap(shot, frame);
  if (!bitmap) return;
  if (!contextOf.has(canvas)) contextOf.set(canvas, canvas.getContext('2d', { alpha: false, willReadFrequently: true }));
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const lut = graded ? store.lut(shot.id, frame) : null;
  contextOf.get(canvas).drawImage(lut ? renderer().draw(bitmap, lut, store.strength(shot.id)) : bitmap, 0, 0);
}

/** A pair of frames in one canvas, for a cut. */
async function paintCouple(figure) {
  const shots = [figure.dataset.first, figure.dataset.second].map(store.shot);
  const at = figure.dataset.at.split(' ').map(Number);
  const nearest = shots.map((shot, k) => shot.frames.toSorted((a, b) => Math.abs(a - at[k]) - Math.abs(b - at[k]))[0]);
  const part = document.createElement('canvas');
  for (const canvas of figure.querySelectorAll('canvas')) {
    const graded = Boolean(canvas.closest('.after'));
    for (const [k, shot] of shots.entries()) {
      await paint(part, shot, nearest[k], graded);
      if (k === 0) [canvas.width, canvas.height] = [2 * part.width, part.height];
      canvas.getContext('2d').drawImage(part, k * (canvas.width / 2), 0, canvas.width / 2, canvas.height);
    }
  }
}

/** A card's graded picture drawn anew, over the one that came with the page. */
async function paintCard(card, shot) {
  const picture = card.querySelector('img.after');
  if (!picture) return;
  let canvas = card.querySelector('canvas.after');
  if (!canvas) {
    canvas = make('canvas', { class: 'after', role: 'img', 'aria-label': picture.alt });
    picture.replaceWith(canvas);
  }
  await paint(canvas, shot, null, true);
}

const changed = new Set();

/** A shot's LUT or strength changed: draw it anew wherever it is seen, once a frame. */
function tell(id) {
  if (!changed.size) {
    requestAnimationFrame(() => {
      for (const shot of changed) {
        for (const card of document.querySelectorAll(`.shot[data-shot="${CSS.escape(shot)}"]`)) paintCard(card, store.shot(shot));
        for (const seam of document.querySelectorAll('.seam.drawn')) {
          if ([seam.dataset.first, seam.dataset.second].includes(shot)) paintCouple(seam);
        }
      }
      if (changed.has(desk.current())) desk.said();
      changed.clear();
      desk.redraw();
    });
  }
  changed.add(id);
}

const desk = makeDesk(store, data.order, paint, tell);

for (const picture of document.querySelectorAll('img[data-picture]:not([src])')) {
  const first = document.querySelector(`img[data-picture="${CSS.escape(picture.dataset.picture)}"][src]`);
  if (first) picture.src = first.src;
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-show]');
  if (button) desk.show(button.dataset.show);
});

document.addEventListener('keydown', (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || !event.target.matches?.('.shot .open')) return;
  const all = [...document.querySelectorAll('.shot .open')];
  all[all.indexOf(event.target) + step]?.focus();
});

/** The pairs at the cuts, one after another, once the page itself is seen. */
async function paintCouples() {
  for (const seam of document.querySelectorAll('.seam')) {
    await paintCouple(seam);
    seam.classList.add('drawn');
    await new Promise((done) => setTimeout(done));
  }
}
requestAnimationFrame(() => setTimeout(paintCouples));

window.addEventListener('beforeprint', () => {
  for (const picture of document.querySelectorAll('img[loading=lazy]')) picture.loading = 'eager';
  for (const details of document.querySelectorAll('.why, .rest')) details.open = true;
});

window.otiograde = Object.freeze({
  get renderer() { return renderer().kind; },
  shots: data.order,
  scenes: [...document.querySelectorAll('.scene')].map((scene) => ({
    id: scene.dataset.scene,
    shots: [...scene.querySelectorAll('.shot')].map((shot) => shot.dataset.shot),
    hero: scene.querySelector('.badge.hero')?.closest('.shot').dataset.shot ?? null,
  })),
  setLut(shot, lattice, size) {
    store.setLut(shot, lattice, size);
    tell(shot);
  },
  setStrength(shot, value) {
    store.setStrength(shot, value);
    tell(shot);
  },
  strength: store.strength,
  show: desk.show,
  close: desk.close,
  counts,
});
