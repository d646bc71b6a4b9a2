// From the state to the page.

function apply(next) {
  const ids = (scenes) => scenes.map(({ id }) => id).join('\n');
  const first = state === null;
  state = next;
  const there = all('.scene').map((section) => ({ id: section.dataset.scene }));
  // Once: a page that does not come out as the state has it would be made anew for ever.
  const cards = all('.shot').map((card) => card.dataset.shot).sort().join('\n');
  const same = ids(state.scenes) === ids(there) && cards === state.shots.map(({ id }) => id).sort().join('\n');
  if (!same && !(first && remembered?.anew)) return leave(null, true);
  if (first) {
    for (const { id, lut } of state.shots) {
      shown.set(id, lut);
      written.set(id, lut);
    }
    all('.scene').forEach(makeSceneTools);
    all('.shot').forEach(makeCard);
  } else {
    for (const tools of sceneTools.values()) tools.difference.textContent = '';
  }
  for (const { id, steadied } of state.shots) {
    if (steadied && unsteadied.has(id)) return leave(null, true);  // only the server knows its LUTs
    if (!steadied && !unsteadied.has(id) && cardOf(id).querySelector('.course')) shown.delete(id);
    if (!steadied) unsteadied.add(id);
  }
  state.scenes.forEach(arrange);
  state.scenes.forEach(drawScene);
  state.shots.forEach(drawCard);
  drawHand();
  drawSplit();
  drawBars();
  return state.shots.filter((shot) => shown.get(shot.id) !== shot.lut).forEach(fetchLut);
}

const unsteadied = new Set();

async function fetchLut({ id }) {
  const answer = await ask(`lut/${id}`);
  if (answer?.lattice) show(id, answer);
}

/** Put a scene's cards where the state has them. */
function arrange(scene) {
  const strip = sectionOf(scene.id).querySelector('.filmstrip');
  const there = all('.shot', strip).map((card) => card.dataset.shot);
  if (there.join() === scene.shots.join()) return;
  const focused = document.activeElement;
  strip.append(...scene.shots.map(cardOf));
  if (focused instanceof HTMLElement && strip.contains(focused)) focused.focus({ preventScroll: true });
}

/** Have the page made anew by the server, and come back to the same place. */
function leave(outcome = null, anew = false) {
  const shot = desk.open ? desk.dataset.shot : null;
  const scene = all('.scene').find((section) => section.getBoundingClientRect().bottom > 0);
  const seen = scene && { id: scene.dataset.scene, top: scene.getBoundingClientRect().top };
  sessionStorage.setItem('otiograde.review', JSON.stringify({ top: scrollY, seen, shot, outcome, anew }));
  location.reload();
}

function ending(outcome) {
  for (const { scene, before, after, unit, moved } of outcome.comparisons) {
    const apart = before === null || after === null ? '' : `: ${unit} between its shots ${before.toFixed(1)} → ${after.toFixed(1)}`;
    const far = Object.entries(moved).filter(([, by]) => by >= 0.05).map(([shot, by]) => `${shotOf(shot).name} by ΔE00 ${by.toFixed(1)}`);
    const tools = sceneTools.get(scene);
    if (tools) tools.difference.textContent = `Solved again${apart}. ${far.length ? `Moved: ${far.join(', ')}.` : 'Nothing moved.'}`;
  }
  say(outcome.message, outcome.failed);
}

let timer = 0;

async function pulse() {
  clearTimeout(timer);
  const found = await ask('pulse');
  if (!found) return;
  const worked = job !== null;
  ({ job, outside } = found);
  if (!job && found.outcome && (worked || found.revision !== state.revision) && !found.outcome.failed) return leave(found.outcome);
  if (worked && !job && found.outcome) say(found.outcome.message, true);
  if (found.revision !== state.revision) await refresh();
  drawBars();
  timer = setTimeout(pulse, job ? BUSY : IDLE);
}

// Dragging a shot into another scene, and the keys that do the same.

const newcomer = el('div', { class: 'newcomer' }, 'A new scene');
document.getElementById('scenes').append(newcomer);
const goalOf = (target) => target.closest?.('.scene, .newcomer') ?? null;
let dragged = null;

document.addEventListener('dragstart', (event) => {
  const card = event.target.closest?.('.shot[draggable=true]');
  if (!card) return;
  dragged = card.dataset.shot;
  event.dataTransfer.setData('text/plain', dragged);
  event.dataTransfer.effectAllowed = 'move';
  card.classList.add('dragged');
  // After this event: a page that moves under the pointer would end the drag.
  setTimeout(() => document.documentElement.classList.add('dragging'));
});
document.addEventListener('dragover', (event) => {
  const goal = dragged && goalOf(event.target);
  for (const other of all('.over')) other.classList.toggle('over', other === goal);
  if (!goal) return;
  event.preventDefault();
  goal.classList.add('over');
});
document.addEventListener('drop', (event) => {
  const goal = dragged && goalOf(event.target);
  if (!goal) return;
  event.preventDefault();
  moveTo(dragged, goal.dataset.scene ?? '');
});
document.addEventListener('dragend', () => {
  dragged = null;
  document.documentElement.classList.remove('dragging');
  for (const each of all('.dragged, .over')) each.classList.remove('dragged', 'over');
});

document.addEventListener('keydown', (event) => {
  const key = event.key.toLowerCase();
  if (event.target.matches('input[type=text]')) return;
  if (event.ctrlKey || event.metaKey) {
    const act = { z: event.shiftKey ? 'redo' : 'undo', y: 'redo' }[key];
    if (act) tell(act);
    if (key === 's' && state.dirty) save();
    if (act || key === 's') event.preventDefault();
    return;
  }
  const id = desk.open ? desk.dataset.shot : event.target.closest?.('.shot')?.dataset.shot;
  if (!id || job || event.target.matches('select, input:not([type=range]):not([type=radio])')) return;
  const verb = Object.values(VERBS).find((each) => each.key === key);
  if (verb && !event.altKey) verb.act(shotOf(id));
  const step = event.altKey && { arrowup: -1, arrowdown: 1 }[key];
  const scene = step && state.scenes[state.scenes.indexOf(sceneOf(shotOf(id).scene)) + step];
  if (scene) {
    event.preventDefault();
    moveTo(id, scene.id);
  }
});

document.addEventListener('visibilitychange', () => document.hidden || pulse());

refresh().then(() => {
  if (remembered) {
    const seen = remembered.seen && sectionOf(remembered.seen.id);
    const top = seen ? scrollY + seen.getBoundingClientRect().top - remembered.seen.top : remembered.top;
    scrollTo({ top, behavior: 'instant' });
    if (shotOf(remembered.shot)) page.show(remembered.shot);
    if (remembered.outcome) ending(remembered.outcome);
  }
  document.documentElement.classList.add('reviewing');
  pulse();
});
