// Tools of scenes and cards: made once, drawn anew with each state.

// The value of a wish, and its text; 0.5 is usual.
const BOLDNESS = [['', 'as the run'], ['0', 'only proven'], ['0.5', 'usual'], ['0.75', 'bold'], ['1', 'full size'], ['mixed', 'by shot']];

const sceneTools = new Map(), cardTools = new Map();

function makeSceneTools(section) {
  const id = section.dataset.scene;
  const strength = el('input', { type: 'range', min: 0, max: 1, step: 0.01, 'aria-label': `Strength of ${id}` });
  const tools = {
    anchor: el('select', { class: 'tool', onchange: (event) => change('anchor', { scene: id, anchor: event.target.value || null }) },
      ...Object.entries(ANCHORS).map(([value, text]) => el('option', { value }, text))),
    boldness: el('select', { class: 'tool', title: 'How much of what nothing proves is corrected', onchange: (event) => setBoldness(id, event.target.value) },
      ...BOLDNESS.map(([value, text]) => el('option', { value }, text))),
    look: button('none', () => showLooks(id), { 'aria-haspopup': 'dialog' }),
    strength,
    said: el('output', {}),
    solve: button('Solve again', () => tell('solve', { scene: id })),
    ask: el('span', { class: 'ask' }),
    difference: el('span', { class: 'difference', dir: 'auto' }),
  };
  strength.addEventListener('input', () => {
    tools.said.value = SLIDERS.strength.say(strength.valueAsNumber);
    for (const shot of sceneOf(id).shots) preview(shot, strength.valueAsNumber, shotOf(shot).trim);
  });
  strength.addEventListener('change', () => change('strength', { shots: sceneOf(id).shots, strength: strength.valueAsNumber }));
  slot('scene', section).append(
    el('label', {}, 'Towards', tools.anchor), el('span', { class: 'label' }, 'Look', tools.look),
    el('label', {}, 'Boldness', tools.boldness), el('label', {}, 'Strength', strength, tools.said), tools.solve, tools.ask, tools.difference,
  );
  sceneTools.set(id, tools);
}

function drawScene(scene) {
  const tools = sceneTools.get(scene.id);
  const strengths = scene.shots.map((id) => shotOf(id).strength);
  tools.anchor.value = scene.anchor ?? '';
  const bold = new Set(scene.shots.map((id) => shotOf(id).boldness ?? ''));
  tools.boldness.value = bold.size === 1 ? String([...bold][0]) : 'mixed';
  tools.look.textContent = scene.look ?? 'none …';
  tools.look.setAttribute('aria-label', `Look of ${scene.id}: ${scene.look ?? 'none'}`);
  tools.strength.value = strengths.reduce((sum, value) => sum + value, 0) / strengths.length;
  tools.said.value = SLIDERS.strength.say(tools.strength.valueAsNumber);
  tools.solve.classList.toggle('main', !scene.solved);
  const missing = scene.shots.filter((id) => shotOf(id).missing);
  tools.ask.textContent = missing.length ? `media missing: ${missing.join(', ')}` : scene.solved ? '' : 'changed since it was solved';
  sectionOf(scene.id).classList.toggle('unchecked', !scene.checked);
}

const setBoldness = (id, value) => value !== 'mixed' && change('boldness', { shots: sceneOf(id).shots, boldness: value === '' ? null : Number(value) });

const VERBS = {
  hero: { text: 'Hero', key: 'h', on: (shot) => shot.hero, act: (shot) => change('hero', { scene: shot.scene, shot: shot.hero ? null : shot.id }) },
  lock: { text: 'Lock', key: 'l', on: (shot) => shot.lock, act: (shot) => change('lock', { shots: [shot.id], lock: !shot.lock }) },
  accepted: { text: 'Accept', key: 'a', on: (shot) => shot.verdict === 'accepted', act: (shot) => judge(shot, 'accepted') },
  rejected: { text: 'Reject', key: 'x', on: (shot) => shot.verdict === 'rejected', act: (shot) => judge(shot, 'rejected') },
};
const judge = (shot, verdict) => change('verdict', { shots: [shot.id], verdict: shot.verdict === verdict ? null : verdict });

/** The buttons of one shot, and where it can go; ``current`` gives its id. */
function makeJudging(home, current) {
  const tools = Object.fromEntries(Object.entries(VERBS).map(([name, { text, key, act }]) =>
    [name, button(text, () => act(shotOf(current())), { 'aria-keyshortcuts': key.toUpperCase(), 'data-verb': name })]));
  tools.move = el('select', { class: 'tool', 'aria-label': 'Move to scene', onchange: (event) => moveTo(current(), event.target.value) });
  home.append(...Object.values(tools));
  return tools;
}

function drawJudging(tools, shot) {
  for (const [name, { on }] of Object.entries(VERBS)) tools[name].setAttribute('aria-pressed', on(shot));
  tools.move.replaceChildren(...state.scenes.map(({ id }) => el('option', { value: id }, titleOf(id))), el('option', { value: '' }, 'A new scene'));
  tools.move.value = shot.scene;
}

function newScene() {
  for (let number = 1; ; number += 1) {
    const id = `scene_${String(number).padStart(3, '0')}`;
    if (!sceneOf(id)) return id;
  }
}

