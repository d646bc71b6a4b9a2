// Pictures of a LUT (its gray axis, slices of its lattice) and of the evidence it rests on.

/** An element with attributes and children; texts become text, never markup. */
function make(name, attributes = {}, ...children) {
  const vector = ['svg', 'path', 'line', 'circle', 'text'].includes(name);
  const made = vector ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** What a LUT makes of the grays: three curves over the diagonal. */
function drawCurves(home, lut, strength) {
  const side = 240, steps = 64;
  const drawing = make('svg', { viewBox: `-2 -2 ${side + 4} ${side + 4}`, role: 'img', 'aria-label': spoken(lut, strength), class: 'curves' });
  for (let k = 0; k <= 4; k++) {
    const at = (k * side) / 4;
    drawing.append(make('line', { class: 'grid', x1: at, x2: at, y1: 0, y2: side }), make('line', { class: 'grid', y1: at, y2: at, x1: 0, x2: side }));
  }
  drawing.append(make('path', { class: 'even', d: `M0 ${side}L${side} 0` }));
  const color = [0, 0, 0], paths = ['', '', ''];
  for (let k = 0; k <= steps; k++) {
    moved(lut, strength, k / steps, k / steps, k / steps, color);
    for (let c = 0; c < 3; c++) paths[c] += `${k ? 'L' : 'M'}${((k * side) / steps).toFixed(1)} ${((1 - color[c]) * side).toFixed(1)}`;
  }
  paths.forEach((d, c) => drawing.append(make('path', { class: `trace ${'rgb'[c]}`, d })));
  home.replaceChildren(drawing);
}

/** The grays at a quarter, a half and three quarters in words. */
function spoken(lut, strength) {
  const color = [0, 0, 0];
  const said = [0.25, 0.5, 0.75].map((gray) => {
    moved(lut, strength, gray, gray, gray, color);
    return `${Math.round(gray * 1023)} becomes ${color.map((value) => Math.round(value * 1023)).join(', ')}`;
  });
  return `The grays in code values of ten bits: ${said.join('; ')}`;
}

const moved = (lut, strength, r, g, b, out) => (lut ? through(lut, strength, r, g, b, out, 0) : out.splice(0, 3, r, g, b));

/** Where a LUT takes the colors of three slices of even luma: a line from each to what becomes of it. */
function drawSlices(home, lut, strength) {
  home.replaceChildren(...[0.3, 0.5, 0.7].map((luma) => slice(lut, strength, luma)));
}

function slice(lut, strength, luma) {
  const drawing = make('svg', { viewBox: '-54 -54 108 108', role: 'img', 'aria-label': `Slice at ${Math.round(luma * 100)} % luma`, class: 'slice' });
  drawing.append(make('line', { class: 'grid', x1: -54, x2: 54, y1: 0, y2: 0 }), make('line', { class: 'grid', y1: -54, y2: 54, x1: 0, x2: 0 }));
  const color = [0, 0, 0];
  for (let across = -5; across <= 5; across++) {
    for (let up = -5; up <= 5; up++) {
      const [cb, cr] = [across * 0.07, up * 0.07];
      const b = luma + CHROMA[0] * cb, r = luma + CHROMA[1] * cr, g = (luma - LUMA[0] * r - LUMA[2] * b) / LUMA[1];
      if ([r, g, b].some((value) => value < 0 || value > 1)) continue;
      moved(lut, strength, r, g, b, color);
      const [tob, tor] = chromaOf(...color);
      const hue = `rgb(${[r, g, b].map((value) => Math.round(value * 255)).join(',')})`;
      drawing.append(make('line', { class: 'way', x1: cb * 110, y1: -cr * 110, x2: tob * 110, y2: -tor * 110 }));
      drawing.append(make('circle', { cx: tob * 110, cy: -tor * 110, r: 1.7, fill: hue }));
    }
  }
  return make('figure', { class: 'slice-box' }, drawing, make('figcaption', {}, `${Math.round(luma * 1023)}`));
}

/** What a shot's links rest on: pairs of frames, with lines between what was found in both. */
function drawEvidence(home, shot, store, smallPicture) {
  if (!shot.evidence.length) {
    home.replaceChildren(make('p', { class: 'quiet' }, 'No surface of this shot was seen in another one.'));
    return;
  }
  home.replaceChildren(...shot.evidence.map((said) => {
    const other = store.shot(said.with);
    const pictures = [[shot, said.at[0]], [other, said.at[1]]].map(([each, frame]) => smallPicture(each, frame, `${each.name}, frame ${frame}`));
    const lines = make('svg', { viewBox: '0 0 212 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    for (const [xa, ya, xb, yb] of said.places) {
      const ends = { x1: 100 * xa, y1: 100 * ya, x2: 112 + 100 * xb, y2: 100 * yb };
      lines.append(make('line', { class: 'match', ...ends }));
    }
    const button = make('button', { type: 'button', class: 'plain', 'data-show': said.with, dir: 'auto' }, other.name);
    const figures = ` ${said.matches} matches, ${said.unit} ${said.step}, ${said.kind}`;
    return make('figure', { class: 'link' }, make('div', { class: 'linked' }, ...pictures, lines), make('figcaption', {}, button, figures));
  }));
}
