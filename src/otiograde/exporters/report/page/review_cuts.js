// The cuts of a finished movie: two shots joined where none was, and one shot split where a cut was missed.

for (const figure of all('.found-cut')) {
  const { first, second } = figure.dataset;
  slot('cut', figure).append(button('No cut: join', () => change('join', { first, second }), { 'aria-label': `No cut: join ${first} and ${second}` }));
}

const split = {
  home: el('div', { class: 'splitting' }),
  range: el('input', { type: 'range', step: 1, 'data-slider': 'split' }),
  output: el('output', {}),
  pictures: ['last frame before', 'first frame after'].map((alt) => el('img', { class: 'edge', alt })),
  button: button('Split here', () => change('split', { shot: desk.dataset.shot, frame: split.range.valueAsNumber })),
};
split.home.append(el('label', {}, 'Missed cut', split.range, split.output), el('div', { class: 'couple' }, ...split.pictures), split.button);
slot('shot').append(split.home);

let peeking = false, peeked = '';

/** Show the frames on both sides of a place; of many wishes only the last one is asked for. */
async function peek() {
  split.output.value = `frame ${split.range.value}`;
  if (peeking) return;
  peeking = true;
  for (let place; (place = `${desk.dataset.shot}/${split.range.value}`) !== peeked;) {
    const [shot, frame] = [desk.dataset.shot, split.range.valueAsNumber];
    for (const [k, picture] of split.pictures.entries()) {
      const answer = await ask(`frame/${shot}/${frame - 1 + k}`);
      if (answer?.jpeg) picture.src = `data:image/jpeg;base64,${answer.jpeg}`;
      else if (answer?.error) say(answer.error, true);
    }
    peeked = place;
  }
  peeking = false;
}
split.range.addEventListener('input', peek);

function drawSplit() {
  const shot = desk.open && shotOf(desk.dataset.shot);
  split.home.hidden = !shot?.splits || Boolean(shot.missing);
  if (split.home.hidden || split.home.dataset.shot === shot.id) return;
  split.home.dataset.shot = shot.id;
  [split.range.min, split.range.max] = shot.splits;
  split.range.value = Math.round((shot.splits[0] + shot.splits[1]) / 2);
  peek();
}

document.addEventListener('otiograde:show', drawSplit);
