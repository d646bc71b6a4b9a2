// The review's way to its server, which keeps what the tools say and answers with the state; and the bar that tells of it.
const page = window.otiograde;
const NEUTRAL = { exposure: 0, temperature: 0, tint: 0, saturation: 1 };
const percent = (value) => `${Math.round(value * 100)} %`;
const SLIDERS = {
  strength: { label: 'Strength', step: 0.01, say: (value, share = 1) => percent(value) + (share < 1 ? ` of ${percent(share)}` : '') },
  exposure: { label: 'Exposure', step: 0.05, say: (value) => `${signed(value, 2)} stops` },
  temperature: { label: 'Temperature', step: 1, say: (value) => `${signed(value, 0)} mired` },
  tint: { label: 'Tint', step: 0.5, say: (value) => signed(value, 1) },
  saturation: { label: 'Saturation', step: 0.01, say: (value) => percent(value) },
};
const ANCHORS = {
  '': 'as the run chose', balanced: 'least correction', average: 'its average', first: 'its first shot',
  brightest: 'its brightest shot', hero: 'its clearest shot',
};
const IDLE = 1500, BUSY = 120;

let state = null, queue = Promise.resolve(), ended = false;
const shown = new Map(), written = new Map();
const remembered = JSON.parse(sessionStorage.getItem('otiograde.review') ?? 'null');
sessionStorage.removeItem('otiograde.review');

const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const slot = (name, inside = document) => inside.querySelector(`.tools[data-tools=${name}]`);
const cardOf = (id) => document.querySelector(`.shot[data-shot="${CSS.escape(id)}"]`);
const sectionOf = (id) => document.querySelector(`.scene[data-scene="${CSS.escape(id)}"]`);
const shotOf = (id) => state.shots.find((shot) => shot.id === id);
const titleOf = (id) => sectionOf(id)?.querySelector('h2')?.textContent ?? id;
const sceneOf = (id) => state.scenes.find((scene) => scene.id === id);

function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value > 0 ? '+' : '−'}${text}`;
}

/** An element; ``on…`` are its listeners, everything else its attributes. */
function el(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

const button = (text, act, given = {}) => el('button', { type: 'button', class: 'tool', onclick: act, ...given }, text);

/** Ask the server; ``body`` makes it a POST. Null when the server is gone. */
async function ask(what, body) {
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  try {
    const answer = await fetch(`api/${what}`, body === undefined ? {} : post);
    return { status: answer.status, ...(await answer.json()) };
  } catch {
    ended = true;
    drawBars();
    return null;
  }
}

/** Ask for something that changes the state; one after the other, each for the revision that the last one made. */
function tell(what, values = {}) {
  queue = queue.then(async () => {
    words = { text: '', wrong: false };
    const answer = await ask(what, { revision: state.revision, ...values });
    if (!answer) return;
    if (answer.error) say(answer.error, true);
    if (answer.status === 409) await refresh();
    else if (answer.status === 202) {
      ({ job } = answer);
      pulse();
    }
    else if (!answer.error) apply(answer);
  });
  return queue;
}

const change = (kind, values) => tell('change', { change: { kind, ...values } });

async function refresh() {
  const answer = await ask('state');
  if (answer) apply(answer);
}

// The bar, at the foot of the page and in the shot view.

let words = { text: '', wrong: false }, job = null, outside = false;
const bars = [slot('page'), slot('shot')].map((home) => {
  const bar = {
    undo: button('Undo', () => tell('undo'), { 'aria-keyshortcuts': 'Control+Z' }),
    redo: button('Redo', () => tell('redo'), { 'aria-keyshortcuts': 'Control+Shift+Z' }),
    status: el('span', { class: 'status', role: 'status', dir: 'auto' }),
    progress: el('progress', { 'aria-label': 'Progress', hidden: true }),
    stop: button('Stop', () => ask('cancel', {}), { hidden: true }),
    again: button('Read again', () => tell('reload').then(() => leave()), { hidden: true }),
    save: button('Save', save, { class: 'tool main', 'aria-keyshortcuts': 'Control+S' }),
  };
  home.append(el('div', { class: 'bar' }, ...Object.values(bar)));
  return bar;
});

function say(text, wrong = false) {
  words = { text, wrong };
  drawBars();
}

function statusText() {
  if (ended) return 'The review has ended: start it again in the terminal. What was saved is saved.';
  if (job) return `${job.what}${job.scene ? ` ${titleOf(job.scene)}` : ''}${job.stage ? `: ${job.stage} ${job.done} of ${job.total}` : ' …'}`;
  if (outside) return 'Another program wrote these files. Read them again; your changes are made again on top.';
  if (words.text) return words.text;
  const asking = state.scenes.filter((scene) => !scene.solved).length;
  if (asking) return `Not saved. ${asking === 1 ? 'One scene changed since it was solved; saving solves it' : `${asking} scenes changed since they were solved; saving solves them`} first.`;
  if (state.dirty) return 'Not saved.';
  return state.undo || state.redo ? 'Saved.' : 'Nothing changed yet.';
}

function drawBars() {
  const text = statusText();
  document.documentElement.classList.toggle('at-work', Boolean(job));
  for (const bar of bars) {
    bar.undo.disabled = bar.redo.disabled = bar.save.disabled = true;
    if (!job && !ended && !outside) {
      bar.undo.disabled = !state.undo;
      bar.redo.disabled = !state.redo;
      bar.save.disabled = !state.dirty;
    }
    bar.undo.title = state.undo ? `Undo: ${state.undo}` : '';
    bar.redo.title = state.redo ? `Redo: ${state.redo}` : '';
    bar.progress.hidden = bar.stop.hidden = !job;
    if (job?.total) Object.assign(bar.progress, { max: job.total, value: job.done });
    else bar.progress.removeAttribute('value');
    bar.again.hidden = !outside || Boolean(job);
    if (bar.status.textContent !== text) bar.status.textContent = text;
    bar.status.classList.toggle('wrong', ended || outside || (words.wrong && !job));
  }
}

function save() {
  const gone = state.scenes.some((scene) => !scene.solved && scene.shots.some((id) => shotOf(id).missing));
  tell('save', { solve: !gone });
}
