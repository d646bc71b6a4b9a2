// Waveform, parade, vectorscope and histogram of a picture: counted as otiograde.color.scopes counts, and drawn.

const LUMA = [0.2126, 0.7152, 0.0722];  // ITU-R BT.709-6, item 3.2
const CHROMA = [1.8556, 1.5748];  // what B' - Y' and R' - Y' are divided by, item 3.3
const LEVELS = 256, COLUMNS = 180;
const SKIN = 123;  // degrees from the axis of Cb: the NTSC I axis, where skin of every tone lies
const BARS = { R: [0.75, 0, 0], Mg: [0.75, 0, 0.75], B: [0, 0, 0.75], Cy: [0, 0.75, 0.75], G: [0, 0.75, 0], Yl: [0.75, 0.75, 0] };
const TRACES = [[255, 104, 92], [104, 214, 122], [104, 146, 255]];
const GRAY = [214, 214, 214];

const lumaOf = (r, g, b) => LUMA[0] * r + LUMA[1] * g + LUMA[2] * b;
const chromaOf = (r, g, b) => {
  const y = lumaOf(r, g, b);
  return [(b - y) / CHROMA[0], (r - y) / CHROMA[1]];
};

const counts = {
  /** How often a level 0 to 255 of Y' occurs in a column: [level * columns + column]. */
  waveform({ data, width }, columns = COLUMNS) {
    const found = new Uint32Array(LEVELS * columns);
    for (let k = 0, x = 0; k < data.length; k += 4, x = x + 1 === width ? 0 : x + 1) {
      const level = Math.floor(lumaOf(data[k], data[k + 1], data[k + 2]) + 0.5);
      found[level * columns + Math.floor((x * columns) / width)]++;
    }
    return found;
  },
  /** The same for R', G' and B', one after another. */
  parade({ data, width }, columns = COLUMNS / 3) {
    const found = new Uint32Array(3 * LEVELS * columns);
    for (let k = 0, x = 0; k < data.length; k += 4, x = x + 1 === width ? 0 : x + 1) {
      const column = Math.floor((x * columns) / width);
      for (let c = 0; c < 3; c++) found[(c * LEVELS + data[k + c]) * columns + column]++;
    }
    return found;
  },
  /** How often a Cb and Cr occur: [row * 256 + column], Cb from left to right, Cr from bottom to top. */
  vectorscope({ data }) {
    const found = new Uint32Array(LEVELS * LEVELS);
    for (let k = 0; k < data.length; k += 4) {
      const [cb, cr] = chromaOf(data[k], data[k + 1], data[k + 2]);
      found[(255 - Math.floor(cr + 128)) * LEVELS + Math.floor(cb + 128)]++;
    }
    return found;
  },
  /** How often each code of R', G' and B' occurs: [channel * 256 + code]. */
  histogram({ data }) {
    const found = new Uint32Array(3 * LEVELS);
    for (let k = 0; k < data.length; k += 4) for (let c = 0; c < 3; c++) found[c * LEVELS + data[k + c]]++;
    return found;
  },
};

/** Draw the scopes of a picture: `canvases` by name. */
function drawScopes(image, canvases) {
  const pixels = image.data.length / 4;
  trace(canvases.waveform, COLUMNS, LEVELS, (put) => spread(counts.waveform(image), COLUMNS, GRAY, pixels / COLUMNS, 0, put));
  ruler(canvases.waveform);
  const third = COLUMNS / 3, parade = counts.parade(image);
  trace(canvases.parade, COLUMNS, LEVELS, (put) => TRACES.forEach((color, c) => {
    spread(parade.subarray(c * LEVELS * third, (c + 1) * LEVELS * third), third, color, pixels / third, c * third, put);
  }));
  ruler(canvases.parade);
  trace(canvases.vectorscope, LEVELS, LEVELS, (put) => {
    counts.vectorscope(image).forEach((count, k) => {
      if (count) put(k % LEVELS, Math.floor(k / LEVELS), GRAY, 0.8 * glow(count, pixels / 120));
    });
  });
  targets(canvases.vectorscope);
  bins(canvases.histogram, counts.histogram(image));
}

const glow = (count, bright) => Math.min(1, 0.25 + (0.75 * Math.log1p(count)) / Math.log1p(bright * 0.06 + 1));

function spread(found, columns, color, bright, left, put) {
  for (let level = 0; level < LEVELS; level++) {
    for (let x = 0; x < columns; x++) {
      const count = found[level * columns + x];
      if (count) put(left + x, LEVELS - 1 - level, color, glow(count, bright));
    }
  }
}

