// What the page holds: shots, their LUTs and strengths, and their pictures as they are asked for.

const KEPT = 48;  // decoded pictures, half a megabyte each

function makeStore(data) {
  const shots = new Map(data.shots.map((shot) => [shot.id, shot]));
  const luts = new Map();  // as they are asked for
  const set = new Set();  // shots whose LUT is another one now
  const strengths = new Map(data.shots.map((shot) => [shot.id, 1]));
  const bitmaps = new Map();
  const urls = new Map();
  const views = data.views.map(viewOf);
  let codes = false;

  const held = (key) => document.querySelector(`img[data-picture="${CSS.escape(key)}"][src]`);

  /** The JPEG under a key as base64: from the data, or from the picture on the page that holds it. */
  const textOf = (key) => data.pictures[key] ?? held(key)?.getAttribute('src')?.split(',')[1] ?? null;

  const keyOf = (shot, frame) => `${shot.owner}/${frame ?? shot.middle}`;

  const blobOf = (key) => {
    const text = textOf(key);
    return text === null ? null : new Blob([bytesOf(text)], { type: 'image/jpeg' });
  };

  async function decoded(key) {
    const blob = blobOf(key);
    return blob && createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' }).catch(() => null);
  }

  return {
    shot: (id) => shots.get(id) ?? { id, name: id, owner: id, frames: [], middle: null, evidence: [] },
    has: (id) => shots.has(id),

    /** A shot's LUT at a frame, by default the middle one: a grade may change inside its shot. */
    lut(id, frame) {
      const shot = shots.get(id);
      const key = shot && data.luts[keyOf(shot, frame)] && !set.has(id) ? keyOf(shot, frame) : id;
      if (!luts.has(key)) luts.set(key, lutOf(data.luts[key === id ? shot?.owner : key], data.size, data.low, data.span));
      return luts.get(key);
    },
    strength: (id) => strengths.get(id) ?? 1,
    setLut: (id, text, size) => set.add(id) && luts.set(id, lutOf(text, size)),
    setStrength: (id, value) => strengths.set(id, Math.min(1, Math.max(0, Number(value)))),

    /** The view through which a shot is shown; null for codes as they are. */
    view: (shot) => (codes ? null : views[shot.view] ?? null),
    /** The view of a shot whether codes are shown or not; null for SDR. */
    viewOf: (shot) => views[shot.view] ?? null,
    get codes() { return codes; },
    showCodes(on) { codes = on; },

    /** A URL of a shot's picture, for an image element; null where none is stored. */
    source(shot, frame) {
      const key = keyOf(shot, frame);
      if (!urls.has(key)) {
        const blob = blobOf(key);
        urls.set(key, blob && URL.createObjectURL(blob));
      }
      return urls.get(key);
    },

    /** A shot's picture, or the one under a key, decoded, its colors untouched; null where none is stored. */
    bitmap(shot, frame, at = null) {
      const key = at ?? keyOf(shot, frame);
      const found = bitmaps.get(key) ?? decoded(key);
      bitmaps.delete(key);
      bitmaps.set(key, found);
      if (bitmaps.size > KEPT) bitmaps.delete(bitmaps.keys().next().value);
      return found;
    },
  };
}
