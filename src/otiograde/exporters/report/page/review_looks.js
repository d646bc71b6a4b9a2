// The look of a scene: a still is chosen, seen as grade, palette and style beside each other, and applied.

const WAYS = {
  grade: { text: 'Grade', what: 'what was done to the still', most: 1.5 },
  palette: { text: 'Palette', what: 'its colors, content included', most: 1 },
  style: { text: 'Style', what: 'what a network sees of it, content included', most: 1 },
};
const AS_IT_IS = { text: 'As it is', what: 'the LUT itself', most: 1 };
const SHOTS_TRIED = 6;

const look = { scene: null, name: '', kind: 'grade', strength: 1, palette: 0, still: true };
const looksView = {
  home: el('dialog', { id: 'looks', 'aria-labelledby': 'looks-title' }),
  title: el('h2', { id: 'looks-title', dir: 'auto' }),
  name: el('select', { class: 'tool', onchange: () => chooseLook(looksView.name.value) }),
  file: el('input', { type: 'file', hidden: true, accept: '.cube,.png,.jpg,.jpeg,.tif,.tiff,.exr,.dpx,.webp', onchange: () => uploadLook() }),
  path: el('input', { type: 'text', class: 'tool', placeholder: 'a still, or a folder of stills', spellcheck: 'false', autocomplete: 'off' }),
  inside: el('select', { class: 'tool', onchange: () => looksView.inside.value && openLook(looksView.inside.dataset.folder, looksView.inside.value) }),
  insideLabel: el('label', { hidden: true }),
  scope: el('select', { class: 'tool', onchange: () => drawLook() }, el('option', { value: 'scene' }, 'this scene'), el('option', { value: 'all' }, 'all scenes')),
  still: el('img', { alt: 'The still of the look' }),
  ways: el('div', { class: 'ways' }),
  strength: el('input', { type: 'range', min: 0, max: 1.5, step: 0.01, 'data-slider': 'look-strength' }),
  strengthSaid: el('output', {}),
  palette: el('input', { type: 'range', min: 0, max: 1, step: 0.01, 'data-slider': 'look-palette' }),
  paletteSaid: el('output', {}),
  status: el('p', { class: 'status', role: 'status', dir: 'auto' }),
  apply: button('Apply', () => applyLook(look.name), { class: 'tool main' }),
  remove: button('No look', () => applyLook(null)),
};
looksView.paletteLabel = el('label', {}, 'Palette', looksView.palette, looksView.paletteSaid);
looksView.insideLabel.append('In that folder', looksView.inside);
const pathForm = el('form', { class: 'path', onsubmit: (event) => { event.preventDefault(); openLook(looksView.path.value); } },
  el('label', {}, 'Path', looksView.path), el('button', { type: 'submit', class: 'tool' }, 'Open'));
looksView.home.append(
  el('header', {}, looksView.title, button('Close', () => looksView.home.close(), { 'aria-keyshortcuts': 'Escape' })),
  el('div', { class: 'sources' }, el('label', {}, 'Look', looksView.name), button('A file …', () => looksView.file.click()), looksView.file, pathForm, looksView.insideLabel),
  looksView.status,
  el('div', { class: 'trying' }, looksView.still, looksView.ways),
  el('div', { class: 'amounts' }, el('label', {}, 'Amount', looksView.strength, looksView.strengthSaid), looksView.paletteLabel,
    el('label', {}, 'For', looksView.scope), looksView.apply, looksView.remove),
);
document.body.append(looksView.home);

/** Open the looks for a scene, with the look that it has. */
function showLooks(scene) {
  const held = sceneOf(scene);
  Object.assign(look, { scene, name: held.look ?? '', kind: held.look_as ?? 'grade', strength: held.look_strength, palette: held.look_palette });
  looksView.title.textContent = `Look of ${titleOf(scene)}`;
  looksView.scope.value = 'scene';
  sayLook('');
  looksView.home.showModal();
  chooseLook(look.name, true);
}

const sayLook = (text, wrong = false) => {
  looksView.status.textContent = text;
  looksView.status.classList.toggle('wrong', wrong);
};

/** Show a look: its still, and what each way to read it makes of the scene. */
async function chooseLook(name, first = false) {
  if (!name && !first) return;
  look.name = name;
  looksView.still.hidden = true;
  looksView.ways.replaceChildren();
  drawLook();
  if (!name) return sayLook('Choose a still: a file, or a path on this machine.');
  const found = await ask(`still/${encodeURIComponent(name)}`);
  if (!found || look.name !== name) return undefined;
  if (found.error) return sayLook(found.error, true);
  look.still = Boolean(found.jpeg);
  if (found.jpeg) looksView.still.src = `data:image/jpeg;base64,${found.jpeg}`;
  looksView.still.hidden = !found.jpeg;
  if (!first) sayLook('');
  makeWays();
  drawLook();
  return tryAll();
}

const kinds = () => (look.still ? Object.keys(WAYS) : ['']);
const wayOf = (kind) => WAYS[kind] ?? AS_IT_IS;

