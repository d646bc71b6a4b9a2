// The page: pictures where they are seen, cards that open the shot view, and the door for other scripts.

const data = JSON.parse(document.getElementById('data').textContent);
const store = makeStore(data);
let made = null;
const renderer = () => (made ??= makeRenderer());  // when it is first needed: the page is to be seen first
const contextOf = new WeakMap();

/** Draw a shot's picture into a canvas, as shot or through its LUT at its strength, and through its view. */
async function paint(canvas, shot, frame, graded) {
  const lut = graded ? store.lut(shot.id, frame) : null;
  await put(canvas, await store.bitmap(shot, frame), lut, store.strength(shot.id), store.view(shot));
}

/** Draw a picture into a canvas: through a LUT if there is one, then through a view if there is one. */
async function put(canvas, bitmap, lut, strength, view) {
  if (!bitmap) return;
  if (!contextOf.has(canvas)) contextOf.set(canvas, canvas.getContext('2d', { alpha: false, willReadFrequently: true }));
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const drawn = lut || view ? renderer().draw(bitmap, lut ?? PLAIN, lut ? strength : 0, view) : bitmap;
  contextOf.get(canvas).drawImage(drawn, 0, 0);
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

/** A card's picture drawn anew, over the one that came with the page. */
async function paintCard(card, shot, side = 'after') {
  const picture = card.querySelector(`.frame img.${side}`);
  let canvas = card.querySelector(`.frame canvas.${side}`);
  if (!picture && !canvas) return;
  if (!canvas) {
    canvas = make('canvas', { class: side, role: 'img', 'aria-label': picture.alt });
    picture.replaceWith(canvas);
  }
  await paint(canvas, shot, null, side === 'after');
}

/** Show codes instead of views, or views again: all pictures of shots that have a view are drawn anew. */
function showCodes(on) {
  store.showCodes(on);
  for (const box of document.querySelectorAll('[data-codes]')) box.checked = on;
  const viewed = data.shots.filter((shot) => store.viewOf(shot));
  for (const shot of viewed) {
    for (const card of document.querySelectorAll(`.shot[data-shot="${CSS.escape(shot.id)}"]`)) paintCard(card, shot, 'before');
    tell(shot.id);
  }
  for (const canvas of document.querySelectorAll('canvas.small')) paintSmall(canvas);
  for (const picture of document.querySelectorAll('.found-cut img[data-codes-of], .found-cut canvas[data-codes-of]')) paintEdge(picture);
}

/** A small picture of a shot's frame: an image, or a canvas where it is seen through a view. */
function smallPicture(shot, frame, words) {
  if (!store.viewOf(shot)) {
    const picture = make('img', { alt: words, loading: 'lazy' });
    const source = store.source(shot, frame);
    if (source) picture.src = source;
    return picture;
  }
  const spoken = words ? { role: 'img', 'aria-label': words } : { 'aria-hidden': true };
  const canvas = make('canvas', { class: 'small', ...spoken, 'data-of': shot.id, 'data-frame': frame ?? '' });
  paintSmall(canvas);
  return canvas;
}

const paintSmall = (canvas) => paint(canvas, store.shot(canvas.dataset.of), canvas.dataset.frame === '' ? null : Number(canvas.dataset.frame), false);

/** A frame at a found cut, drawn anew. */
async function paintEdge(picture) {
  const { codesOf, picture: key } = picture.dataset;
  const canvas = picture.matches('canvas') ? picture : make('canvas', { class: picture.className, role: 'img', 'aria-label': picture.alt, 'data-codes-of': codesOf, 'data-picture': key });
  if (canvas !== picture) picture.replaceWith(canvas);
  const shot = store.shot(codesOf);
  await put(canvas, await store.bitmap(shot, null, `${key}/codes`), null, 0, store.view(shot));
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

const desk = makeDesk(store, data.order, paint, tell, smallPicture);

for (const picture of document.querySelectorAll('img[data-picture]:not([src])')) {
  const first = document.querySelector(`img[data-picture="${CSS.escape(picture.dataset.picture)}"][src]`);
  if (first) picture.src = first.src;
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-show]');
  if (button) desk.show(button.dataset.show);
});

document.addEventListener('change', (event) => event.target.matches('[data-codes]') && showCodes(event.target.checked));

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
  /** Draw a shot's middle frame into a canvas through another LUT, `null` for none, and through its view. */
  async paint(canvas, shot, lattice, size) {
    const known = store.shot(shot);
    await put(canvas, await store.bitmap(known, null), lutOf(lattice, size), 1, store.view(known));
  },
  showCodes,
  show: desk.show,
  close: desk.close,
  counts,
});
