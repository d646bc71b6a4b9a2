// Colors through a lattice, on the CPU: what the shader does, number by number.

/** Bytes of a base64 text. */
function bytesOf(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let k = 0; k < binary.length; k++) bytes[k] = binary.charCodeAt(k);
  return bytes;
}

/** A LUT: `size` nodes a side, `nodes` four floats each (the fourth unused), red fastest, from `low` on. Null for none. */
function lutOf(text, size, low = 0, span = 1) {
  if (!text) return null;
  const codes = new DataView(bytesOf(text).buffer);
  const count = size ** 3;
  if (codes.byteLength !== count * 6) throw new Error(`a LUT of ${size} nodes a side has ${count * 6} bytes`);
  const nodes = new Float32Array(count * 4);
  for (let k = 0; k < count * 3; k++) {
    nodes[4 * Math.floor(k / 3) + (k % 3)] = low + (span * codes.getUint16(2 * k, true)) / 65535;
  }
  return { size, nodes };
}

/** A LUT that changes nothing. */
const PLAIN = { size: 2, nodes: new Float32Array([...Array(8).keys()].flatMap((k) => [k & 1, (k >> 1) & 1, k >> 2, 0])) };

const LUMA_2020 = [0.2627, 0.6780, 0.0593];  // ITU-R BT.2020-2, table 4

/** A view from its JSON: how codes of an encoding are shown on an SDR display. */
const viewOf = ({ curve, shown, ...rest }) => ({ ...rest, curve: new Float32Array(bytesOf(curve).buffer), shown: new Float32Array(bytesOf(shown).buffer) });

/** The value of a table at a place from 0 to 1. */
function valueAt(table, place) {
  const at = place * (table.length - 1), left = Math.min(Math.floor(at), table.length - 2);
  return table[left] + (at - left) * (table[left + 1] - table[left]);
}

/** Light of BT.709, 1 for diffuse white, of a color [0, 1] of codes. */
function lightsOf(view, codes) {
  let light = codes.map((code) => valueAt(view.curve, code));
  if (view.power) {
    const gain = Math.max(light[0] * LUMA_2020[0] + light[1] * LUMA_2020[1] + light[2] * LUMA_2020[2], 1e-30) ** view.power;
    light = light.map((value) => value * gain);
  }
  return view.matrix.map((row) => row[0] * light[0] + row[1] * light[1] + row[2] * light[2]);
}

/** A color [0, 1] of codes as a view shows it, in the same array. */
function seenThrough(view, color) {
  lightsOf(view, color).forEach((light, c) => {
    color[c] = valueAt(view.shown, (Math.min(Math.max(light, 0), view.most) / view.most) ** 0.25);
  });
}

/** One color [0, 1] through a LUT in its tetrahedron, `strength` of the way; written to out[at], out[at + 1], out[at + 2]. */
function through(lut, strength, r, g, b, out, at) {
  const last = lut.size - 1;
  const x = r * last, y = g * last, z = b * last;
  const i = Math.min(Math.floor(x), last - 1), j = Math.min(Math.floor(y), last - 1), k = Math.min(Math.floor(z), last - 1);
  const red = x - i, green = y - j, blue = z - k;
  const across = [4, 4 * lut.size, 4 * lut.size * lut.size];
  const parts = [red, green, blue];
  // The edges of the tetrahedron: along the axis of the largest part first, the smallest last.
  const [a, m, s] = red >= green
    ? green >= blue ? [0, 1, 2] : red >= blue ? [0, 2, 1] : [2, 0, 1]
    : red >= blue ? [1, 0, 2] : green >= blue ? [1, 2, 0] : [2, 1, 0];
  const first = i * across[0] + j * across[1] + k * across[2];
  const second = first + across[a], third = second + across[m], fourth = third + across[s];
  const input = [r, g, b];
  for (let c = 0; c < 3; c++) {
    const value = lut.nodes[first + c] * (1 - parts[a]) + lut.nodes[second + c] * (parts[a] - parts[m])
      + lut.nodes[third + c] * (parts[m] - parts[s]) + lut.nodes[fourth + c] * parts[s];
    out[at + c] = input[c] + strength * (Math.min(1, Math.max(0, value)) - input[c]);
  }
}