/** A column for the grades as they are, and one for each way to read the still. */
function makeWays() {
  const shots = sceneOf(look.scene).shots.filter((id) => cardOf(id)?.querySelector('.frame .after')).slice(0, SHOTS_TRIED);
  if (look.still && !WAYS[look.kind]) look.kind = 'grade';
  const pictures = (kind, words) => shots.map((id) => el('canvas', { role: 'img', 'aria-label': `${shotOf(id).name}, ${words}`, 'data-of': id, 'data-way': kind }));
  looksView.ways.replaceChildren(
    el('section', { class: 'way' }, el('h3', {}, 'Now'), el('p', { class: 'quiet' }, 'as this scene is'), ...pictures('now', 'now')),
    ...kinds().map((kind) => {
      const { text, what } = wayOf(kind);
      const radio = el('input', { type: 'radio', name: 'look-as', value: kind, onchange: () => { look.kind = kind; drawLook(); tryAll(); } });
      const head = look.still ? el('h3', {}, el('label', {}, radio, text)) : el('h3', {}, text);
      return el('section', { class: 'way', 'data-kind': kind }, head, el('p', { class: 'quiet' }, what), ...pictures(kind, text.toLowerCase()), el('p', { class: 'note', dir: 'auto' }));
    }),
  );
  for (const id of shots) ask(`lut/${id}`).then((answer) => answer?.lattice && paintWay('now', { [id]: answer }));
}

const paintWay = (kind, luts) => Promise.all(all(`canvas[data-way="${kind}"]`, looksView.ways)
  .filter((canvas) => luts[canvas.dataset.of]).map((canvas) => page.paint(canvas, canvas.dataset.of, luts[canvas.dataset.of].lattice, luts[canvas.dataset.of].size)));

function drawLook() {
  const held = sceneOf(look.scene)?.look, names = new Set([...(held ? [held] : []), ...state.looks]);
  looksView.name.replaceChildren(el('option', { value: '' }, 'none chosen'), ...[...names].map((name) => el('option', { value: name }, name)));
  looksView.name.value = look.name;
  const { most } = look.still ? wayOf(look.kind) : AS_IT_IS;
  look.strength = Math.min(look.strength, most);
  looksView.strength.max = most;
  looksView.strength.value = look.strength;
  looksView.palette.value = look.palette;
  looksView.strengthSaid.value = percent(look.strength);
  looksView.paletteSaid.value = percent(look.palette);
  looksView.paletteLabel.hidden = !look.still || look.kind !== 'grade';
  looksView.apply.disabled = !look.name;
  looksView.remove.disabled = !held;
  for (const radio of all('[name=look-as]', looksView.ways)) radio.checked = radio.value === look.kind;
  for (const way of all('.way', looksView.ways)) way.classList.toggle('chosen', way.dataset.kind === look.kind);
}

/** What is asked of the server: a look with its amounts, as one way reads it. */
function wishOf(kind, scene = look.scene) {
  const way = look.still ? wayOf(kind) : AS_IT_IS;
  return { scene, look: look.name, look_as: kind || null, strength: Math.min(look.strength, way.most), palette: kind === 'grade' ? look.palette : 0 };
}

const trials = new Map();
let trying = false;

const tryAll = () => tryLooks([look.kind, ...kinds().filter((kind) => kind !== look.kind)].filter((kind) => kinds().includes(kind)));

/** Try looks, one after the other; of many wishes only the last one is asked for. The chosen way comes first. */
async function tryLooks(list) {
  for (const kind of list) trials.set(kind, wishOf(kind));
  if (trying) return;
  trying = true;
  while (trials.size) {
    const kind = trials.has(look.kind) ? look.kind : trials.keys().next().value, wish = trials.get(kind);
    trials.delete(kind);
    const note = looksView.ways.querySelector(`[data-kind="${kind}"] .note`);
    if (note && !note.dataset.tried) note.textContent = 'is tried …';
    const answer = await ask('try-look', wish);
    if (!answer) break;
    if (wish.look !== look.name || !note?.isConnected) continue;
    note.dataset.tried = 'yes';
    note.textContent = answer.error ?? answer.note;
    note.classList.toggle('wrong', Boolean(answer.error));
    if (answer.luts) await paintWay(kind, answer.luts);
    performance.mark(`otiograde:tried:${kind}`);
  }
  trying = false;
}

for (const [name, slider] of Object.entries({ strength: looksView.strength, palette: looksView.palette })) {
  slider.addEventListener('input', () => {
    look[name] = slider.valueAsNumber;
    drawLook();
    tryLooks([look.still ? look.kind : '']);
  });
  slider.addEventListener('change', () => name === 'strength' && look.name && tryAll());
}

/** Take a file into the looks of this folder, and show it. */
async function uploadLook() {
  const [file] = looksView.file.files;
  looksView.file.value = '';
  if (!file) return;
  const headers = { 'Content-Type': 'application/octet-stream' };
  const answer = await fetch(`api/look?name=${encodeURIComponent(file.name)}`, { method: 'POST', headers, body: file })
    .then((found) => found.json()).catch(() => ({ error: `${file.name} was not taken: it is too large, or the review has ended` }));
  takeLook(answer);
}

/** Open a path on this machine: a look is copied into this folder, and of a folder the looks are listed. */
async function openLook(path, name = '') {
  const answer = await ask('open-look', { path, name });
  if (!answer) return;
  if (answer.names) {
    looksView.inside.dataset.folder = answer.folder;
    looksView.inside.replaceChildren(el('option', { value: '' }, `${answer.names.length} to choose from`), ...answer.names.map((each) => el('option', { value: each }, each)));
    looksView.insideLabel.hidden = false;
    sayLook('');
    looksView.inside.focus();
  } else takeLook(answer);
}

async function takeLook(answer) {
  if (answer.error) return sayLook(answer.error, true);
  await refresh();
  return chooseLook(answer.look);
}

function applyLook(name) {
  const scene = looksView.scope.value === 'all' ? null : look.scene;
  const wish = name ? wishOf(look.still ? look.kind : '', scene) : { scene, look: null };
  looksView.home.close();
  tell('apply-look', { look: wish });
}