const moveTo = (id, scene) => scene !== shotOf(id).scene && change('move', { shots: [id], scene: scene || newScene() });

function makeCard(card) {
  const id = card.dataset.shot;
  card.draggable = true;
  for (const picture of all('img', card)) picture.draggable = false;
  cardTools.set(id, makeJudging(slot('card', card), () => id));
}

/** What a grade does, as the page says it. */
const sentence = (words) => (words === 'no change' ? 'Keeps its own colors.' : `${words[0].toUpperCase()}${words.slice(1)}.`);

/** A shot that is steadied can be left as it is, and the other way round; the curves are of the grade on disk. */
function drawSteady(card, shot) {
  const home = slot('card', card), off = shot.steady === 'off';
  let tool = home.querySelector('[data-verb=steady]');
  if (!tool && !shot.steadied && !off) return;
  if (!tool) home.append(tool = button('', () => change('steady', { shots: [shot.id], steady: shotOf(shot.id).steady === 'off' ? null : 'off' }), { 'data-verb': 'steady' }));
  tool.textContent = off ? 'Steady' : 'Steady off';
}

function drawCard(shot) {
  const card = cardOf(shot.id), title = card.querySelector('h3');
  const done = card.querySelector('.done'), course = card.querySelector('.course');
  if (written.get(shot.id) !== shot.lut) card.classList.add('rewritten');
  done.dataset.written ??= done.textContent;
  done.textContent = card.matches('.rewritten') || (course && !shot.steadied) ? sentence(shot.description) : done.dataset.written;
  drawJudging(cardTools.get(shot.id), shot);
  if (course) course.hidden = !shot.steadied;
  drawSteady(card, shot);
  card.classList.toggle('rejected', shot.verdict === 'rejected');
  for (const badge of all('.badge', title)) badge.remove();
  if (shot.hero) title.append(' ', el('span', { class: 'badge hero' }, 'hero'));
  if (shot.lock) title.append(' ', el('span', { class: 'badge' }, 'locked'));
  if (shot.verdict) title.append(' ', el('span', { class: 'badge' }, shot.verdict));
}

// The shot view's hand: sliders that show at once what they would do, and say it when they are let go.

const desk = document.getElementById('desk');
const hand = el('div', { class: 'hand' }), judging = el('div', { class: 'judging' });
slot('shot').prepend(hand, judging);
const deskTools = makeJudging(judging, () => desk.dataset.shot);
judging.append(button('No trim', () => change('trim', { shots: [desk.dataset.shot], trim: NEUTRAL })),
  button('Strength as solved', () => change('strength', { shots: [desk.dataset.shot], strength: null })));
const sliders = Object.fromEntries(Object.entries(SLIDERS).map(([name, { label, step, say: spell }]) => {
  const range = el('input', { type: 'range', step, 'data-slider': name }), output = el('output', {});
  hand.append(el('label', {}, label, range, output));
  range.addEventListener('input', () => {
    output.value = spell(range.valueAsNumber, shotOf(desk.dataset.shot).share);
    performance.mark('otiograde:input');
    preview(desk.dataset.shot, sliders.strength.range.valueAsNumber, trimOf());
  });
  range.addEventListener('change', () => {
    const shots = [desk.dataset.shot];
    if (name === 'strength') change('strength', { shots, strength: range.valueAsNumber });
    else change('trim', { shots, trim: trimOf() });
  });
  range.addEventListener('dblclick', () => {
    range.value = NEUTRAL[name] ?? 1;
    range.dispatchEvent(new Event('input'));
    range.dispatchEvent(new Event('change'));
  });
  return [name, { range, output, spell }];
}));

const trimOf = () => Object.fromEntries(Object.keys(NEUTRAL).map((name) => [name, sliders[name].range.valueAsNumber]));

function drawHand() {
  const shot = desk.open && shotOf(desk.dataset.shot);
  if (!shot) return;
  desk.querySelector('header').classList.toggle('unchecked', !sceneOf(shot.scene).checked);
  drawJudging(deskTools, shot);
  for (const [name, { range, output, spell }] of Object.entries(sliders)) {
    [range.min, range.max] = state.limits[name] ?? [0, 1];
    range.value = name === 'strength' ? shot.strength : shot.trim[name];
    output.value = spell(range.valueAsNumber, shot.share);
  }
}

document.addEventListener('otiograde:show', drawHand);

const wanted = new Map();
let previewing = false;

/** Show a shot at another strength and with another trim; of many wishes only the last one is asked for. */
async function preview(shot, strength, trim) {
  wanted.set(shot, { shot, strength, trim });
  if (previewing) return;
  previewing = true;
  while (wanted.size) {
    const [[id, wish]] = wanted;
    wanted.delete(id);
    const answer = await ask('preview', wish);
    if (answer?.lattice) show(id, answer);
  }
  previewing = false;
  await new Promise(requestAnimationFrame);
  if (performance.getEntriesByName('otiograde:input').length) {
    performance.measure('otiograde:preview', 'otiograde:input');
    performance.clearMarks('otiograde:input');
  }
}

function show(id, lut) {
  shown.set(id, lut.digest);
  page.setLut(id, lut.lattice, lut.size);
}