/** A canvas of so many points, each given a color and how bright it is. */
function trace(canvas, width, height, fill) {
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  fill((x, y, color, alpha) => {
    const k = 4 * (y * width + x);
    for (let c = 0; c < 3; c++) image.data[k + c] = color[c];
    image.data[k + 3] = 255 * alpha;
  });
  context.putImageData(image, 0, 0);
  return context;
}

/** Say what the lines of waveform and parade are: code values of ten bits, or with a view the light that codes stand for. */
function sayScale(home, view) {
  const scene = view?.scene;
  for (const list of home.querySelectorAll('.codes')) {
    [...list.children].forEach((line, k) => {
      const code = 1 - k / 4;
      line.textContent = view ? (scene ? stopsOf : nitsOf)(lightsOf(view, [code, code, code])[1]) : String(Math.round(1024 * code - (k ? 0 : 1)));
    });
    const caption = list.parentElement.querySelector('figcaption');
    caption.dataset.name ??= caption.textContent;
    caption.textContent = caption.dataset.name + (view ? (scene ? ', stops from a gray card' : ', cd/m²') : '');
  }
}

/** Light of a display, where diffuse white is 203 cd/m2 (BT.2408-7, 2.2), and of a scene, where a gray card is 0.2. */
const nitsOf = (light) => (light * 203 >= 9999 ? '10k' : light * 203 >= 10 ? (light * 203).toFixed(0) : (light * 203).toFixed(1));
const stopsOf = (light) => (light > 1e-4 ? `${light < 0.2 ? '−' : '+'}${Math.abs(Math.log2(light / 0.2)).toFixed(1)}` : '–');

/** Lines at code values of ten bits, full range. */
function ruler(canvas) {
  const context = canvas.getContext('2d');
  const { width, height } = canvas;
  context.fillStyle = 'rgba(255, 255, 255, .16)';
  for (let k = 0; k <= 4; k++) context.fillRect(0, Math.round((k * (height - 1)) / 4), width, 1);
}

/** The boxes of 75 % color bars, the cross, and the line on which skin lies. */
function targets(canvas) {
  const context = canvas.getContext('2d');
  const place = (cb, cr) => [(cb + 0.5) * 255 + 0.5, (0.5 - cr) * 255 + 0.5];
  context.strokeStyle = context.fillStyle = 'rgba(255, 255, 255, .30)';
  context.font = '12px system-ui, sans-serif';
  context.textAlign = 'center';
  context.beginPath();
  context.arc(...place(0, 0), 127, 0, 2 * Math.PI);
  for (const [from, to] of [[[-0.5, 0], [0.5, 0]], [[0, -0.5], [0, 0.5]]]) {
    context.moveTo(...place(...from));
    context.lineTo(...place(...to));
  }
  for (const [name, color] of Object.entries(BARS)) {
    const [cb, cr] = chromaOf(...color);
    const [x, y] = place(cb, cr), out = 1 + 0.075 / Math.hypot(cb, cr), [tx, ty] = place(cb * out, cr * out);
    context.strokeRect(x - 6, y - 6, 12, 12);
    context.fillText(name, tx, ty + 4);
  }
  context.stroke();
  context.beginPath();
  context.strokeStyle = 'rgba(255, 206, 170, .75)';
  context.moveTo(...place(0, 0));
  const angle = (SKIN * Math.PI) / 180;
  context.lineTo(...place(0.5 * Math.cos(angle), 0.5 * Math.sin(angle)));
  context.stroke();
}

function bins(canvas, found) {
  [canvas.width, canvas.height] = [LEVELS, 128];
  const context = canvas.getContext('2d');
  // The ends may hold all of a clipped sky: what lies between sets the height.
  const inner = [...found].filter((_, k) => k % LEVELS > 1 && k % LEVELS < LEVELS - 2);
  const top = Math.max(1, ...inner);
  context.globalCompositeOperation = 'screen';
  TRACES.forEach((color, c) => {
    context.fillStyle = `rgba(${color.join(', ')}, .62)`;
    for (let code = 0; code < LEVELS; code++) {
      const height = Math.min(1, Math.sqrt(found[c * LEVELS + code] / top)) * 124;
      context.fillRect(code, 128 - height, 1, height);
    }
  });
  context.globalCompositeOperation = 'source-over';
  context.fillStyle = 'rgba(255, 255, 255, .16)';
  for (let k = 0; k <= 4; k++) context.fillRect(Math.min(LEVELS - 1, k * 64), 0, 1, 128);
}
